"""The baseline: deviations that a team knows of and accepts for a while, each with a reason.

A run with a baseline fails on what is not in it, on what has run out, and on entries that are no
longer needed: so it only ever gets shorter. Pure but for reading the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, field_validator

from fakeservers import Spec
from harness.files.mistakes import read_model
from harness.judging.evidence import Phase
from harness.judging.verdict import Verdict
from harness.runner.events import CaseResult
from harness.taxonomy import Advice

FIRST_DAYS = 90
"""How long what is accepted for a start may stay."""
UNEXPLAINED = "not looked at yet"


class Accepted(Spec):
    """One deviation: the check, as it is named in reports, and the verdict that is accepted.

    For `misbehaved`, `violations` are those that are accepted; others still fail.
    """

    id: str
    phase: Phase = "fault"
    remedy: Advice | None = None
    verdict: Verdict
    violations: tuple[str, ...] = ()
    reason: str = Field(min_length=1)
    until: date
    """The last day."""

    @field_validator("violations", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @property
    def check(self) -> tuple[str, Phase, Advice | None]:
        return self.id, self.phase, self.remedy

    def covers(self, result: CaseResult) -> bool:
        """Whether the result is this deviation and no other."""
        if result.judgement.verdict != self.verdict:
            return False
        return self.verdict != "misbehaved" or set(result.judgement.violations) <= set(
            self.violations
        )


class Baseline(Spec):
    """All that is accepted."""

    accepted: list[Accepted]


@dataclass(frozen=True)
class Compared:
    """The results, with those that are accepted marked, and what is wrong with the baseline."""

    results: tuple[CaseResult, ...]
    complaints: tuple[str, ...]


def load_baseline(file: Path) -> Baseline:
    """Read it. Raises BadInput."""
    return read_model(file, Baseline)


def compare(results: Sequence[CaseResult], baseline: Baseline, today: date) -> Compared:
    """Accept what the baseline covers. Entries for checks that were not run say nothing."""
    entries = {entry.check: entry for entry in baseline.accepted}
    run = {_check(result): result for result in results}
    complaints = []
    for check, entry in entries.items():
        result = run.get(check)
        if result is not None and (complaint := _complaint(entry, result, today)):
            complaints.append(complaint)
    marked = (_marked(result, entries.get(_check(result)), today) for result in results)
    return Compared(tuple(marked), tuple(complaints))


def _check(result: CaseResult) -> tuple[str, Phase, Advice | None]:
    return result.id, result.phase, result.remedy


def _complaint(entry: Accepted, result: CaseResult, today: date) -> str:
    if result.passed:
        return f"{entry.id}: {entry.verdict} is accepted, but it passes now: take the entry out"
    if entry.covers(result) and today > entry.until:
        return f"{entry.id}: {entry.verdict} was accepted until {entry.until} ({entry.reason})"
    return ""


def _marked(result: CaseResult, entry: Accepted | None, today: date) -> CaseResult:
    if entry is None or result.passed or today > entry.until or not entry.covers(result):
        return result
    return replace(result, accepted=f"{entry.reason} (until {entry.until})")


def first_baseline(results: Sequence[CaseResult], today: date) -> str:
    """All that did not pass, as the text of a baseline for a person to go through."""
    until = today + timedelta(days=FIRST_DAYS)
    entries = [_entry(result, until) for result in results if result.failed]
    return _HEADER + yaml.safe_dump({"accepted": entries}, sort_keys=False, allow_unicode=True)


def _entry(result: CaseResult, until: date) -> dict[str, Any]:
    verdict = result.judgement.verdict
    phase = {"phase": result.phase, "remedy": result.remedy} if result.phase != "fault" else {}
    rude = {"violations": list(result.judgement.violations)} if verdict == "misbehaved" else {}
    last = {"reason": UNEXPLAINED, "until": until}
    return {"id": result.id, **phase, "verdict": verdict, **rude, **last}


_HEADER = """\
# Deviations that are known and accepted until a day. `badinbox run --baseline FILE` fails on
# others, on those that have run out, and on entries that are no longer needed. Say why, and until
# when.
"""
