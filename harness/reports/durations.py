"""Which checks took longest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.runner.events import CaseResult
from harness.texts import load_report_texts, number_of


def duration_lines(results: Sequence[CaseResult], most: int, language: str = "en") -> Iterator[str]:
    """The slowest, the slowest first, with the seconds that each took."""
    slowest = sorted(results, key=lambda result: -result.seconds)[:most]
    texts: dict[str, str] = load_report_texts(language)["durations"]
    if slowest:
        checks = number_of(len(results), "check", language)
        yield texts["slowest"].format(number=len(slowest), checks=checks)
    for result in slowest:
        remedy = texts["remedy"].format(remedy=result.remedy) if result.remedy else ""
        yield f"{result.seconds:8.2f} s  {result.id}{remedy}"
