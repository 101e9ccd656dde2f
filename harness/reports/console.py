"""What a person reads while it runs and at the end: progress, the matrix, what did not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from harness.judging.verdict import VERDICTS, Verdict
from harness.judging.violations import sentence
from harness.reports.result_text import explain_failure
from harness.reports.tables import Table, confused, confusion_table, verdict_table, violation_counts
from harness.runner.events import CaseResult, RunEvent, RunFinished, RunStarted, ScenarioFinished

Write = Callable[[str], None]


class Progress(Protocol):
    """Shows a run while it goes on."""

    def handle(self, event: RunEvent) -> None: ...

    def close(self) -> None: ...


class PlainProgress:
    """A line for each scenario that is done: for pipes, files and CI."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._total = 0
        self._done = 0

    def handle(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self._total = len(event.ids)
        elif isinstance(event, ScenarioFinished):
            self._done += 1
            verdict = worst(event.results)
            self._write(f"[{self._done}/{self._total}] {verdict:<13} {event.id}")

    def close(self) -> None:
        """Nothing to take down."""


def worst(results: Sequence[CaseResult]) -> Verdict | str:
    """The verdict that says most about a scenario; `-` where no check was made."""
    given = {result.judgement.verdict for result in results}
    return next((verdict for verdict in VERDICTS if verdict in given), "-")


def closing_lines(finished: RunFinished) -> list[str]:
    """What stands at the end of a run: what did not pass, the matrix, one line in all."""
    lines = []
    for result in finished.results:
        if result.failed:
            lines += [*explain_failure(result).splitlines(), ""]
    results = finished.results
    return [
        *lines,
        *matrix(results),
        *confusion(results),
        *behaviour(results),
        "",
        _total(finished),
    ]


def matrix(results: Sequence[CaseResult]) -> list[str]:
    """Checks by documented error and verdict; columns without a check are left out."""
    return _aligned(verdict_table(results))


def confusion(results: Sequence[CaseResult]) -> list[str]:
    """What was said by what was expected, where the two are not always the same."""
    table = confusion_table(results)
    if not confused(table):
        return []
    numbers = {column: f"({number})" for number, column in enumerate(table.columns, 1)}
    legend = [f"  {number} {column}" for column, number in numbers.items()]
    numbered = Table(
        table.rows,
        tuple(numbers.values()),
        Counter({(row, numbers[column]): n for (row, column), n in table.counts.items()}),
    )
    return ["", "What was said, by what was expected:", *_aligned(numbered), *legend]


def behaviour(results: Sequence[CaseResult]) -> list[str]:
    """In how many checks it did what it should not."""
    counted = violation_counts(results)
    if not counted:
        return []
    width = max(len(name) for name, _ in counted)
    lines = (f"{count:>6}  {name.ljust(width)}  {sentence(name)}" for name, count in counted)
    return ["", "How it behaved, in how many checks:", *lines]


def _aligned(table: Table) -> list[str]:
    width = max([len(row) for row in table.rows], default=0)
    lines = ["  ".join(["".ljust(width), *table.columns])]
    for row in table.rows:
        cells = [str(table.counts[row, c] or "\u00b7").rjust(len(c)) for c in table.columns]
        lines.append("  ".join([row.ljust(width), *cells]))
    return lines


def _total(finished: RunFinished) -> str:
    results = finished.results
    scenarios = len({result.id for result in results})
    failed = sum(not result.passed for result in results)
    accepted = sum(bool(result.accepted) for result in results)
    outcome = f"{failed} did not pass" if failed else "all passed"
    outcome += f" ({accepted} of them accepted)" if accepted else ""
    checks = f"{len(results)} checks of {scenarios} scenarios"
    return f"{checks}: {outcome}, in {finished.seconds:.1f} s"
