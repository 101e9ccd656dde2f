"""What a measure comes to, and how it is shown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One line of the table. `information` has absolute times, which are never judged."""

    name: str
    target: float
    """The highest ratio that is good."""
    ratios: tuple[float, ...]
    information: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.ratios)

    @property
    def passed(self) -> bool:
        return self.median <= self.target

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "target": self.target,
            "median": round(self.median, 4),
            "min": round(min(self.ratios), 4),
            "max": round(max(self.ratios), 4),
            "ratios": [round(ratio, 4) for ratio in self.ratios],
            "passed": self.passed,
            "information": self.information,
        }


HEADINGS = ("measure", "target", "median (min-max)", "", "for information")


def row(result: Result) -> tuple[str, ...]:
    spread = f"{result.median:.2f} ({min(result.ratios):.2f}-{max(result.ratios):.2f})"
    outcome = "pass" if result.passed else "FAIL"
    return (result.name, f"{result.target:.2f}", spread, outcome, result.information)


def table(rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """The lines of a table whose columns are as wide as they must be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        yield "  ".join(map(str.ljust, cells, widths)).rstrip()


def milliseconds(name: str, seconds: Iterable[float]) -> str:
    """The median of some times, for information."""
    return f"{name} {statistics.median(seconds) * 1000:.1f} ms"
