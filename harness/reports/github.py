"""What GitHub Actions shows of a run: an annotation for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.reports.findings import explained, findings, violation_findings
from harness.reports.look import kind_in
from harness.reports.result_text import title, why_in
from harness.runner.events import CaseResult
from harness.texts import load_report_texts
from harness.texts.escaping import github_annotation

SHOWN = 10
"""As many annotations as GitHub shows of one step."""


def annotation_lines(results: Sequence[CaseResult], language: str = "en") -> Iterator[str]:
    """Workflow commands (`::error …`), for standard output; the largest findings first."""
    words: dict[str, str] = load_report_texts(language)["github"]
    found = [*findings(results, language), *violation_findings(results, language)]
    found.sort(key=lambda each: -len(each.results))
    for finding in found[:SHOWN]:
        example = finding.example
        text = f"{finding.text()}. {explained(finding)}".rstrip()
        verdict = kind_in(example.judgement.verdict, language)
        why = why_in(example.judgement, language) or verdict
        text += "\n" + words["such-as"].format(title=title(example, language), why=why)
        head = words["title"].format(kind=kind_in(finding.kind, language))
        yield github_annotation(head, text)
