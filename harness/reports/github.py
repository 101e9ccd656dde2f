"""What GitHub Actions shows of a run: an annotation for each deviation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.reports.result_text import said, title
from harness.runner.events import CaseResult

SHOWN = 10
"""As many annotations as GitHub shows of one step."""


def annotation_lines(results: Sequence[CaseResult]) -> Iterator[str]:
    """Workflow commands (`::error …`), for standard output."""
    failed = [result for result in results if result.failed]
    for result in failed[:SHOWN]:
        name = f"badinbox: {title(result)}: {result.judgement.verdict}"
        text = f"expected {result.expected.error}, said {said(result.diagnosis)}; "
        text += result.judgement.why
        yield f"::error title={_escaped(name, ':,')}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
