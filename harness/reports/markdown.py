"""The results as Markdown that fits into a comment on a pull request or into an issue."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from harness.reports.findings import (
    Finding,
    explained,
    figures,
    findings,
    left_out,
    noted,
    violation_findings,
)
from harness.reports.lives.time_line import time_line
from harness.reports.result_text import excerpt, title, transcript_line
from harness.reports.tables import Table, confused, confusion_table, naming_table, verdict_table
from harness.runner.events import CaseResult, RunFinished
from harness.texts import counted
from harness.texts.escaping import markdown, markdown_block, markdown_code

LONGEST = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
SHOWN_IDS = 30
"""Of one finding."""
EXCERPTS = 10
"""The findings that are shown with a piece of a transcript."""


def report(finished: RunFinished, connector: str) -> bytes:
    """The whole document, UTF-8."""
    return results_markdown(finished, connector).encode("utf-8", "backslashreplace")


def results_markdown(finished: RunFinished, connector: str) -> str:
    """A headline, what was named rightly, the findings, each a block that can be taken out, and
    more tables, folded."""
    results = finished.results
    lines = [f"### badinbox: {_headline(finished)}", "", f"Connector: {markdown_code(connector)}"]
    lines += ["", *_figures(finished)]
    if (named := naming_table(results)).rows:
        lines += ["", *_table(named, "fault phase")]
    end = ["", "", *_folded("Verdicts", _table(verdict_table(results), "documented error"))]
    confusion = confusion_table(results)
    if confused(confusion):
        end += ["", *_folded("What was said", _table(confusion, "expected"))]
    text, close = "\n".join(lines), "\n".join(end) + "\n"
    found = [*violation_findings(results), *findings(results)]
    found.sort(key=lambda each: -len(each.results))
    for number, finding in enumerate(found):
        block = "\n".join(["", "", *_finding(finding, shown=number < EXCERPTS)])
        if len(text) + len(block) + len(close) > LONGEST:
            return f"{text}\n\n… and {len(found) - number} findings more.{close}"
        text += block
    return text + close


def _headline(finished: RunFinished) -> str:
    numbers = figures(finished.results)
    failed = numbers.failed - numbers.accepted
    outcome = (
        f"{failed} of {counted(numbers.checks, 'check')} did not pass"
        if failed
        else numbers.all_well()
    )
    if numbers.accepted:
        outcome += f", {numbers.accepted} accepted by the baseline"
    if finished.missing:
        outcome += f" (incomplete: {finished.missing})"
    return outcome


def _figures(finished: RunFinished) -> Iterator[str]:
    numbers = figures(finished.results)
    yield f"- named rightly: {numbers.named} of {numbers.faults}"
    if numbers.remedies:
        yield f"- connected after the remedy: {numbers.connected} of {numbers.remedies}"
    yield f"- password asked in vain: {numbers.asked_in_vain}"
    if numbers.not_applicable:
        yield f"- not applicable: {numbers.not_applicable}: {markdown(left_out(finished.results))}"
    for name, count in noted(finished.results):
        yield f"- noted, and changes no verdict: {markdown_code(name)} {count}"


def _finding(finding: Finding, *, shown: bool) -> Iterator[str]:
    """One block, to be pasted into an issue as it is."""
    yield f"#### {finding.kind}: {markdown(finding.text())}"
    if means := explained(finding):
        yield from ("", means)
    example = finding.example
    lines = list(_lines(example)) if shown else []
    yield from ("", f"Such as {markdown_code(title(example))}" + (":" if lines else "."))
    if lines:
        yield from ("", *markdown_block(lines))
    if len(finding.results) > 1:
        ids = [markdown_code(title(each)) for each in finding.results[:SHOWN_IDS]]
        more = len(finding.results) - len(ids)
        text = ", ".join(ids) + (f" and {more} more" if more else "")
        yield from ("", *_folded(f"all {len(finding.results)}", iter([text])))


def _lines(example: CaseResult) -> Iterator[str]:
    """The time line of a life; of a check a piece of its transcript."""
    if example.life:
        yield from time_line(example)
    elif found := excerpt(example):
        record, lines = found
        yield f"{record.service} ({record.protocol})"
        yield from map(transcript_line, lines)


def _folded(summary: str, lines: Iterator[str]) -> list[str]:
    return [f"<details><summary>{escape(summary)}</summary>", "", *lines, "", "</details>"]


def _table(table: Table, corner: str) -> Iterator[str]:
    yield f"| {corner} | {' | '.join(table.columns)} |"
    yield "|---|" + "---:|" * len(table.columns)
    for row in table.rows:
        cells = (str(table.counts[row, column] or "") for column in table.columns)
        yield f"| {row} | {' | '.join(cells)} |"
