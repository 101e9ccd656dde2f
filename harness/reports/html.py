"""Pages of HTML: that of the results, and what every page of ours is made with.

The results are readable offline, by keyboard, in light and dark. Everything that a server or a
connector said is text to a page: Jinja2 escapes all that it is given.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.reports.findings import (
    Finding,
    explained,
    figures,
    findings,
    left_out,
    noted,
    violation_findings,
)
from harness.reports.lives.drawing import Drawing, drawing
from harness.reports.look import mark_of
from harness.reports.result_text import (
    excerpt,
    is_fired,
    named,
    said_in,
    telling_lines,
    title,
    why_in,
)
from harness.reports.tables import Table, confusion_table, said_error, verdict_table
from harness.reports.transcripts import shortened, transcript_line
from harness.runner.events import CaseResult, RunFinished
from harness.runner.records import Line
from harness.texts import LANGUAGES, load_report_texts, load_texts, retold
from harness.texts.escaping import visible

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).with_name("templates")
"""Also what pages share: `sequence.html.j2`, `shared.css`."""
LONGEST_LINE: Final = 240
"""Characters, in a sequence diagram and an excerpt."""
LONGEST_PRINTED: Final = 600
"""Characters of what a process printed."""
MOST_WHOLE: Final = 60_000
"""Characters of whole dialogues on a page."""
MOST_OTHER: Final = 500_000
LEAST_OTHER: Final = 30_000
OTHER_OF_EACH: Final = 600
"""Characters of all else that was said: at most, at least, and for each check."""
MOST_FINDINGS: Final = 150
MOST_EXCERPTS: Final = 30
"""Findings on a page, and those with an excerpt."""
MOST_DRAWN: Final = 120
"""Lives whose time line is drawn."""
ROW_MARKUP: Final = 150
"""Characters that a line of a dialogue takes beside its text."""


def report(finished: RunFinished, connector: str, language: str = "en") -> bytes:
    """The page, UTF-8."""
    page = results_html(finished, connector, datetime.now(UTC), language)
    return page.encode("utf-8", "backslashreplace")


def results_html(
    finished: RunFinished, connector: str, when: datetime, language: str = "en"
) -> str:
    """The whole page: below 300 kB for 60 scenarios, 2 MB for the catalogue. Whole dialogues are
    those of the findings' examples, the others are excerpts; all that is cut is in the JSON."""
    results = finished.results
    found = [*violation_findings(results, language), *findings(results, language)]
    found.sort(key=lambda each: -len(each.results))
    verdicts, confusion = verdict_table(results), confusion_table(results)
    environment = new_environment(language)
    environment.filters.update(
        visible=visible,
        said=partial(said_in, language=language),
        title=partial(title, language=language),
        cut=cut,
        explained=explained,
    )
    return environment.get_template("report.html.j2").render(
        finished=finished,
        figures=figures(results),
        checks=_checks(results, found, verdicts, confusion, language),
        examples=[results.index(finding.example) for finding in found],
        excerpts=[_excerpt(finding.example, language) for finding in found[:MOST_EXCERPTS]],
        findings=found[:MOST_FINDINGS],
        more=max(0, len(found) - MOST_FINDINGS),
        noted=noted(results),
        left_out=left_out(results, language),
        connector=connector,
        when=when,
        verdicts=verdicts,
        confusion=confusion,
        causes=sorted({each.expected.cause for each in results if each.expected.cause}),
        texts=typeset(load_texts(language), language),
        kinds=_kinds(language),
        life_texts=typeset(load_report_texts(language)["life"], language),
        mark_of=mark_of,
        named=partial(named, language=language),
    )


def _kinds(language: str) -> Mapping[str, str]:
    """What verdicts and severities are called, by id; empty for what has no other name."""
    texts = load_report_texts(language)
    return defaultdict(str, {**texts["verdicts"], **texts["severities"], **texts["naming"]})


@dataclass(frozen=True)
class CheckView:
    """A check on the page. `cells`: the cells of tables (`v0.2`) and the findings (`f3`) that it is
    counted in. `why`, `message`, `printed`, `excerpt`: as much of them as there is room for; in
    place of an excerpt the whole dialogue (`rows`)."""

    result: CaseResult
    cells: str
    rows: list[SequenceRow]
    why: str = ""
    message: str = ""
    printed: str = ""
    excerpt: str = ""
    line: Drawing | None = None
    """Of a life: its time line."""


