"""The findings laid out once, for every form of the report: headed parts of rows and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from harness.check_report.explanation import (
    AUDIENCES,
    advice_texts,
    explanation,
    probe_text,
)
from harness.check_report.findings import Findings
from harness.checker import Said
from harness.contract.settings import ServerSettings
from harness.reports.explain import visible
from harness.texts import load_check_texts


@dataclass(frozen=True)
class Part:
    """One heading and what stands under it: of these, one kind.

    ``points``: sentences. ``rows``: a table, its head first. ``lines``: to be shown as they are.
    """

    heading: str
    points: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """``summary``: the diagnosis in one paragraph. ``footer``: who made it, and when."""

    language: str
    title: str
    good: bool
    summary: str
    parts: tuple[Part, ...]
    footer: str


def document(findings: Findings, language: str, when: datetime) -> Document:
    """The whole report, with nothing that is secret in it."""
    texts = load_check_texts(language)
    made = {"version": _version(), "when": when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")}
    return Document(
        language=language,
        title=texts["report"]["title"].format(email=visible(findings.settings.email)),
        good=findings.diagnosis.error == "connected",
        summary=visible(findings.diagnosis.text[language]),
        parts=tuple(_parts(findings, language, texts)),
        footer=texts["report"]["made-by"].format(**made),
    )


def said_line(line: Said) -> str:
    """`C:` and `S:`, with a lock where it was encrypted; `*` for what happened."""
    who = "*" if line.direction == "*" else f"{line.direction}:"
    lock = "tls" if line.tls else ""
    return f"{line.time_s:8.3f} {line.protocol:4} {lock:3} {who:2} {visible(line.text)}".rstrip()


def _parts(findings: Findings, language: str, texts: dict[str, Any]) -> Iterator[Part]:
    headings = texts["report"]["headings"]
    for audience in AUDIENCES:
        heading, *points = explanation(findings, audience, language)
        yield Part(heading, points=tuple(point.removeprefix("- ") for point in points))
    if findings.diagnosis.advice:
        yield Part(headings["advice"], points=tuple(advice_texts(findings, language)))
    yield Part(headings["steps"], rows=tuple(_steps(findings, texts)))
    yield Part(headings["settings"], rows=tuple(_settings(findings, texts)))
    if findings.probes:
        found = tuple(probe_text(probe, language) for probe in findings.probes)
        yield Part(headings["probes"], points=found)
    said = tuple(map(said_line, findings.said)) or (texts["report"]["not-connected"],)
    yield Part(f"{headings['dialogue']} ({texts['report']['password-hidden']})", lines=said)
    if findings.reproduce_command:
        yield Part(headings["reproduce"], lines=(findings.reproduce_command,))


def _steps(findings: Findings, texts: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    columns = texts["report"]["columns"]
    yield tuple(columns[name] for name in ("step", "state", "detail", "seconds"))
    for step in findings.steps:
        state = texts["states"][step.state]
        yield texts["steps"][step.name], state, visible(step.detail), f"{step.seconds:.2f}"


def _settings(findings: Findings, texts: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    names, typed = texts["report"]["settings"], findings.settings
    yield "", ""
    yield names["email"], visible(typed.email)
    yield names["username"], visible(typed.login)
    yield names["password"], "***"
    yield names["imap"], _server(typed.imap)
    yield names["smtp"], _server(typed.smtp)
    yield names["insecure"], texts["yes" if typed.allow_insecure_certificates else "no"]
    if findings.provider:
        yield names["provider"], findings.provider.title


def _server(server: ServerSettings) -> str:
    source = f", from {server.source_address}" if server.source_address else ""
    return visible(f"{server.host}:{server.port}, {server.security}{source}")


def _version() -> str:
    try:
        return version("badinbox")
    except PackageNotFoundError:
        return "?"
