"""What a person reads while it runs and at the end: progress, findings, a table, a line in all."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from harness.judging.verdict import VERDICTS, Verdict
from harness.reports.findings import (
    Figures,
    Finding,
    about_codes,
    explained,
    figures,
    findings,
    left_out,
    noted,
    violation_findings,
)
from harness.reports.marks import mark_of
from harness.reports.result_text import SEE_WHY, excerpt, explain_failure, title, transcript_line
from harness.reports.tables import Table, confused, confusion_table, naming_table, verdict_table
from harness.runner.events import CaseResult, RunEvent, RunFinished, RunStarted, ScenarioFinished
from harness.texts import counted

Write = Callable[[str], None]
Paint = Callable[[str, str], str]
"""Gives a text a colour, by what it is: `good`, `bad`, `doubtful` or `dim`."""

WIDTH: Final = 80
MOST_LINES: Final = 62
"""At the end of a run; with what stands before it, it all fits two screens."""
MOST_PROGRESS: Final = 10
"""Lines of progress where it cannot be drawn over."""
MOST_PARTS: Final = 6
"""Causes that are named of each finding."""
_EXCERPTS: Final = 2
"""The findings that are shown with a piece of a transcript."""
_MOST_BEHAVIOUR: Final = 6
_ANSI: Final = {"good": "32", "bad": "31", "doubtful": "33", "dim": "2"}


class Progress(Protocol):
    """Shows a run while it goes on."""

    def handle(self, event: RunEvent) -> None: ...

    def close(self) -> None: ...


class PlainProgress:
    """Lines for pipes, files and CI: one for each scenario that is done, if they are few or `every`
    one is wanted; else one for each tenth of them, with the verdicts so far."""

    def __init__(self, write: Write, *, every: bool = False) -> None:
        self._write = write
        self._every = every
        self._total = 0
        self._verdicts: Counter[str] = Counter()

    def handle(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self._total = len(event.ids)
        elif isinstance(event, ScenarioFinished):
            verdict = worst(event.results)
            self._verdicts[verdict] += 1
            done = self._verdicts.total()
            if self._every or self._total <= MOST_PROGRESS:
                self._write(f"[{done}/{self._total}] {verdict:<13} {event.id}")
            elif done * MOST_PROGRESS // self._total > (done - 1) * MOST_PROGRESS // self._total:
                so_far = ", ".join(f"{n} {name}" for name, n in self._verdicts.most_common())
                self._write(_clipped(f"[{done}/{self._total}] {so_far}", WIDTH))

    def close(self) -> None:
        """Nothing to take down."""


def worst(results: Sequence[CaseResult]) -> Verdict | str:
    """The verdict that says most about a scenario; `-` where no check was made."""
    given = {result.judgement.verdict for result in results}
    ranked = (*VERDICTS[1:], *VERDICTS)  # what does not apply says least
    return next((verdict for verdict in ranked if verdict in given), "-")


def plain(text: str, _: str) -> str:
    """A text without a colour."""
    return text


def coloured(text: str, kind: str) -> str:
    """A text in the colour of its kind, for a terminal (ECMA-48)."""
    return f"\x1b[{_ANSI[kind]}m{text}\x1b[0m"


def closing_lines(finished: RunFinished, paint: Paint = plain, width: int = WIDTH) -> list[str]:
    """What stands at the end of a run: the findings, how it behaved, what was named rightly by
    documented error, one line in all. At most `MOST_LINES`, whatever was found."""
    results = finished.results
    failed = [result for result in results if result.failed]
    if finished.unfit:
        return list(_whole(failed[0], MOST_LINES, paint, width))
    end = [*behaviour(results, paint, width), *_rightly_named(results), *_left_out(results, width)]
    if told := about_codes(results):
        end += ["", *_wrapped(told, width, 2)]
    end += ["", *_hanging(_total(finished), paint, width)]
    room = MOST_LINES - len(end)
    if len(failed) == 1:
        return [*_whole(failed[0], room, paint, width), *end]
    return [*_found(findings(results), room, paint, width), *end]


def every_case(finished: RunFinished, paint: Paint = plain, width: int = WIDTH) -> list[str]:
    """All of it: each case that failed, with its transcripts, then the findings and the tables."""
    results = finished.results
    lines: list[str] = []
    for result in results:
        if result.failed:
            lines += [*_explained(result, paint), ""]
    for finding in findings(results):
        lines += _finding(finding, paint, width, shown=True)
    return [
        *lines,
        *matrix(results),
        *confusion(results),
        *behaviour(results, paint, width, most=len(results)),
        *_rightly_named(results),
        *_left_out(results, width),
        "",
        *_hanging(_total(finished), paint, width),
    ]


def _left_out(results: Sequence[CaseResult], width: int) -> list[str]:
    """What does not apply to the connector, where there is any."""
    if not (why := left_out(results)):
        return []
    return ["", *_wrapped(f"Not applicable, and neither passed nor failed: {why}.", width, 2)]


def one_line(finished: RunFinished) -> str:
    """The run in one line."""
    return " ".join(text for _, text in _total(finished))


def _found(found: list[Finding], room: int, paint: Paint, width: int) -> Iterator[str]:
    """As many findings as there is room for, the first ones with a piece of a transcript."""
    left = room - 2  # for what is left out, and an empty line
    lines = [""]
    for number, finding in enumerate(found):
        more = _finding(finding, paint, width, shown=number < _EXCERPTS)
        if len(more) > left:
            more = _finding(finding, paint, width, shown=False)
        if len(more) > left:
            checks = sum(len(each.results) for each in found[number:])
            rest = f"{counted(len(found) - number, 'finding')} more, in {counted(checks, 'check')}"
            lines.append(f"… and {rest}: --verbose, or a report")
            break
        left -= len(more)
        lines += more
    yield from lines[1:]
    if lines[-1]:
        yield ""


def _finding(finding: Finding, paint: Paint, width: int, *, shown: bool) -> list[str]:
    """With `shown`: its parts, and a piece of the example's transcript."""
    what = finding.text(MOST_PARTS) if shown else finding.headline
    lines = _headed(finding.kind, what, paint, width)
    lines.append(_such_as(finding, width))
    found = excerpt(finding.example) if shown else None
    if found:
        lines += [paint(_clipped(f"    {transcript_line(x)}", width), "dim") for x in found[1]]
        lines.append("")
    return lines


