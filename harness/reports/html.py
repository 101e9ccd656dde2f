"""The results as one page of HTML: readable offline, by keyboard, in light and dark.

Everything that a server or a connector said is text to it: Jinja2 escapes all that it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from harness.judging.violations import sentence
from harness.reports.explain import said, title, visible
from harness.reports.sequence import Row, sequence_row
from harness.reports.tables import confusion_table, said_error, verdict_table, violation_counts
from harness.reports.templating import new_environment
from harness.runner.events import CaseResult
from harness.texts import load_texts


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
        sequence_row(record.protocol, line, f"{record.service} #{number}")
        for number, record in enumerate(result.transcript, 1)
        for line in record.lines
    ]