def _checks(
    results: Sequence[CaseResult],
    found: list[Finding],
    verdicts: Table,
    confusion: Table,
    language: str,
) -> Iterator[CheckView]:
    """What failed shares the room that there is; whole dialogues are those of examples."""
    examples = {id(finding.example) for finding in found}
    of: dict[int, list[str]] = defaultdict(list)
    for number, finding in enumerate(found):
        for each in finding.results:
            of[id(each)].append(f"f{number}")
    whole, drawn = MOST_WHOLE, _drawn(results)
    room = min(MOST_OTHER, LEAST_OTHER + OTHER_OF_EACH * len(results))
    sharing = sum(not result.passed for result in results)
    for result in results:
        rows = sequence(result, language) if id(result) in examples else []
        size = sum(ROW_MARKUP + len(row.text) for row in rows)
        rows, whole = (rows, whole - size) if size <= whole else ([], whole)
        texts = {"why": cut(why_in(result.judgement, language))}  # such as what else is right
        if not result.passed:
            texts = dict(_texts(result, room // sharing, language, excerpted=not rows))
            room -= sum(map(len, texts.values()))
            sharing -= 1
        cells = [*_cell("v", verdicts, result.reproduces, result.judgement.verdict)]
        if result.phase == "fault":
            cells += _cell("c", confusion, result.expected.error, said_error(result))
        line = drawing(result.life, language) if id(result) in drawn else None
        yield CheckView(result, " ".join([*cells, *of[id(result)]]), rows, line=line, **texts)


def _drawn(results: Sequence[CaseResult]) -> set[int]:
    """The lives whose time lines are drawn: those that failed before others."""
    lives = sorted((each for each in results if each.life), key=lambda each: each.passed)
    return {id(each) for each in lives[:MOST_DRAWN]}


def _texts(
    result: CaseResult, room: int, language: str, *, excerpted: bool
) -> Iterator[tuple[str, str]]:
    """What was said of a check and in it, the most telling first, in so many characters."""
    said_ = result.said
    texts = {
        "why": visible(why_in(result.judgement, language))[:LONGEST_LINE],
        "message": visible(said_.message)[:LONGEST_LINE] if said_ else "",
        "excerpt": _excerpt(result, language) if excerpted else "",
        "printed": "\n".join(map(visible, telling_lines(said_.stderr)))[:LONGEST_PRINTED]
        if said_
        else "",
    }
    for name, text in texts.items():
        if len(text) > room:
            text = f"{text[: max(0, room - 1)]}…"
        room -= len(text)
        yield name, text


def _cell(table: str, data: Table, row: str, column: str) -> Iterator[str]:
    yield f"{table}{data.rows.index(row)}.{data.columns.index(column)}"


def _excerpt(result: CaseResult, language: str) -> str:
    """The lines round the fault, as text."""
    found = excerpt(result)
    lines = found[1] if found else ()
    return "\n".join(cut(transcript_line(line, language)) for line in lines)


def cut(text: str) -> str:
    """A text of theirs, no longer than the page can bear of each."""
    return shortened(visible(text), LONGEST_LINE)


def new_environment(language: str, *folders: Path) -> Environment:
    """Templates of these folders, and the shared ones, in which everything put in is text.

    What a template says itself is `words(english, french)`: that of the language.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # costs 60 ms

    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "language": language,
        "words": lambda *said: typeset(said[LANGUAGES.index(language)], language),
    }
    return made


def typeset(said: Any, language: str) -> Any:
    """Texts of ours as a page shows them: French has a space before `:`, at which no line ends."""
    if isinstance(said, str):
        return re.sub(r" (?=[:;?!»])|(?<=«) ", "\xa0", said) if language == "fr" else said
    if isinstance(said, Mapping):
        return {key: typeset(each, language) for key, each in said.items()}
    return said


@dataclass(frozen=True)
class SequenceRow:
    """One line of a sequence diagram. `lane`: imap, smtp, or other; `kind`: C, S, note, fired or
    end; `connection`: said to those who cannot see whose line it is."""

    lane: str
    kind: str
    text: str
    time: str
    tls: bool
    connection: str


def sequence(result: CaseResult, language: str = "en") -> list[SequenceRow]:
    """All connections of a check as one diagram: one after the other, as they began."""
    return [
        sequence_row(record.protocol, line, f"{record.service} #{number}", language)
        for number, record in enumerate(result.transcript, 1)
        for line in record.lines
    ]


def sequence_row(protocol: str, line: Line, connection: str, language: str = "en") -> SequenceRow:
    """The row of one line, for every page that draws one."""
    text = retold("happened", line.text, language) if line.direction == "*" else line.text
    text = shortened(visible(text), LONGEST_LINE)
    lane = protocol if protocol in ("imap", "smtp") else "other"
    return SequenceRow(lane, _kind(line), text, f"{line.time_s:.3f}", line.tls, connection)


def _kind(line: Line) -> str:
    if line.direction != "*":
        return line.direction
    if is_fired(line):
        return "fired"
    return "end" if " closed the connection" in line.text else "note"
