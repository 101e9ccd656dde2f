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
from harness.reports.lives.time_line import time_line
from harness.reports.look import USUAL, WIDTH, Look, Paint, kind_in, mark_of, plain
from harness.reports.result_text import COLUMN, details, excerpt, title
from harness.reports.tables import Table, confused, confusion_table, naming_table, verdict_table
from harness.reports.transcripts import transcript_line
from harness.runner.events import CaseResult, RunEvent, RunFinished, RunStarted, ScenarioFinished

Write = Callable[[str], None]

MOST_LINES: Final = 62
"""At the end of a run; with what stands before it, it all fits two screens."""
MOST_PROGRESS: Final = 10
"""Lines of progress where it cannot be drawn over."""
MOST_PARTS: Final = 6
"""Causes that are named of each finding."""
_EXCERPTS: Final = 2
"""The findings that are shown with a piece of a transcript."""
_MOST_BEHAVIOUR: Final = 6


class Progress(Protocol):
    """Shows a run while it goes on."""

    def handle(self, event: RunEvent) -> None: ...

    def close(self) -> None: ...


class PlainProgress:
    """Lines for pipes, files and CI: one for each scenario that is done, if they are few or `every`
    one is wanted; else one for each tenth of them, with the verdicts so far."""

    def __init__(self, write: Write, *, every: bool = False, language: str = "en") -> None:
        self._write = write
        self._language = language
        self._every = every
        self._total = 0
        self._verdicts: Counter[str] = Counter()

    def handle(self, event: RunEvent) -> None:
        if isinstance(event, RunStarted):
            self._total = len(event.ids)
        elif isinstance(event, ScenarioFinished):
            verdict = kind_in(worst(event.results), self._language)
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


def closing_lines(
    finished: RunFinished, paint: Paint = plain, width: int = WIDTH, language: str = "en"
) -> list[str]:
    """What stands at the end of a run: the findings, how it behaved, what was named rightly by
    documented error, one line in all. At most `MOST_LINES`, whatever was found."""
    results, look = finished.results, Look(paint, width, language)
    failed = [result for result in results if result.failed]
    if finished.unfit:
        return list(_whole(failed[0], MOST_LINES, look))
    end = [*behaviour(results, look), *_rightly_named(results, look), *_left_out(results, look)]
    if told := about_codes(results, language):
        end += ["", *_wrapped(told, width, 2)]
    end += ["", *_hanging(_total(finished, look), look)]
    room = MOST_LINES - len(end)
    if len(failed) == 1:
        return [*_whole(failed[0], room, look), *end]
    return [*_found(findings(results, language), room, look), *end]


def every_case(
    finished: RunFinished, paint: Paint = plain, width: int = WIDTH, language: str = "en"
) -> list[str]:
    """All of it: each case that failed, with its transcripts, then the findings and the tables."""
    results, look = finished.results, Look(paint, width, language)
    lines: list[str] = []
    for result in results:
        if result.failed:
            lines += [*_explained(result, look), ""]
    for finding in findings(results, language):
        lines += _finding(finding, look, shown=True)
    return [
        *lines,
        *matrix(results, look),
        *confusion(results, look),
        *behaviour(results, look, most=len(results)),
        *_rightly_named(results, look),
        *_left_out(results, look),
        "",
        *_hanging(_total(finished, look), look),
    ]


def _left_out(results: Sequence[CaseResult], look: Look) -> list[str]:
    """What does not apply to the connector, where there is any."""
    if not (why := left_out(results, look.language)):
        return []
    return ["", *_wrapped(look.text("left-out", why=why), look.width, 2)]


def one_line(finished: RunFinished, language: str = "en") -> str:
    """The run in one line."""
    return " ".join(text for _, text in _total(finished, Look(plain, WIDTH, language)))


def _found(found: list[Finding], room: int, look: Look) -> Iterator[str]:
    """As many findings as there is room for, the first ones with a piece of a transcript."""
    left = room - 2  # for what is left out, and an empty line
    lines = [""]
    for number, finding in enumerate(found):
        more = _finding(finding, look, shown=number < _EXCERPTS)
        if len(more) > left:
            more = _finding(finding, look, shown=False)
        if len(more) > left:
            checks = sum(len(each.results) for each in found[number:])
            others = look.number(len(found) - number, "finding")
            lines.append(
                look.text("more-findings", findings=others, checks=look.number(checks, "check"))
            )
            break
        left -= len(more)
        lines += more
    yield from lines[1:]
    if lines[-1]:
        yield ""


def _finding(finding: Finding, look: Look, *, shown: bool) -> list[str]:
    """With `shown`: its parts, and what is shown of the example."""
    what = finding.text(MOST_PARTS) if shown else finding.headline
    lines = [*_headed(finding.kind, what, look), _such_as(finding, look)]
    told = list(_shown(finding.example, look)) if shown else []
    lines += [look.paint(_clipped(f"    {line}", look.width), "dim") for line in told]
    return [*lines, ""] if told else lines


def _shown(example: CaseResult, look: Look) -> Iterator[str]:
    """A piece of the example's transcript; of a life its time line."""
    if example.life:
        yield from time_line(example, look.language)
    elif found := excerpt(example):
        yield from (transcript_line(each, look.language) for each in found[1])


def _such_as(finding: Finding, look: Look) -> str:
    """One case, and how many more there are."""
    others = len(finding.results) - 1
    more = f" (+{others})" if others else ""
    case = look.text("such-as", title=title(finding.example, look.language))
    return _clipped(f"    {case}", look.width - len(more)) + more


