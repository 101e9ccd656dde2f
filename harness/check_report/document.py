"""The report as a file to attach to a ticket: laid out once, written as Markdown or HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, get_args

from harness.check_report.check_findings import CheckFindings
from harness.check_report.explanation import (
    AUDIENCES,
    ITEM,
    advice_texts,
    explanation,
    probe_text,
)
from harness.checker import SpokenLine
from harness.checker.steps import StepName
from harness.contract.settings import ServerSettings
from harness.reports.html import new_environment
from harness.texts import load_check_texts
from harness.texts.escaping import markdown as escaped
from harness.texts.escaping import markdown_block, visible


@dataclass(frozen=True)
class Passage:
    """One heading and what stands under it.

    ``points``: sentences. ``items``: what to do, in this order. ``rows``: a table, its head first.
    ``lines``: to be shown as they are.
    """

    heading: str
    points: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """``summary``: the diagnosis in one paragraph. ``footer``: who made it, and when."""

    language: str
    title: str
    good: bool
    summary: str
    parts: tuple[Passage, ...]
    footer: str


def document(findings: CheckFindings, language: str, when: datetime) -> Document:
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


def said_line(line: SpokenLine) -> str:
    """`C:` and `S:`, with a lock where it was encrypted; `*` for what happened."""
    who = "*" if line.direction == "*" else f"{line.direction}:"
    lock = "tls" if line.tls else ""
    return f"{line.time_s:8.3f} {line.protocol:4} {lock:3} {who:2} {visible(line.text)}".rstrip()


def _parts(findings: CheckFindings, language: str, texts: dict[str, Any]) -> Iterator[Passage]:
    headings = texts["report"]["headings"]
    for audience in AUDIENCES:
        heading, *points = explanation(findings, audience, language)
        items = tuple(ITEM.sub("", point, count=1) for point in points if ITEM.match(point))
        sentences = tuple(point for point in points if not ITEM.match(point))
        yield Passage(heading, points=sentences, items=items)
    if findings.diagnosis.advice:
        yield Passage(headings["advice"], items=tuple(advice_texts(findings, language)))
    yield Passage(headings["steps"], rows=tuple(_steps(findings, texts)))
    yield Passage(headings["settings"], rows=tuple(_settings(findings, texts)))
    if findings.probes:
        found = tuple(probe_text(probe, language) for probe in findings.probes)
        yield Passage(headings["probes"], points=found)
    said = tuple(map(said_line, findings.said)) or (texts["report"]["not-connected"],)
    yield Passage(f"{headings['dialogue']} ({texts['report']['password-hidden']})", lines=said)
    if findings.reproduce_command:
        yield Passage(headings["reproduce"], lines=(findings.reproduce_command,))


def _steps(findings: CheckFindings, texts: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    columns = texts["report"]["columns"]
    yield tuple(columns[name] for name in ("step", "state", "detail", "seconds"))
    made = {step.name: step for step in findings.steps}
    connected = findings.diagnosis.error == "connected"
    for name in get_args(StepName):
        if step := made.get(name):
            detail, seconds = visible(step.detail), f"{step.seconds:.2f}"
            yield texts["steps"][name], texts["states"][step.state], detail, seconds
        elif name != "fetch-token":  # which few checks need
            state = texts["states"]["left-out" if connected else "not-reached"]
            yield texts["steps"][name], state, "", ""


def _settings(findings: CheckFindings, texts: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    names, typed = texts["report"]["settings"], findings.settings
    yield "", ""
    yield names["email"], visible(typed.email)
    yield names["username"], visible(typed.login)
    if typed.oauth2:
        yield names["tokens"], visible(f"{typed.oauth2.token_endpoint}, {typed.oauth2.client_id}")
    else:
        yield names["password"], "***"
    yield names["imap"], _server(typed.imap, texts)
    yield names["smtp"], _server(typed.smtp, texts)
    yield names["insecure"], texts["yes" if typed.allow_insecure_certificates else "no"]
    if findings.provider:
        yield names["provider"], findings.provider.title


def _server(server: ServerSettings, texts: dict[str, Any]) -> str:
    source = f", {texts['report']['from']} {server.source_address}" if server.source_address else ""
    return visible(f"{server.host}:{server.port}, {server.security}{source}")


def _version() -> str:
    try:
        return version("badinbox")
    except PackageNotFoundError:
        return "?"


def markdown(document: Document) -> str:
    """Markdown (CommonMark, with GitHub's tables) in which no server's text is markup."""
    blocks = [f"# {escaped(document.title)}", f"**{escaped(document.summary)}**"]
    for part in document.parts:
        blocks += [f"## {escaped(part.heading)}", "\n".join(_markdown_part(part))]
    return "\n\n".join([*blocks, escaped(document.footer)]) + "\n"


def html(document: Document) -> str:
    """One page that needs nothing else."""
    return (
        new_environment(document.language).get_template("check.html.j2").render(document=document)
    )


FORMS: Final[dict[str, Callable[[Document], str]]] = {
    ".md": markdown,
    ".markdown": markdown,
    ".html": html,
    ".htm": html,
}
"""By the suffix of the file."""


def _markdown_part(part: Passage) -> Iterator[str]:
    yield from (f"- {escaped(point)}" for point in part.points)
    if part.points and part.items:
        yield ""
    for number, item in enumerate(part.items, 1):
        yield f"{f'{number}.' if len(part.items) > 1 else '-'} {escaped(item)}"
    for number, row in enumerate(part.rows):
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"
        if number == 0:
            yield "|" + "---|" * len(row)
    if part.lines:
        yield from markdown_block(part.lines)
