"""What `check` prints."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from harness.check_report import CheckFindings
from harness.check_report.explanation import ITEM, advice_texts, explanation, probe_text
from harness.checker import CheckStep, OnStep
from harness.cli.shared.printing import say
from harness.contract.diagnosis import Diagnosis
from harness.reports.result_text import said
from harness.texts import load_check_texts
from harness.texts.escaping import visible

_MARGIN = 12
"""Where the text behind a word such as `evidence` begins."""
_SHOWN_LINES, _SHOWN_LETTERS = 12, 400
"""How much of what a server said is printed; all of it is in `--json`."""


def step_printer(language: str) -> OnStep:
    """Prints each step as it ends."""
    texts = load_check_texts(language)
    width = max(map(len, texts["steps"].values()))

    def show(step: CheckStep) -> None:
        if step.state != "started":
            name = f"{texts['states'][step.state]:<6} {texts['steps'][step.name]:<{width}}"
            say(f"{name} {visible(step.detail)} ({step.seconds:.2f} s)")

    return show


def print_findings(findings: CheckFindings, language: str, audiences: Sequence[Any]) -> None:
    """The diagnosis and all that explains it; for the audiences, if any, in their words."""
    named = _named(findings.diagnosis, language)
    lines = named if audiences else _explained(findings, language)
    say("")
    for line in lines:
        say(line)
    for audience in audiences:
        say("")
        for paragraph in explanation(findings, audience, language):
            item = ITEM.match(paragraph)
            say(_wrapped(paragraph, item.end() if item else 0))
    if findings.reproduce_command:
        text = load_check_texts(language)["reproduce"]
        say("")
        say(text.format(command=findings.reproduce_command))


def findings_json(findings: CheckFindings) -> dict[str, Any]:
    """The diagnosis as it always was, and beside its keys what was found besides."""
    return {
        **findings.diagnosis.model_dump(mode="json"),
        "probes": [probe.model_dump(mode="json") for probe in findings.probes],
        "narrowed": list(findings.narrowed),
        "provider": findings.provider.name if findings.provider else None,
        "reproduce": findings.scenario,
    }


def _named(diagnosis: Diagnosis, language: str) -> Iterator[str]:
    yield _wrapped(said(diagnosis, language), 0)


def _explained(findings: CheckFindings, language: str) -> Iterator[str]:
    diagnosis = findings.diagnosis
    yield from _named(diagnosis, language)
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
    evidence = diagnosis.evidence
    for line in evidence.lines[:_SHOWN_LINES]:
        yield _cut(visible(line))
    if (more := len(evidence.lines) - _SHOWN_LINES) > 0:
        yield f"… and {more} lines more"
    for name, value in evidence:
        if name != "lines" and value is not None:
            yield f"{name.replace('_', ' ')} {_cut(visible(str(value)))}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]} …"


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
