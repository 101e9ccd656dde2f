"""The results as JSON, in the order of the catalogue, with a JSON Schema."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import Phase
from harness.judging.verdict import VERDICTS, Verdict
from harness.runner.events import CaseResult, ConnectionRecord, Expected, RunFinished, Said
from harness.taxonomy import Advice


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseEntry(_Model):
    """One check of one scenario. `transcript`: one per connection; secrets are masked."""

    id: str
    phase: Phase
    remedy: Advice | None
    expected: Expected
    diagnosis: Diagnosis | None
    said: Said | None = Field(description="the connector's own words; secrets are masked")
    verdict: Verdict
    violations: list[str]
    accepted: str = Field(description="why a baseline accepts that it did not pass, or empty")
    why: str
    fired: list[str] = Field(description="the faults that the mailbox delivered, in order")
    delivered: bool = Field(description="the test e-mail is in the BCC store")
    transcript: list[ConnectionRecord]
    seconds: float


class Summary(_Model):
    scenarios: int
    checks: int
    passed: bool
    verdicts: dict[Verdict, int]
    seconds: float


class Results(_Model):
    """What `badinbox run --json` writes."""

    cases: list[CaseEntry]
    summary: Summary


def results_schema() -> dict[str, Any]:
    """The JSON Schema of what `report` writes."""
    return Results.model_json_schema(mode="serialization")


def results_of(finished: RunFinished) -> Results:
    """The whole document."""
    cases = [_entry(result) for result in finished.results]
    return Results(cases=cases, summary=_summary(finished))


def report(finished: RunFinished, connector: str) -> bytes:
    """The whole document, UTF-8."""
    document = results_of(finished)
    text = json.dumps(document.model_dump(mode="json"), indent=1, ensure_ascii=False)
    # What UTF-8 cannot hold (a lone surrogate) becomes the escape that JSON has for it.
    return text.encode("utf-8", errors="backslashreplace") + b"\n"


def _entry(result: CaseResult) -> CaseEntry:
    known = {**vars(result), **vars(result.judgement), "seconds": round(result.seconds, 4)}
    return CaseEntry.model_validate({name: known[name] for name in CaseEntry.model_fields})


def _summary(finished: RunFinished) -> Summary:
    results = finished.results
    counts = Counter(result.judgement.verdict for result in results)
    return Summary(
        scenarios=len({result.id for result in results}),
        checks=len(results),
        passed=all(result.passed for result in results),
        verdicts={verdict: counts[verdict] for verdict in VERDICTS},
        seconds=round(finished.seconds, 3),
    )
