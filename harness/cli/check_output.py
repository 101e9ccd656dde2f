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
from harness.texts import load_check_texts, retold
from harness.texts.escaping import visible

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
    texts, diagnosis = load_check_texts(language), findings.diagnosis
    yield from _named(diagnosis, language)
    yield _wrapped(visible(diagnosis.text[language]), 0)
    width = max(map(len, texts["rows"].values()))
    for name, text in _rows(findings, language):
        yield _wrapped(f"  {texts['rows'][name]:<{width}}  {text}", width + 4)


def _rows(findings: CheckFindings, language: str) -> Iterator[tuple[str, str]]:
    """The word before each, by its id, and what stands behind it."""
    diagnosis, advised = findings.diagnosis, load_check_texts(language)["advised"]
    yield from (("evidence", line) for line in _evidence(diagnosis, language))
    yield from (("warning", visible(warning)) for warning in diagnosis.warnings)
    yield from (("probe", probe_text(probe, language)) for probe in findings.probes)
    if findings.narrowed:
        yield "narrowed", ", ".join(findings.narrowed)
    if findings.provider:
        yield "provider", findings.provider.title
    for name, text in zip(diagnosis.advice, advice_texts(findings, language), strict=True):
        yield "advice", advised.format(id=name, text=text)


def _evidence(diagnosis: Diagnosis, language: str) -> Iterator[str]:
    evidence = diagnosis.evidence
    for line in evidence.lines[:_SHOWN_LINES]:
        yield _cut(visible(line))
    if (more := len(evidence.lines) - _SHOWN_LINES) > 0:
        yield load_check_texts(language)["more-lines"].format(number=more)
    for name, value in evidence:
        if name != "lines" and value is not None:
            shown = f"{name.replace('_', ' ')} {_cut(visible(str(value)))}"
            yield retold("explained", shown, language)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]} …"


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(
        text,
        width=max(shutil.get_terminal_size().columns, 40),
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
