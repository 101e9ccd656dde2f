"""What GitHub Actions shows of a run: an annotation for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.reports.findings import explained, findings, violation_findings
from harness.reports.result_text import title
from harness.runner.events import CaseResult

SHOWN = 10
"""As many annotations as GitHub shows of one step."""


def annotation_lines(results: Sequence[CaseResult]) -> Iterator[str]:
    """Workflow commands (`::error …`), for standard output; the largest findings first."""
    found = [*findings(results), *violation_findings(results)]
    found.sort(key=lambda each: -len(each.results))
    for finding in found[:SHOWN]:
        example = finding.example
        text = f"{finding.text()}. {explained(finding)}".rstrip()
        text += f"\nsuch as {title(example)}: {example.judgement.why or example.judgement.verdict}"
        yield f"::error title={_escaped(f'badinbox: {finding.kind}', ':,')}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
