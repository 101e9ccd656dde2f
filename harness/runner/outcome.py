"""What came of one check: its answer interpreted and judged, with all that reports show of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fakeservers.mailbox import Mailbox
from harness.connectors.connector import Asked
from harness.contract.answer import Answer, NoAnswer, Reported, read_report
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking, masking
from harness.judging.basis import Basis
from harness.judging.evidence import Place, Watch
from harness.judging.expectation import fault_expectation, remedy_expectation
from harness.judging.interpret import Meanings, Reading, interpret
from harness.judging.own_words import OWN_WORDS
from harness.judging.policy import USUAL, Policy
from harness.judging.verdict import Judgement
from harness.judging.verdict import judge as verdict_on
from harness.runner.events import CaseResult, Expected, Said
from harness.runner.records import record
from harness.scenario.model import Facts, Remedy, Scenario, typed_password
from harness.taxonomy import protocol_of
from harness.texts import render

SHOWN_RAW = 2000
"""Characters of a connector's `raw` that are kept."""


@dataclass(frozen=True)
class Terms:
    """On which a connector is judged: what its own codes mean, what it does, what its violations
    matter. `keeps_basis`: whether results have all that they rest on, which costs an eighth of a
    check."""

    meanings: Meanings | None = None
    does: Capabilities = EVERYTHING
    policy: Policy = USUAL
    keeps_basis: bool = True
    pace: float = 1.0
    """How many times slower than usual lives are run."""


USUAL_TERMS: Final = Terms()


@dataclass(frozen=True)
class Checked:
    """An answer, and what was watched until it was there.

    `left_open`: the connections, by number, that nobody had ended. `answered_s`: how long the check
    took; 0: not known. `asked`: whoever gave it, until the check is over.
    """

    answer: Answer
    watch: Watch
    left_open: set[int]
    answered_s: float = 0.0
    asked: Asked | None = None


def outcome(
    scenario: Scenario,
    remedy: Remedy | None,
    checked: Checked,
    terms: Terms,
    seconds: float,
) -> CaseResult:
    """Judge a check of the scenario's mailbox, or of the one in which a remedy was followed.

    `seconds`: how long it all took.
    """
    answer, watch = checked.answer, checked.watch
    expected = (
        remedy_expectation(remedy, terms.does)
        if remedy
        else fault_expectation(scenario, terms.does)
    )
    if not _gives_warnings(answer):
        expected = replace(expected, warnings=())
    hidden = masking(secrets_of(remedy.facts if remedy else scenario.facts))
    evidence = watch.evidence(
        checked.left_open,
        told_secrets=_told_secrets(answer, hidden),
        lapses=frozenset() if isinstance(answer, Diagnosis) else answer.output.lapses,
        seconds=checked.answered_s,
    )
    basis = Basis(expected, answer, evidence)
    diagnosis, judgement = judged(basis, terms.meanings, terms.policy)
    return CaseResult(
        id=scenario.id,
        reproduces=scenario.reproduces,
        phase=expected.phase,
        remedy=remedy.advice if remedy else None,
        expected=Expected(expected.error, expected.stage, expected.cause),
        diagnosis=hidden.diagnosis(diagnosis, render(diagnosis), OWN_WORDS) if diagnosis else None,
        said=_said(answer, hidden),
        judgement=replace(judgement, why=_why(judgement, basis, hidden, terms)),
        fired=evidence.fired,
        delivered=evidence.delivered,
        transcript=tuple(record(transcript) for transcript in watch.connections()),
        seconds=seconds,
        basis=basis.as_data(hidden) if terms.keeps_basis else None,
    )


def _why(judgement: Judgement, basis: Basis, hidden: Masking, terms: Terms) -> str:
    """Why, without secrets: where one stands in the sentence, it is made again of what is masked,
    so that no word of ours has a hole."""
    if hidden.text(judgement.why) == judgement.why:
        return judgement.why
    _, again = judged(Basis.from_data(basis.as_data(hidden)), terms.meanings, terms.policy)
    same = again.verdict == judgement.verdict
    return again.why if same else hidden.text(judgement.why)


