"""The results as JSON, in the order of the catalogue, with a JSON Schema."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import Phase
from harness.judging.verdict import VERDICTS, Judgement, Verdict
from harness.reports.findings import figures
from harness.runner.events import (
    CaseResult,
    Expected,
    LifeEvent,
    RunFinished,
    Said,
)
from harness.runner.records import ConnectionRecord
from harness.taxonomy import DOCUMENTED_ERRORS, Advice, DocumentedError
from harness.texts.escaping import json_text


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseEntry(_Model):
    """One check of one scenario. `transcript`: one per connection; secrets are masked."""

    id: str
    """Of the scenario, with its case."""
    phase: Phase
    """`fault` as it is, `remedy` with one followed."""
    remedy: Advice | None
    """Which advice was followed, of the remedy phase."""
    expected: Expected
    """What a correct connector names."""
    diagnosis: Diagnosis | None
    """What the connector's answer means, once mapped; left out where there is no answer."""
    said: Said | None = Field(description="the connector's own words; secrets are masked")
    verdict: Verdict
    """What became of it; the first that applies."""
    violations: list[str]
    """Ids of what the connector should not have done."""
    accepted: str = Field(description="why a baseline accepts that it did not pass, or empty")
    why: str
    """The verdict in a sentence; empty where it passed."""
    fired: list[str] = Field(description="the faults that the mailbox delivered, in order")
    delivered: bool = Field(description="the test e-mail is in the BCC store")
    transcript: list[ConnectionRecord]
    """One record for each connection; secrets are masked."""
    seconds: float
    """How long the check took."""
    reproduces: DocumentedError | None = Field(
        default=None, description="the scenario's documented error, in the remedy phase too"
    )
    notes: list[str] = Field(
        default=[], description="violations that are told and change no verdict"
    )
    bad_input: bool = Field(
        default=False, description="a harness-error that is not ours, such as a port in use"
    )
    life: list[LifeEvent] = Field(
        default=[],
        description="of a life, what happened, in order: what the connector said, the steps and "
        "how they came out, log-ins, connections, e-mails that arrived; secrets are masked",
    )
    basis: dict[str, Any] | None = Field(
        default=None,
        description="what the verdict rests on, for `badinbox judge`: what was expected, answered "
        "and seen; secrets are masked",
    )


class Summary(_Model):
    scenarios: int
    """How many were run."""
    checks: int
    """How many checks, of both phases."""
    passed: bool
    """Whether all passed, or are accepted."""
    verdicts: dict[Verdict, int]
    """How many checks by verdict."""
    seconds: float
    """How long the run took."""
    planned: int | None = Field(default=None, description="how many scenarios were to be run")
    complete: bool = Field(default=True, description="all of them were")
    named_rightly: int | None = Field(
        default=None, description="fault phases in which the documented error was right"
    )
    password_asked_in_vain: int | None = None
    """Checks in which it asked for a password that was right."""


class Results(_Model):
    """What `badinbox run --json` writes."""

    cases: list[CaseEntry]
    """The checks, in the order of the catalogue."""
    summary: Summary
    """The figures."""
    connector: str = ""
    """What was tested."""


def results_schema() -> dict[str, Any]:
    """The JSON Schema of what `report` writes."""
    return Results.model_json_schema(mode="serialization")


def results_of(finished: RunFinished, connector: str = "") -> Results:
    """The whole document."""
    cases = [_entry(result) for result in finished.results]
    return Results(cases=cases, summary=_summary(finished), connector=connector)


def report(finished: RunFinished, connector: str) -> bytes:
    """The whole document, UTF-8."""
    return _encoded(results_of(finished, connector).model_dump(mode="json"), indent=1)


class StreamHead(_Model):
    """The first line of a run that is written as it goes on."""

    badinbox_run: Literal[1] = 1
    connector: str
    ids: list[str] = Field(description="the scenarios to be run, in the order of the catalogue")


class StreamLine(_Model):
    """Each further line: one check. `at`: seconds since the run began."""

    at: float
    case: CaseEntry


def stream_head(ids: Sequence[str], connector: str) -> bytes:
    """The line, UTF-8."""
    return _encoded(StreamHead(connector=connector, ids=list(ids)).model_dump(mode="json"))


def stream_line(result: CaseResult, at: float) -> bytes:
    """The line, UTF-8."""
    return _encoded(StreamLine(at=round(at, 3), case=_entry(result)).model_dump(mode="json"))


def _encoded(document: Any, indent: int | None = None) -> bytes:
    return json_text(document, indent).encode() + b"\n"


def results_from_stream(content: bytes) -> Results:
    """What was written until it ended, in the order of the catalogue; a last line that was cut off
    is left out. Raises ValueError (pydantic's) where it is no such stream."""
    head, *lines = content.split(b"\n")
    known = StreamHead.model_validate_json(head)
    whole = [StreamLine.model_validate_json(line) for line in lines[:-1]]
    place = {id: number for number, id in enumerate(known.ids)}
    cases = sorted((each.case for each in whole), key=lambda case: place.get(case.id, len(place)))
    seconds = max((each.at for each in whole), default=0.0)
    finished = RunFinished(tuple(map(result_of, cases)), seconds, planned=len(known.ids))
    return results_of(finished, known.connector)


def result_of(case: CaseEntry) -> CaseResult:
    """The result that an entry tells of."""
    judgement = Judgement(case.verdict, tuple(case.violations), case.why, tuple(case.notes))
    named = {name: getattr(case, name) for name in CaseEntry.model_fields}
    known = {each.name: named[each.name] for each in fields(CaseResult) if each.name in named}
    lists = {name: tuple(known[name]) for name in ("fired", "transcript", "life")}
    reproduces = case.reproduces or _reproduced(case)
    return CaseResult(**{**known, **lists, "judgement": judgement, "reproduces": reproduces})


def _reproduced(case: CaseEntry) -> DocumentedError:
    """Of a file of 0.1.0: in the catalogue the id begins with it."""
    if case.phase == "fault":
        return case.expected.error
    name = case.id.partition("/")[0]
    return name if name in DOCUMENTED_ERRORS else "unclassified"


def _entry(result: CaseResult) -> CaseEntry:
    known = {**vars(result), **vars(result.judgement), "seconds": round(result.seconds, 4)}
    return CaseEntry.model_validate({name: known[name] for name in CaseEntry.model_fields})


def _summary(finished: RunFinished) -> Summary:
    results = finished.results
    counts = Counter(result.judgement.verdict for result in results)
    numbers = figures(results)
    return Summary(
        scenarios=numbers.scenarios,
        checks=len(results),
        passed=all(result.passed or not result.applies for result in results),
        verdicts={verdict: counts[verdict] for verdict in VERDICTS},
        seconds=round(finished.seconds, 3),
        planned=finished.planned,
        complete=not finished.missing,
        named_rightly=numbers.named,
        password_asked_in_vain=numbers.asked_in_vain,
    )