def _such_as(finding: Finding, width: int) -> str:
    """One case, and how many more there are."""
    others = len(finding.results) - 1
    more = f" (+{others})" if others else ""
    return _clipped(f"    such as {title(finding.example)}", width - len(more)) + more


def _headed(kind: str, text: str, paint: Paint, width: int) -> list[str]:
    """Lines that begin with a verdict or a severity, in its colour."""
    first, *rest = _wrapped(f"{kind}: {text}", width, 4)
    return [paint(f"{kind}:", mark_of(kind)) + first.removeprefix(f"{kind}:"), *rest]


def _whole(result: CaseResult, room: int, paint: Paint, width: int) -> Iterator[str]:
    """The only one that failed: all of it, as far as there is room."""
    lines = [line for long in _explained(result, paint) for line in _unbroken(long, width)]
    if len(lines) > room - 2:
        lines = [*lines[: room - 3], "    … --verbose shows the rest"]
    yield from lines
    yield ""


def _unbroken(line: str, width: int) -> list[str]:
    """A line of a paragraph, wrapped; but not a command to be copied."""
    return [line] if line.startswith(SEE_WHY) else _wrapped(line, width, 14)


def _explained(result: CaseResult, paint: Paint) -> list[str]:
    head, *lines = explain_failure(result).splitlines()
    verdict = result.judgement.verdict
    return [head.removesuffix(verdict) + paint(verdict, mark_of(verdict)), *lines]


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


def behaviour(
    results: Sequence[CaseResult],
    paint: Paint = plain,
    width: int = WIDTH,
    most: int = _MOST_BEHAVIOUR,
) -> list[str]:
    """What it did that it should not; of manners only how often."""
    found = violation_findings(results)
    lines: list[str] = []
    for finding in found[:most]:
        what = f"{finding.violation} {len(finding.results)}: {explained(finding)}"
        lines += [*_headed(finding.kind, what, paint, width), _such_as(finding, width)]
    if (more := len(found) - most) > 0:
        lines.append(f"… and {counted(more, 'violation')} more")
    if notes := ", ".join(f"{name} {count}" for name, count in noted(results)):
        lines += _wrapped(f"noted, and changes no verdict: {notes}", width, 4)
    return ["How it behaved:", *lines, ""] if lines else []


def _rightly_named(results: Sequence[CaseResult]) -> list[str]:
    table = naming_table(results)
    return ["Named in the fault phase:", *_aligned(table)] if table.rows else []


def _aligned(table: Table) -> list[str]:
    width = max([len(row) for row in table.rows], default=0)
    lines = ["  ".join(["".ljust(width), *table.columns])]
    for row in table.rows:
        cells = [str(table.counts[row, c] or "\u00b7").rjust(len(c)) for c in table.columns]
        lines.append("  ".join([row.ljust(width), *cells]))
    return lines


def _total(finished: RunFinished) -> list[tuple[str, str]]:
    """The run in a few words, each with its kind."""
    numbers = figures(finished.results)
    parts = [("bad", f"incomplete, {finished.missing}:")] if finished.missing else []
    parts += [
        ("", f"{counted(numbers.checks, 'check')} of {counted(numbers.scenarios, 'scenario')}:")
    ]
    outcome = f"{numbers.failed} did not pass" if numbers.failed else numbers.all_well
    outcome += f" ({numbers.accepted} of them accepted)" if numbers.accepted else ""
    bad = numbers.failed > numbers.accepted
    parts.append(("bad" if bad else "good", f"{outcome},"))
    return [
        *parts,
        *(("", text) for text in _figures(numbers)),
        ("", f"in {finished.seconds:.1f} s"),
    ]


def _figures(numbers: Figures) -> Iterator[str]:
    if numbers.faults:
        yield f"named rightly {numbers.named} of {numbers.faults},"
    if numbers.remedies:
        yield f"connected after the remedy {numbers.connected} of {numbers.remedies},"
    yield f"password asked in vain {numbers.asked_in_vain},"
    if numbers.not_applicable:
        yield f"{numbers.not_applicable} not applicable,"


def _hanging(parts: list[tuple[str, str]], paint: Paint, width: int) -> Iterator[str]:
    """The parts on as few lines as they fit, none of them broken, each in its colour."""
    line, length = "", 0
    for kind, text in parts:
        if line and length + len(text) + 1 > width:
            yield line
            line, length = "   ", 3
        line += (" " if line else "") + (paint(text, kind) if kind else text)
        length += len(text) + 1
    yield line


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """On lines of the width; all but the first are indented. The indent of the text itself stays,
    and nothing is broken but what is longer than a line."""
    return textwrap.wrap(
        text,
        width,
        initial_indent="",
        subsequent_indent=" " * indent,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [""]


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
