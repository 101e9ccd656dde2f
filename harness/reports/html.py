"""Pages of HTML: that of the results, and what every page of ours is made with.

The results are readable offline, by keyboard, in light and dark. Everything that a server or a
connector said is text to a page: Jinja2 escapes all that it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.judging.violations import sentence
from harness.reports.result_text import is_fired, said, shortened, title, visible
from harness.reports.tables import confusion_table, said_error, verdict_table, violation_counts
from harness.runner.events import CaseResult, Line, RunFinished
from harness.texts import load_texts

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).with_name("templates")
"""Also what pages share: `sequence.html.j2`, `shared.css`."""
LONGEST_LINE: Final = 240
"""Characters, in a sequence diagram."""


def report(finished: RunFinished, connector: str) -> bytes:
    """The page, UTF-8."""
    page = results_html(finished.results, connector, datetime.now(UTC))
    return page.encode("utf-8", "backslashreplace")


def results_html(results: Sequence[CaseResult], connector: str, when: datetime) -> str:
    """The whole page."""
    environment = new_environment()
    environment.filters.update(visible=visible, said=said, title=title, sentence=sentence)
    environment.globals.update(sequence=sequence, said_error=said_error)
    return environment.get_template("report.html.j2").render(
        results=results,
        connector=connector,
        when=when,
        verdicts=verdict_table(results),
        confusion=confusion_table(results),
        violations=violation_counts(results),
        texts=load_texts("en"),
        failed=sum(result.failed for result in results),
        accepted=sum(bool(result.accepted) for result in results),
    )


def new_environment(*folders: Path) -> Environment:
    """Templates of these folders, and the shared ones, in which everything put in is text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # costs 60 ms

    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


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


def sequence(result: CaseResult) -> list[SequenceRow]:
    """All connections of a check as one diagram: one after the other, as they began."""
    return [
        sequence_row(record.protocol, line, f"{record.service} #{number}")
        for number, record in enumerate(result.transcript, 1)
        for line in record.lines
    ]


def sequence_row(protocol: str, line: Line, connection: str) -> SequenceRow:
    """The row of one line, for every page that draws one."""
    text = shortened(visible(line.text), LONGEST_LINE)
    lane = protocol if protocol in ("imap", "smtp") else "other"
    return SequenceRow(lane, _kind(line), text, f"{line.time_s:.3f}", line.tls, connection)


def _kind(line: Line) -> str:
    if line.direction != "*":
        return line.direction
    if is_fired(line):
        return "fired"
    return "end" if " closed the connection" in line.text else "note"
