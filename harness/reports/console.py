"""What a person reads while it runs and at the end: progress, the matrix, what did not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from harness.events import CaseResult, Event, RunFinished, RunStarted, ScenarioFinished
from harness.reports.explain import explain_failure
from harness.taxonomy import DOCUMENTED_ERRORS
from harness.verdict import VERDICTS, Verdict

Write = Callable[[str], None]


class Progress(Protocol):
    """Shows a run while it goes on."""

    def handle(self, event: Event) -> None: ...

    def close(self) -> None: ...


class PlainProgress:
    """A line for each scenario that is done: for pipes, files and CI."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._total = 0
        self._done = 0

    def handle(self, event: Event) -> None:
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
    return [*lines, *matrix(finished.results), "", _total(finished)]


def matrix(results: Sequence[CaseResult]) -> list[str]:
    """Checks by documented error and verdict; columns without a check are left out."""
    counts = Counter((result.reproduces, result.judgement.verdict) for result in results)
    columns = [v for v in reversed(VERDICTS) if any(count[1] == v for count in counts)]
    rows = [error for error in DOCUMENTED_ERRORS if any(count[0] == error for count in counts)]
    width = max([len(error) for error in rows], default=0)
    lines = ["  ".join(["".ljust(width), *columns])]
    for error in rows:
        cells = [str(counts[error, v] or "·").rjust(len(v)) for v in columns]
        lines.append("  ".join([error.ljust(width), *cells]))
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
