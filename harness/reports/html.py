"""The results as one page of HTML: readable offline, by keyboard, in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harness.events import CaseResult, ConnectionRecord, Line
from harness.reports.excerpt import is_fired
from harness.reports.explain import said, title, visible
from harness.reports.tables import confusion_table, said_error, verdict_table, violation_counts
from harness.reports.templating import new_environment
from harness.texts import load_texts
from harness.violations import sentence

LONGEST_LINE = 240


@dataclass(frozen=True)
class Row:
    """One line of a sequence diagram. `lane`: imap, smtp, or other; `kind`: C, S, note or fired."""

    lane: str
    kind: str
    text: str
    time: str
    tls: bool
    connection: str


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


def sequence(result: CaseResult) -> list[Row]:
    """All connections of a check as one diagram: one after the other, as they began."""
    return [
        _row(record, line, f"{record.service} #{number}")
        for number, record in enumerate(result.transcript, 1)
        for line in record.lines
    ]


def _row(record: ConnectionRecord, line: Line, connection: str) -> Row:
    text = visible(line.text)
    if len(text) > LONGEST_LINE:
        text = f"{text[:LONGEST_LINE]}… ({len(text)} characters)"
    lane = record.protocol if record.protocol in ("imap", "smtp") else "other"
    kind = "fired" if is_fired(line) else "note" if line.direction == "*" else line.direction
    return Row(lane, kind, text, f"{line.time_s:.3f}", line.tls, connection)
