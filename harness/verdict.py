"""The verdict on one check: what was expected, what was said, what was seen. Pure.

The order of precedence is that of ``VERDICTS``; the first one that applies is given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, get_args

from harness.answer import NoAnswer
from harness.diagnosis import Diagnosis
from harness.taxonomy import Cause, DocumentedError, Stage

Verdict = Literal[
    "harness-error",
    "crashed",
    "timed-out",
    "not-exercised",
    "missed",
    "unclear",
    "wrong",
    "misbehaved",
    "not-cured",
    "passed",
]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
Phase = Literal["fault", "remedy"]


@dataclass(frozen=True)
class Expectation:
    """What a correct connector says and does.

    - ``faults``: where ``evidence.fired`` must show at least one of these; empty: nothing to show.
    - ``service``: the service that must have been connected to; ``None``: it cannot be reached.
    - ``warnings``: ids that the diagnosis must carry.
    - ``tls_services``: services for which the customer asked for TLS.
    - ``password_never_sent``, ``no_test_email``: what must not happen.
    """

    error: DocumentedError
    stage: Stage | None = None
    cause: Cause | None = None
    phase: Phase = "fault"
    faults: frozenset[str] = frozenset()
    service: str | None = None
    warnings: tuple[str, ...] = ()
    tls_services: frozenset[str] = frozenset()
    password_never_sent: bool = False
    no_test_email: bool = False


@dataclass(frozen=True)
class SeenLogin:
    """One log-in attempt that the mailbox recorded."""

    service: str
    tls: bool
    accepted: bool


@dataclass(frozen=True)
class Seen:
    """What the mailbox saw during one check.

    ``connected``: services that accepted a connection. ``messages``: e-mails accepted by SMTP.
    ``delivered``: the test e-mail is in the BCC store. ``harness_faults``: bugs of ours.
    """

    connected: frozenset[str] = frozenset()
    fired: tuple[str, ...] = ()
    logins: tuple[SeenLogin, ...] = ()
    messages: int = 0
    delivered: bool = False
    harness_faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """A verdict, the ids of what the connector did wrong on the way, and a sentence saying why."""

    verdict: Verdict
    violations: tuple[str, ...] = ()
    why: str = ""


def judge(expected: Expectation, answer: Diagnosis | NoAnswer, seen: Seen) -> Judgement:
    """Compare the connector's answer with what was expected and with what the mailbox saw."""
    violations = _violations(expected, answer, seen)

    def verdict(name: Verdict, why: str = "") -> Judgement:
        return Judgement(name, violations, why)

    if seen.harness_faults:
        return verdict("harness-error", "; ".join(seen.harness_faults))
    if isinstance(answer, NoAnswer) and answer.verdict != "unclear":
        return verdict(answer.verdict, answer.why)
    if why := _not_exercised(expected, seen):
        return verdict("not-exercised", why)
    if isinstance(answer, NoAnswer):
        return verdict("unclear", answer.why)
    name, why = _of_answer(expected, answer)
    if name == "passed" and violations:
        return verdict("misbehaved", ", ".join(violations))
    if name == "passed" and expected.phase == "remedy" and not seen.delivered:
        return verdict("not-cured", "connected, but the test e-mail is not in the BCC store")
    return verdict(name, why)


def _of_answer(expected: Expectation, answer: Diagnosis) -> tuple[Verdict, str]:
    if answer.error == "connected" and expected.error != "connected":
        return "missed", f"said connected; expected {expected.error}"
    if answer.error == "unclassified" and expected.error != "unclassified":
        return "unclear", "named no documented error"
    if answer.error != expected.error and expected.phase == "remedy":
        return "not-cured", f"said {_named(answer)} although the remedy was applied"
    if answer.error != expected.error:
        return "wrong", f"said {_named(answer)}; expected {expected.error}"
    if answer.stage is not None and answer.stage != expected.stage:
        return "wrong", f"named stage {answer.stage}; expected {expected.stage or 'none'}"
    if answer.cause not in (None, expected.cause) and expected.cause not in answer.candidates:
        return "wrong", f"named cause {answer.cause}; expected {expected.cause or 'none'}"
    return "passed", ""


def _named(answer: Diagnosis) -> str:
    details = ", ".join(part for part in (answer.stage, answer.cause) if part)
    return f"{answer.error} ({details})" if details else answer.error


def _not_exercised(expected: Expectation, seen: Seen) -> str:
    """Why the fault cannot have been met; empty when it was."""
    if expected.service is not None and expected.service not in seen.connected:
        return f"the connector never connected to {expected.service}"
    if expected.faults and not expected.faults.intersection(seen.fired):
        return "never happened: " + ", ".join(sorted(expected.faults))
    return ""


def _violations(expected: Expectation, answer: Diagnosis | NoAnswer, seen: Seen) -> tuple[str, ...]:
    found = []
    if any(not login.tls and login.service in expected.tls_services for login in seen.logins):
        found.append("password-in-clear")
    if expected.password_never_sent and seen.logins:
        found.append("password-sent")
    refused = Counter(login.service for login in seen.logins if not login.accepted)
    if any(times > 1 for times in refused.values()):
        found.append("repeated-refused-password")
    if seen.messages and _must_not_send(expected):
        found.append("test-email-sent")
    if isinstance(answer, Diagnosis):
        missing = [name for name in expected.warnings if name not in answer.warnings]
        found += [f"no-warning:{name}" for name in missing]
        if expected.phase == "fault" and answer.error == "connected" == expected.error:
            found += [] if seen.delivered else ["test-email-not-delivered"]
    return tuple(found)


def _must_not_send(expected: Expectation) -> bool:
    """Nothing may be sent when an earlier step fails; after the data it may have been sent."""
    fails_earlier = expected.error != "connected" and expected.stage != "smtp-end-of-data"
    return expected.no_test_email or fails_earlier
