"""What `check` prints."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from harness.check_report import Findings
    from harness.checker import OnStep, Step
    from harness.contract.diagnosis import Diagnosis

_MARGIN = 12
"""Where the text behind a word such as `evidence` begins."""


def step_printer(language: str) -> OnStep:
    """Prints each step as it ends."""
    from harness.reports.explain import visible
    from harness.texts import load_check_texts

    texts = load_check_texts(language)
    width = max(map(len, texts["steps"].values()))

    def show(step: Step) -> None:
        if step.state != "started":
            name = f"{texts['states'][step.state]:<6} {texts['steps'][step.name]:<{width}}"
            click.echo(f"{name} {visible(step.detail)} ({step.seconds:.2f} s)")

    return show


def print_findings(findings: Findings, language: str, audiences: Sequence[Any]) -> None:
    """The diagnosis and all that explains it; for the audiences, if any, in their words."""
    from harness.check_report.explanation import explanation
    from harness.texts import load_check_texts

    lines = _explained(findings, language) if not audiences else _named(findings.diagnosis)
    click.echo("")
    for line in lines:
        click.echo(line)
    for audience in audiences:
        click.echo("")
        for paragraph in explanation(findings, audience, language):
            click.echo(_wrapped(paragraph, 2 if paragraph.startswith("- ") else 0))
    if findings.reproduce_command:
        text = load_check_texts(language)["reproduce"]
        click.echo("")
        click.echo(text.format(command=findings.reproduce_command))


def findings_json(findings: Findings) -> dict[str, Any]:
    """The diagnosis as it always was, and beside its keys what was found besides."""
    return {
        **findings.diagnosis.model_dump(mode="json"),
        "probes": [probe.model_dump(mode="json") for probe in findings.probes],
        "narrowed": list(findings.narrowed),
        "provider": findings.provider.name if findings.provider else None,
        "reproduce": findings.scenario,
    }


def _named(diagnosis: Diagnosis) -> Iterator[str]:
    from harness.reports.explain import said

    yield _wrapped(said(diagnosis), 0)


def _explained(findings: Findings, language: str) -> Iterator[str]:
    from harness.check_report.explanation import advice_texts, probe_text
    from harness.reports.explain import visible

    diagnosis = findings.diagnosis
    yield from _named(diagnosis)
    yield _wrapped(visible(diagnosis.text[language]), 0)
    yield from (_row("evidence", line) for line in _evidence(diagnosis))
    yield from (_row("warning", visible(warning)) for warning in diagnosis.warnings)
    yield from (_row("probe", probe_text(probe, language)) for probe in findings.probes)
    if findings.narrowed:
        yield _row("narrowed", ", ".join(findings.narrowed))
    if findings.provider:
        yield _row("provider", findings.provider.title)
    for name, text in zip(diagnosis.advice, advice_texts(findings, language), strict=True):
        yield _row("advice", f"{name}: {text}")


def _evidence(diagnosis: Diagnosis) -> Iterator[str]:
    from harness.reports.explain import visible

    evidence = diagnosis.evidence
    yield from map(visible, evidence.lines)
    for name, value in evidence:
        if name != "lines" and value is not None:
            yield f"{name.replace('_', ' ')} {visible(str(value))}"


def _row(word: str, text: str) -> str:
    return _wrapped(f"  {word:<{_MARGIN - 2}}{text}", _MARGIN)


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(
        text,
        width=max(shutil.get_terminal_size().columns, 40),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
