"""What GitHub Actions shows of a run: an annotation for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.reports.findings import explained, findings, violation_findings
from harness.reports.result_text import title
from harness.runner.events import CaseResult
from harness.texts.escaping import github_annotation

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
        yield github_annotation(f"badinbox: {finding.kind}", text)
