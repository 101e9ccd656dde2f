"""One check of one scenario: a mailbox stands up, the connector checks it, the verdict is given."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.transcript import Entry, Transcript
from harness.answer import Answer, NoAnswer, Reported
from harness.connectors import Connector
from harness.diagnosis import Diagnosis
from harness.events import CaseResult, ConnectionRecord, Expected, Line, Said
from harness.expectation import expects_timeout, fault_expectation, remedy_expectation
from harness.interpret import Meanings, interpret
from harness.masking import Masking, masking
from harness.scenario import Facts, Remedy, Scenario, typed_password
from harness.seen import Place, Seen, SeenLogin
from harness.verdict import Judgement, judge
from harness.witness import seen_connections

SHOWN_RAW = 2000
"""Characters of a connector's `raw` that are kept."""
GRACE_S = 0.5
"""How long connections that the connector left open may go on before the mailbox is closed."""


async def run_trial(
    connector: Connector,
    scenario: Scenario,
    remedy: Remedy | None,
    deadline_s: float,
    meanings: Meanings | None = None,
) -> CaseResult:
    """Check the mailbox of the scenario, or the one in which a remedy was followed, and judge.

    Where the remedy keeps the mailbox, a first check meets the fault, and is not judged here.
    """
    began = time.monotonic()
    kept = remedy is not None and remedy.keep_mailbox
    spec = scenario.mailbox_spec(None if kept else remedy)
    async with open_mailbox(spec) as mailbox:
        check = _Check(connector, scenario, mailbox, deadline_s, meanings)
        if kept:
            await check.run(None)
            mailbox.amend(scenario.mailbox_spec(remedy))
            check = _Check(connector, scenario, mailbox, deadline_s, meanings)
        answer = await check.run(remedy)
    # Only now, with every connection over, is the evidence complete.
    return check.result(answer, remedy, time.monotonic() - began)


@dataclass
class _Check:
    """One check and the part of the mailbox's evidence that is its own."""

    connector: Connector
    scenario: Scenario
    mailbox: Mailbox
    deadline_s: float
    meanings: Meanings | None
    _before: dict[str, int] = field(init=False)
    _answered_s: float = field(init=False, default=0.0)
    _left_open: set[int] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        evidence = self.mailbox.evidence
        self._before = {
            "connections": len(evidence.connections),
            "fired": len(evidence.fired),
            "logins": len(evidence.logins),
            "messages": len(evidence.messages),
            "bcc": len(self.mailbox.accounts.bcc.inbox.messages),
        }

    async def run(self, remedy: Remedy | None) -> Answer:
        services = self.mailbox.services
        addresses = {name: (service.host, service.port) for name, service in services.items()}
        settings = self.scenario.settings(
            addresses,
            ca_file=self.mailbox.ca_file,
            trust_store=self.mailbox.trust_store,
            remedy=remedy,
        )
        if not expects_timeout(self.scenario):
            # No verdict may depend on how busy the machine is: patience costs nothing here.
            patience_s = max(settings.timeout_s, self.deadline_s / 2)
            settings = settings.model_copy(update={"timeout_s": patience_s})
        began = time.monotonic()
        answer = await self.connector.check(settings, self.deadline_s)
        self._answered_s = time.monotonic() - began
        await self.mailbox.settle(GRACE_S)
        self._left_open = self.mailbox.left_open()
        return answer

    def result(self, answer: Answer, remedy: Remedy | None, seconds: float) -> CaseResult:
        scenario = self.scenario
        expected = remedy_expectation(remedy) if remedy else fault_expectation(scenario)
        if not _gives_warnings(answer):
            expected = replace(expected, warnings=())
        hidden = masking(secrets_of(remedy.facts if remedy else scenario.facts))
        seen = self._seen(_told_secrets(answer, hidden))
        diagnosis = interpret(answer, self.meanings, expected.error, expected.cause)
        judgement = judge(expected, diagnosis, seen)
        return CaseResult(
            id=scenario.id,
            reproduces=scenario.reproduces,
            phase=expected.phase,
            remedy=remedy.advice if remedy else None,
            expected=Expected(expected.error, expected.stage, expected.cause),
            diagnosis=None if isinstance(diagnosis, NoAnswer) else hidden.diagnosis(diagnosis),
            said=_said(answer, hidden),
            judgement=Judgement(
                judgement.verdict, judgement.violations, hidden.text(judgement.why)
            ),
            fired=seen.fired,
            delivered=seen.delivered,
            transcript=tuple(_record(transcript) for transcript in self._connections()),
            seconds=seconds,
        )

    def _connections(self) -> list[Transcript]:
        return self.mailbox.evidence.connections[self._before["connections"] :]

    def _seen(self, told_secrets: frozenset[Place]) -> Seen:
        evidence, before = self.mailbox.evidence, self._before
        logins = evidence.logins[before["logins"] :]
        return Seen(
            connections=seen_connections(self._connections(), logins, self._left_open),
            fired=tuple(evidence.fired[before["fired"] :]),
            logins=tuple(SeenLogin(a.service, a.tls, a.outcome == "accepted") for a in logins),
            messages=len(evidence.messages) - before["messages"],
            delivered=len(self.mailbox.accounts.bcc.inbox.messages) > before["bcc"],
            harness_faults=tuple(evidence.faults),
            told_secrets=told_secrets,
            seconds=self._answered_s,
        )


def _gives_warnings(answer: Answer) -> bool:
    """Whether the connector is one that warns: its answers have the key, if with an empty list."""
    if isinstance(answer, Reported):
        return "warnings" in (answer.report.model_extra or {})
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
    error, message, raw = map(hidden.text, said)
    return Said(error, message, raw, output.exit_code, hidden.text(output.stderr))


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
    accounts = (facts.account, facts.bcc)
    known = {s for a in accounts for s in (a.password, a.app_password, a.token)}
    return frozenset(known | {typed_password(facts)})


def _record(transcript: Transcript) -> ConnectionRecord:
    return ConnectionRecord(
        service=transcript.service,
        protocol=transcript.protocol,
        peer=transcript.peer,
        ended_by=transcript.ended_by,
        ended_how=transcript.ended_how,
        lines=tuple(shown_line(entry) for entry in transcript.lines()),
    )


def shown_line(entry: Entry) -> Line:
    """A transcript's entry as reports know it."""
    return Line(round(entry.time_s, 4), entry.direction, entry.text, entry.tls)
