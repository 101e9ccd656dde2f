"""Which checks took longest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.runner.events import CaseResult
from harness.texts import counted


def duration_lines(results: Sequence[CaseResult], most: int) -> Iterator[str]:
    """The slowest, the slowest first, with the seconds that each took."""
    slowest = sorted(results, key=lambda result: -result.seconds)[:most]
    if slowest:
        yield f"slowest {len(slowest)} of {counted(len(results), 'check')}"
    for result in slowest:
        remedy = f", remedy {result.remedy}" if result.remedy else ""
        yield f"{result.seconds:8.2f} s  {result.id}{remedy}"
