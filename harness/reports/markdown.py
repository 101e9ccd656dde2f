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
from harness.reports.look import kind_in
from harness.reports.result_text import excerpt, title
from harness.reports.tables import Table, confused, confusion_table, naming_table, verdict_table
from harness.reports.transcripts import transcript_line
from harness.runner.events import CaseResult, RunFinished
from harness.texts import load_report_texts, number_of
from harness.texts.escaping import markdown, markdown_block, markdown_code

LONGEST = 60_000
"""Characters; GitHub takes 65,536 in a comment."""
SHOWN_IDS = 30
"""Of one finding."""
EXCERPTS = 10
"""The findings that are shown with a piece of a transcript."""


def report(finished: RunFinished, connector: str, language: str = "en") -> bytes:
    """The whole document, UTF-8."""
    return results_markdown(finished, connector, language).encode("utf-8", "backslashreplace")


def results_markdown(finished: RunFinished, connector: str, language: str = "en") -> str:
    """A headline, what was named rightly, the findings, each a block that can be taken out, and
    more tables, folded."""
    results, words = finished.results, _words(language)
    lines = [f"### badinbox{words['head']}{_headline(finished, language)}", ""]
    lines += [words["connector"].format(name=markdown_code(connector))]
    lines += ["", *_figures(finished, language)]
    if (named := naming_table(results)).rows:
        lines += ["", *_table(named, words["fault-phase"], language)]
    verdicts = _table(verdict_table(results), words["by-error"], language)
    end = ["", "", *_folded(words["verdicts"], verdicts)]
    confusion = confusion_table(results)
    if confused(confusion):
        end += ["", *_folded(words["was-said"], _table(confusion, words["expected"], language))]
    text, close = "\n".join(lines), "\n".join(end) + "\n"
    found = [*violation_findings(results, language), *findings(results, language)]
    found.sort(key=lambda each: -len(each.results))
    for number, finding in enumerate(found):
        block = "\n".join(["", "", *_finding(finding, shown=number < EXCERPTS)])
        if len(text) + len(block) + len(close) > LONGEST:
            return f"{text}\n\n{words['more'].format(number=len(found) - number)}{close}"
        text += block
    return text + close


def _words(language: str) -> dict[str, str]:
    words: dict[str, str] = load_report_texts(language)["markdown"]
    return words


def _headline(finished: RunFinished, language: str) -> str:
    numbers, words = figures(finished.results), _words(language)
    failed = numbers.failed - numbers.accepted
    outcome = numbers.all_well(language)
    if failed:
        checks = number_of(numbers.checks, "check", language)
        outcome = words["failed"].format(failed=failed, checks=checks)
    if numbers.accepted:
        outcome += words["accepted"].format(number=numbers.accepted)
    if finished.missing:
        outcome += words["incomplete"].format(done=finished.done, planned=finished.planned)
    return outcome


def _figures(finished: RunFinished, language: str) -> Iterator[str]:
    numbers, words = figures(finished.results), _words(language)
    yield "- " + words["named"].format(named=numbers.named, faults=numbers.faults)
    if numbers.remedies:
        connected = {"connected": numbers.connected, "remedies": numbers.remedies}
        yield "- " + words["connected"].format(**connected)
    yield "- " + words["asked-in-vain"].format(number=numbers.asked_in_vain)
    if numbers.not_applicable:
        why = markdown(left_out(finished.results, language))
        yield "- " + words["not-applicable"].format(number=numbers.not_applicable, why=why)
    for name, count in noted(finished.results):
        yield "- " + words["noted"].format(name=markdown_code(name), number=count)


def _finding(finding: Finding, *, shown: bool) -> Iterator[str]:
    """One block, to be pasted into an issue as it is."""
    texts = load_report_texts(finding.language)
    words, language = texts["markdown"], finding.language
    kind = kind_in(finding.kind, language)
    yield "#### " + texts["console"]["headed"].format(kind=kind, text=markdown(finding.text()))
    if means := explained(finding):
        yield from ("", means)
    example = finding.example
    lines = list(_lines(example, language)) if shown else []
    such_as = words["such-as"].format(title=markdown_code(title(example, language)))
    yield from ("", such_as + (words["follows"] if lines else "."))
    if lines:
        yield from ("", *markdown_block(lines))
    if len(finding.results) > 1:
        ids = [markdown_code(title(each, language)) for each in finding.results[:SHOWN_IDS]]
        more = len(finding.results) - len(ids)
        rest = texts["findings"]["more"].format(number=more) if more else ""
        everyone = words["all"].format(number=len(finding.results))
        yield from ("", *_folded(everyone, iter([", ".join(ids) + rest])))


def _lines(example: CaseResult, language: str) -> Iterator[str]:
    """The time line of a life; of a check a piece of its transcript."""
    if example.life:
        yield from time_line(example, language)
    elif found := excerpt(example):
        record, lines = found
        yield f"{record.service} ({record.protocol})"
        yield from (transcript_line(each, language) for each in lines)


def _folded(summary: str, lines: Iterator[str]) -> list[str]:
    return [f"<details><summary>{escape(summary)}</summary>", "", *lines, "", "</details>"]


def _table(table: Table, corner: str, language: str) -> Iterator[str]:
    columns = (kind_in(column, language) for column in table.columns)
    yield f"| {corner} | {' | '.join(columns)} |"
    yield "|---|" + "---:|" * len(table.columns)
    for row in table.rows:
        cells = (str(table.counts[row, column] or "") for column in table.columns)
        yield f"| {row} | {' | '.join(cells)} |"