def _headed(kind: str, text: str, look: Look) -> list[str]:
    """Lines that begin with a verdict or a severity, in its colour."""
    called = look.kind(kind)
    first, *rest = _wrapped(look.text("headed", kind=called, text=text), look.width, 4)
    return [look.paint(called, mark_of(kind)) + first.removeprefix(called), *rest]


def _whole(result: CaseResult, room: int, look: Look) -> Iterator[str]:
    """The only one that failed: all of it, as far as there is room."""
    lines = [line for long in _explained(result, look) for line in _unbroken(long, look)]
    if len(lines) > room - 2:
        lines = [*lines[: room - 3], f"    {look.text('rest')}"]
    yield from lines
    yield ""


def _unbroken(line: str, look: Look) -> list[str]:
    """A line of a paragraph, wrapped; but not a command to be copied."""
    command = line.startswith(f"  {look.texts['details']['see-why']}")
    return [line] if command else _wrapped(line, look.width, COLUMN + 2)


def _explained(result: CaseResult, look: Look) -> list[str]:
    verdict = result.judgement.verdict
    called = look.paint(look.kind(verdict), mark_of(verdict))
    head = look.text("headed", kind=title(result, look.language), text=called)
    return [head, *details(result, look.language)]


def matrix(results: Sequence[CaseResult], look: Look = USUAL) -> list[str]:
    """Checks by documented error and verdict; columns without a check are left out."""
    return _aligned(verdict_table(results), look)


def confusion(results: Sequence[CaseResult], look: Look = USUAL) -> list[str]:
    """What was said by what was expected, where the two are not always the same."""
    table = confusion_table(results)
    if not confused(table):
        return []
    numbers = {column: f"({number})" for number, column in enumerate(table.columns, 1)}
    legend = [f"  {number} {look.kind(column)}" for column, number in numbers.items()]
    numbered = Table(
        table.rows,
        tuple(numbers.values()),
        Counter({(row, numbers[column]): n for (row, column), n in table.counts.items()}),
    )
    return ["", look.text("said-by-expected"), *_aligned(numbered, look), *legend]


def behaviour(
    results: Sequence[CaseResult], look: Look = USUAL, most: int = _MOST_BEHAVIOUR
) -> list[str]:
    """What it did that it should not; of manners only how often."""
    found = violation_findings(results, look.language)
    lines: list[str] = []
    for finding in found[:most]:
        what = f"{finding.violation} {len(finding.results)}: {explained(finding)}"
        lines += [*_headed(finding.kind, what, look), _such_as(finding, look)]
    if (more := len(found) - most) > 0:
        lines.append(look.text("more-violations", violations=look.number(more, "violation")))
    if notes := ", ".join(f"{name} {count}" for name, count in noted(results)):
        lines += _wrapped(look.text("noted", notes=notes), look.width, 4)
    return [look.text("behaved"), *lines, ""] if lines else []


def _rightly_named(results: Sequence[CaseResult], look: Look) -> list[str]:
    table = naming_table(results)
    return [look.text("named"), *_aligned(table, look)] if table.rows else []


def _aligned(table: Table, look: Look) -> list[str]:
    width = max([len(row) for row in table.rows], default=0)
    called = {column: look.kind(column) for column in table.columns}
    lines = ["  ".join(["".ljust(width), *called.values()])]
    for row in table.rows:
        cells = [
            str(table.counts[row, column] or "\u00b7").rjust(len(name))
            for column, name in called.items()
        ]
        lines.append("  ".join([row.ljust(width), *cells]))
    return lines


def _total(finished: RunFinished, look: Look) -> list[tuple[str, str]]:
    """The run in a few words, each with its kind."""
    numbers, parts = figures(finished.results), []
    if finished.missing:
        told = look.text("incomplete", done=finished.done, planned=finished.planned)
        parts.append(("bad", told))
    checks = look.number(numbers.checks, "check")
    scenarios = look.number(numbers.scenarios, "scenario")
    parts.append(("", look.text("total", checks=checks, scenarios=scenarios)))
    outcome = numbers.all_well(look.language)
    if numbers.failed:
        outcome = look.text("failed", number=numbers.failed)
    if numbers.accepted:
        outcome += look.text("accepted", number=numbers.accepted)
    bad = numbers.failed > numbers.accepted
    return [
        *parts,
        ("bad" if bad else "good", f"{outcome},"),
        *(("", text) for text in _figures(numbers, look)),
        ("", look.text("seconds", seconds=f"{finished.seconds:.1f}")),
    ]


def _figures(numbers: Figures, look: Look) -> Iterator[str]:
    if numbers.faults:
        yield look.text("named-rightly", named=numbers.named, faults=numbers.faults)
    if numbers.remedies:
        yield look.text("connected", connected=numbers.connected, remedies=numbers.remedies)
    yield look.text("asked-in-vain", number=numbers.asked_in_vain)
    if numbers.not_applicable:
        yield look.text("not-applicable", number=numbers.not_applicable)


def _hanging(parts: list[tuple[str, str]], look: Look) -> Iterator[str]:
    """The parts on as few lines as they fit, none of them broken, each in its colour."""
    line, length = "", 0
    for kind, text in parts:
        if line and length + len(text) + 1 > look.width:
            yield line
            line, length = "   ", 3
        line += (" " if line else "") + (look.paint(text, kind) if kind else text)
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
