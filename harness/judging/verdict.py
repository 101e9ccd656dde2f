"""The verdict on one check: what was expected, what was said, what was seen. Pure.

The order of precedence is that of ``VERDICTS``; the first one that applies is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
from harness.judging.interpret import Reading
from harness.judging.policy import USUAL, Policy
from harness.judging.proof import as_met, failed_there, server_words, shown_words, unproven
from harness.judging.violations import sentence, violations

Verdict = Literal[
    "not-applicable",
    "harness-error",
    "crashed",
    "timed-out",
    "not-exercised",
    "unnoticed",
    "missed",
    "late",
    "unclear",
    "wrong",
    "hammered",
    "lost-mail",
    "duplicated-mail",
    "not-recovered",
    "not-cured",
    "misbehaved",
    "passed",
]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
"""In the order of precedence. Of a life alone are `unnoticed`, `late`, `hammered`, `lost-mail`,
`duplicated-mail` and `not-recovered`; of a check alone `missed` and `not-cured`."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, the ids of what the connector did wrong on the way, and a sentence saying why."""

    verdict: Verdict
    violations: tuple[str, ...] = ()
    why: str = ""
    notes: tuple[str, ...] = ()
    """Violations that are told, but do not count."""


def judge(
    expected: Expectation,
    answer: Diagnosis | NoAnswer,
    saw: CheckEvidence,
    policy: Policy = USUAL,
) -> Judgement:
    """Compare the connector's answer with what was expected and with what the mailbox saw."""
    expected = as_met(expected, saw)
    every = violations(expected, answer, saw)
    found, notes = policy.of_level("error", every), policy.of_level("note", every)

    def verdict(name: Verdict, why: str = "") -> Judgement:
        return Judgement(name, found, why, notes)

    if saw.harness_faults:
        return verdict("harness-error", "; ".join(saw.harness_faults))
    if isinstance(answer, NoAnswer) and answer.verdict != "unclear":
        waits = _waits(expected) if answer.verdict == "timed-out" else ""
        return verdict(answer.verdict, answer.why + waits)
    if expected.fault and (why := unproven(expected.fault, saw)):
        return verdict("not-exercised", why + _waits(expected))
    if isinstance(answer, NoAnswer):
        return verdict("unclear", answer.why)
    if isinstance(answer, Reading) and answer.shows is not None:
        name, why = _of_words(expected, answer, answer.shows, saw)
    else:
        name, why = of_answer(expected, answer)
    if isinstance(answer, Reading) and answer.mapped_by and name != "passed":
        why += f"; by the rule at {answer.mapped_by}"
    if isinstance(answer, Reading) and name == "passed":
        name, why = _of_others(answer, saw, expected) or (name, why)
    if name == "missed" and "retried-at-once" in found:
        why += "; it tried again at once, and that was accepted"
    if name == "passed" and answer.error == "connected" and (less := _unconnected(expected, saw)):
        return verdict("not-cured" if expected.phase == "remedy" else "not-exercised", less)
    if name == "passed" and found:
        return verdict("misbehaved", " ".join(map(sentence, found)))
    return verdict(name, why)


def _waits(expected: Expectation) -> str:
    """What the case waits for, where it does."""
    if expected.waits_s is None:
        return ""
    return (
        f"; the case waits for the time-out of {expected.waits_s:g} s that it was told "
        "(`timeout_s` of the settings)"
    )


def _unconnected(expected: Expectation, saw: CheckEvidence) -> str:
    """Why it cannot have connected, whatever it said: where a test e-mail is sent, that proves it
    (in the fault phase by a violation), else the log-ins do."""
    if expected.phase == "fault" and not saw.connections:
        return "connected, but it never connected to anything"
    if expected.sends:
        cured = saw.delivered or expected.phase == "fault"
        return "" if cured else "connected, but the test e-mail is not in the BCC store"
    without = [name for name in expected.logs_in if name not in saw.logged_in_to]
    return f"connected, but it never logged in to {' and '.join(without)}" if without else ""


def of_answer(expected: Expectation, answer: Diagnosis) -> tuple[Verdict, str]:
    """The verdict on what was said, whatever was seen, and why."""
    if reason := _also_accepted(expected, answer):
        return "passed", f"said {named(answer)}, which is right, too: {reason}"
    if answer.error == "connected" and expected.error != "connected":
        return "missed", f"said connected; expected {expected.error}"
    if answer.error == "unclassified" and expected.error != "unclassified":
        return "unclear", "named no documented error"
    if answer.error != expected.error and expected.phase == "remedy":
        return "not-cured", f"said {named(answer)} although the remedy was applied"
    if answer.error != expected.error:
        return "wrong", f"said {named(answer)}; expected {expected.error}"
    if answer.stage is not None and answer.stage != expected.stage:
        return "wrong", f"named stage {answer.stage}; expected {expected.stage or 'none'}"
    if answer.cause not in (None, expected.cause) and expected.cause not in answer.candidates:
        return "wrong", f"named cause {answer.cause}; expected {expected.cause or 'none'}"
    return "passed", ""


def _also_accepted(expected: Expectation, answer: Diagnosis) -> str:
    """Why this answer is right although it is not what was expected; empty where it is not."""
    for also in expected.also:
        stages, causes = (None, also.stage), (None, also.cause, expected.cause)
        said = answer.cause in causes or also.cause in answer.candidates
        if answer.error == also.error and answer.stage in stages and said:
            own = answer.error == expected.error and answer.cause in (None, expected.cause)
            return "" if own else also.reason
    return ""


def _of_words(
    expected: Expectation, answer: Diagnosis, shows: str, saw: CheckEvidence
) -> tuple[Verdict, str]:
    """It claims nothing but what the server said: not wrong, and no lie, as its user reads all that
    there was to know. So it passes, and `claims-nothing` is noted, which reports count: whether a
    product must name its errors is for its team to decide, in a policy."""
    if expected.fault is None:
        return ("not-cured" if expected.phase == "remedy" else "wrong"), "said that it failed"
    if not (shown := shown_words(expected.fault, shows, saw)):
        said = server_words(expected.fault, saw)
        there = f"is not in its message: {said[0]!r}" if said else "was nothing that can be shown"
        return "unclear", f"claims nothing, and what the server said {there}"
    name, why = of_answer(expected, answer.model_copy(update={"error": expected.error}))
    return name, why or f"claims nothing, and shows what the server said: {shown!r}"


def _of_others(
    answer: Reading, saw: CheckEvidence, expected: Expectation
) -> tuple[Verdict, str] | None:
    """The faulty service decides; but of the others, no failure may be told that was not there."""
    for protocol, error in answer.elsewhere.items():
        if not failed_there(protocol, expected.service, saw):
            return "wrong", f"said {error!r:.80} of {protocol}, where nothing failed"
    return None


def named(answer: Diagnosis) -> str:
    """A diagnosis in one line."""
    details = ", ".join(part for part in (answer.stage, answer.cause) if part)
    return f"{answer.error} ({details})" if details else answer.error
