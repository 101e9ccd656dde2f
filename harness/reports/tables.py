"""The tables of a run: errors by verdict, what was expected by what was said, violations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.judging.interpret import SERVER_WORDS
from harness.judging.verdict import VERDICTS
from harness.runner.events import CaseResult
from harness.taxonomy import DOCUMENTED_ERRORS

NOTHING = "nothing"
"""What was said where nothing could be read."""


@dataclass(frozen=True)
class Table:
    """Counts by row and column; rows and columns without any are left out."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Counter[tuple[str, str]]


def verdict_table(results: Sequence[CaseResult]) -> Table:
    """Checks, of both phases, by documented error and verdict."""
    pairs = ((result.reproduces, result.judgement.verdict) for result in results)
    return _table(pairs, tuple(DOCUMENTED_ERRORS), tuple(reversed(VERDICTS)))


def confusion_table(results: Sequence[CaseResult]) -> Table:
    """Checks of the fault phase: the documented error that was expected, by what was said."""
    pairs = ((each.expected.error, said_error(each)) for each in results if each.phase == "fault")
    return _table(pairs, tuple(DOCUMENTED_ERRORS), (*DOCUMENTED_ERRORS, SERVER_WORDS, NOTHING))


def violation_counts(results: Sequence[CaseResult]) -> list[tuple[str, int]]:
    """In how many checks of both phases each violation was seen, the most frequent first."""
    return Counter(name for each in results for name in each.judgement.violations).most_common()


def said_error(result: CaseResult) -> str:
    """The documented error that a connector named; that it showed the server's words; `NOTHING`."""
    if "claims-nothing" in result.judgement.notes:
        return SERVER_WORDS
    return result.diagnosis.error if result.diagnosis else NOTHING


def confused(table: Table) -> bool:
    """Whether anything stands off the diagonal."""
    return any(row != column for row, column in table.counts)


def _table(
    pairs: Iterable[tuple[str, str]], rows: tuple[str, ...], columns: tuple[str, ...]
) -> Table:
    counts = Counter(pairs)
    return Table(
        tuple(row for row in rows if any(pair[0] == row for pair in counts)),
        tuple(column for column in columns if any(pair[1] == column for pair in counts)),
        counts,
    )
