"""The results as Markdown that fits into a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from harness.judging.violations import sentence
from harness.reports.result_text import excerpt, said, title, transcript_line, visible
from harness.reports.tables import Table, confused, confusion_table, verdict_table, violation_counts
from harness.runner.events import CaseResult, RunFinished

LONGEST = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
SHOWN = 50
"""Deviations with their details."""


def report(finished: RunFinished, connector: str) -> bytes:
    """The whole document, UTF-8."""
    text = results_markdown(finished.results, connector)
    return text.encode("utf-8", "backslashreplace")


def results_markdown(results: Sequence[CaseResult], connector: str) -> str:
    """A headline, the matrix, what was confused with what, violations, the deviations, folded."""
    lines = [
        f"### badinbox: {_headline(results)}",
        "",
        f"Connector: {code(connector)}",
        "",
        *_table(verdict_table(results), "documented error"),
    ]
    confusion = confusion_table(results)
    if confused(confusion):
        lines += ["", "Expected by said:", "", *_table(confusion, "expected")]
    if counted := violation_counts(results):
        lines += ["", "How it behaved:", "", "| violation | | checks |", "|---|---|---:|"]
        lines += [f"| {code(name)} | {sentence(name)} | {count} |" for name, count in counted]
    failed = [result for result in results if result.failed]
    text = "\n".join(lines)
    for number, result in enumerate(failed):
        block = "\n".join(["", "", *_deviation(result)])
        if number >= SHOWN or len(text) + len(block) > LONGEST:
            return f"{text}\n\n… and {len(failed) - number} more that did not pass.\n"
        text += block
    return text + "\n"


def _headline(results: Sequence[CaseResult]) -> str:
    failed = sum(result.failed for result in results)
    accepted = sum(bool(result.accepted) for result in results)
    outcome = f"{failed} of {len(results)} checks did not pass" if failed else "all passed"
    return f"{outcome}, {accepted} accepted by the baseline" if accepted else outcome


def _table(table: Table, corner: str) -> Iterator[str]:
    yield f"| {corner} | {' | '.join(table.columns)} |"
    yield "|---|" + "---:|" * len(table.columns)
    for row in table.rows:
        cells = (str(table.counts[row, column] or "") for column in table.columns)
        yield f"| {row} | {' | '.join(cells)} |"


def _deviation(result: CaseResult) -> Iterator[str]:
    yield f"<details><summary>{escape(title(result))}: {result.judgement.verdict}</summary>"
    yield ""
    yield f"- expected {code(result.expected.error)}, said {code(said(result.diagnosis))}"
    if result.said and result.said.error:
        own = f"{result.said.error}: {result.said.message}" if result.said.message else ""
        yield f"- its own words: {code(own or result.said.error)}"
    yield f"- {plain(result.judgement.why)}"
    found = excerpt(result)
    if found:
        record, lines = found
        shown = [transcript_line(line) for line in lines]
        fence = fence_for("\n".join(shown))
        yield from ("", f"{fence}text", f"{record.service} ({record.protocol})", *shown, fence)
    yield ""
    yield "</details>"


def code(text: str) -> str:
    """A code span that holds whatever the text holds (CommonMark 6.1)."""
    text = visible(" ".join(text.split())) or " "
    marks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}"


def plain(text: str) -> str:
    """Text in which nothing is markup, wherever a line may begin with it."""
    escaped = re.sub(r"([\\`*_\[\]<>#|&@~])", r"\\\1", visible(" ".join(text.split())))
    return re.sub(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))", r"\1\\", escaped)


def fence_for(text: str) -> str:
    return "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
