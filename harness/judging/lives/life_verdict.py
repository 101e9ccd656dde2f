"""The verdict on a life: the first of `VERDICTS` that applies. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from fakeservers.wire.transcript import Step, Transcript
from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Pace
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
from harness.judging.lives.armed import NONE, Armed, unmet_change
from harness.judging.lives.diary import LifeSight
from harness.judging.lives.floods import flooding
from harness.judging.lives.hammering import hammering, span
from harness.judging.lives.said.false_alarms import false_alarm
from harness.judging.lives.said.unfounded import misnamed, unfounded
from harness.judging.lives.said.untrue import untrue
from harness.judging.lives.steps_met import Unmet, damaged, twice
from harness.judging.policy import USUAL, Policy
from harness.judging.verdict import VERDICTS, Judgement
from harness.judging.violations import sentence, violations

_OF_LIVES: Final = frozenset(
    {
        "password-in-clear", "certificate-not-verified", "password-after-untrusted-certificate",
        "starttls-stripping-accepted", "starttls-injection-accepted", "password-instead-of-token",
        "token-secret-sent-elsewhere", "voided-refresh-token-used",
        "too-many-simultaneous-connections", "died-afterwards", "did-not-end", "secret-in-answer",
        "secret-in-output", "password-asked-in-vain",
    }
)  # fmt: skip
"""The violations that a life can show as well as a check. The others are about one check alone, and
what is about trying too often is `hammered`."""


def life_judgement(
    expected: Expectation,
    unmet: Unmet | None,
    sight: LifeSight,
    saw: CheckEvidence,
    pace: Pace,
    policy: Policy = USUAL,
    rules: Armed = NONE,
) -> Judgement:
    """`unmet`: the step that was not so, if any. `saw`: all of the life's evidence. `rules`: those
    that must be met where nothing fails for good, as nobody has to tell of them."""
    every = (*_violations(expected, sight, saw), *untrue(sight, pace))
    found, notes = policy.of_level("error", every), policy.of_level("note", every)
    worst = min(
        _reasons(expected, unmet, sight, saw, pace),
        key=lambda each: VERDICTS.index(each.verdict),
        default=None,
    )
    if worst is None and (why := unmet_change(rules, sight)):
        worst = Unmet("not-exercised", why)
    if worst:
        return Judgement(worst.verdict, found, worst.why, notes)
    if found:
        return Judgement("misbehaved", found, " ".join(map(sentence, found)), notes)
    return Judgement("passed", (), "", notes)


def _reasons(
    expected: Expectation, unmet: Unmet | None, sight: LifeSight, saw: CheckEvidence, pace: Pace
) -> Iterator[Unmet]:
    if saw.harness_faults:
        yield Unmet("harness-error", "; ".join(saw.harness_faults))
    if last := sight.diary.last:
        yield Unmet(last.verdict, last.why)
    if unmet:
        yield unmet
    if why := hammering(expected, sight, pace) or flooding(expected, sight, pace):
        yield Unmet("hammered", why)
    if why := twice(sight):
        yield Unmet("duplicated-mail", why)
    if why := damaged(sight):
        yield Unmet("lost-mail", why)
    why = unfounded(expected, sight) or misnamed(expected, sight) or false_alarm(sight, pace)
    if why:
        yield Unmet("wrong", why)


def _violations(expected: Expectation, sight: LifeSight, saw: CheckEvidence) -> tuple[str, ...]:
    """Those of the time when the mailbox fails, by all that was said then, and of the rest."""
    began_s, ended_s = span(sight.diary)
    told = [h.read for h in sight.diary.failures(began_s) if h.at_s < ended_s]
    answers: list[Diagnosis | NoAnswer] = [each for each in told if each is not None]
    connected: Diagnosis = Diagnosis(error="connected")
    working = replace(expected, error="connected", fault=None, cause=None, stage=None)
    failing = _between(saw, began_s, ended_s)
    found = [name for each in answers for name in violations(expected, each, failing)]
    found += violations(working, connected, replace(saw, delivered=True))
    return tuple(dict.fromkeys(name for name in found if name in _OF_LIVES))


def _between(saw: CheckEvidence, began_s: float, ended_s: float) -> CheckEvidence:
    """What was seen while the mailbox failed. A connection that met no failure may have come to a
    mailbox that was cured: of it only what came before counts."""
    there = tuple(
        each if each.fired else replace(each, steps=list(_before(each, ended_s)))
        for each in saw.connections
        if began_s <= each.began_s < ended_s
    )
    logins = tuple(each for each in saw.logins if began_s <= each.at_s < ended_s)
    return replace(saw, connections=there, logins=logins)


def _before(connection: Transcript, ended_s: float) -> Iterator[Step]:
    return (each for each in connection.steps if connection.began_s + each.at_s < ended_s)