def judged(
    basis: Basis, meanings: Meanings | None, policy: Policy = USUAL
) -> tuple[Diagnosis | None, Judgement]:
    """What an answer means, if anything, and the verdict on it."""
    expected = basis.expected
    faulty = protocol_of(expected.stage) if expected.stage else None
    service = None if faulty == "oauth" else faulty
    read = interpret(basis.answer, meanings, expected.errors, expected.cause, service)
    judgement = verdict_on(expected, read, basis.saw, policy)
    if isinstance(read, NoAnswer):
        return None, judgement
    return read.plain() if isinstance(read, Reading) else read, judgement


def judge(
    scenario: Scenario,
    answer: Diagnosis | Mapping[str, Any],
    mailbox: Mailbox,
    *,
    remedy: Remedy | None = None,
    meanings: Meanings | None = None,
    does: Capabilities = EVERYTHING,
    policy: Policy = USUAL,
) -> CaseResult:
    """The verdict on an answer, by all that happened at the scenario's mailbox since it stood.

    For a mailbox of `open_mailbox`; complete once it is closed or its connections are over.
    `remedy`: what was followed when the mailbox was made. `meanings`: what a connector's own codes
    mean, of `load_mapping`. `does`, `policy`: what the connector does, and what violations matter,
    of the same file. An answer that cannot be read is `unclear`, not an exception.

    >>> import asyncio, badinbox
    >>> [scenario] = badinbox.load_scenarios("unauthorized/bad-password-imap[gmail]")
    >>> async def product():
    ...     async with badinbox.open_mailbox(scenario.mailbox_spec()) as mailbox:
    ...         pass  # your product connects to mailbox.services
    ...     return badinbox.judge(scenario, {"error": "unauthorized"}, mailbox)
    >>> asyncio.run(product()).judgement.why
    'the connector never connected to imap'
    """
    checked = Checked(as_answer(answer), Watch(mailbox, whole=True), mailbox.left_open())
    return outcome(scenario, remedy, checked, Terms(meanings, does, policy), 0.0)


def as_answer(said: object) -> Answer:
    """What Python code says of a mailbox: a diagnosis, or a mapping with at least `error`."""
    if isinstance(said, Diagnosis | NoAnswer):
        return said
    report = read_report(said)
    return report if isinstance(report, NoAnswer) else Reported(report)


def _gives_warnings(answer: Answer) -> bool:
    """Whether the connector is one that warns: its answers have the key, if with an empty list."""
    if isinstance(answer, Reported):
        reports = (answer.report, *answer.report.results.values())
        return any("warnings" in (report.model_extra or {}) for report in reports)
    return True


def _said(answer: Answer, hidden: Masking) -> Said | None:
    """The connector's own words, for reports; None where it answered with a diagnosis."""
    if isinstance(answer, Reported):
        report, output = answer.report, answer.output
        raw = "" if report.raw is None else json.dumps(report.raw, ensure_ascii=False)
        said = (report.error, report.message or "", raw[:SHOWN_RAW])
    elif isinstance(answer, NoAnswer):
        output, said = answer.output, ("", "", "")
    else:
        return None
    error, message, raw = hidden.word(said[0], OWN_WORDS), *map(hidden.text, said[1:])
    stderr, before = hidden.text(output.stderr), hidden.reason(output.before)
    return Said(error, message, raw, output.exit_code, stderr, before)


def _told_secrets(answer: Answer, hidden: Masking) -> frozenset[Place]:
    """Where a connector repeated a secret that it was told."""
    if isinstance(answer, Diagnosis):
        return frozenset()  # the built-in checker masks what it records
    said = answer.report.model_dump() if isinstance(answer, Reported) else None
    report = json.dumps(said, ensure_ascii=False, default=str)
    texts: dict[Place, str] = {"answer": report, "output": answer.output.stderr}
    return frozenset(place for place, text in texts.items() if hidden.finds(text))


def secrets_of(facts: Facts) -> frozenset[str]:
    """All that must not be shown of a mailbox, and what was typed."""
    holders = (facts.account, facts.bcc, facts.oauth_client)
    secrets = {secret for each in holders for secret in each.secrets}
    return frozenset({*secrets, typed_password(facts)} - {""})
