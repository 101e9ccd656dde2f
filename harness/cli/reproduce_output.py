"""What `badinbox reproduce` prints of a failure, in the order in which one acts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.shared.wrapping import fitted
from harness.reproducing.making.file import command_for
from harness.taxonomy import DOCUMENTED_ERRORS
from harness.texts import load_command_texts, load_texts, retold
from harness.texts.escaping import visible

if TYPE_CHECKING:
    from harness.reproducing.reproduced import Reproduced


def reproduced_lines(told: Reproduced, language: str, *, written: bool) -> Iterator[str]:
    """It as lines, wrapped where a terminal shows them. `written`: a scenario was asked for."""
    labels: dict[str, str] = load_command_texts(language)["reproduce"]["labels"]
    width = max(map(len, labels.values()))
    for name, value in _rows(told, language, written):
        yield fitted(f"{labels.get(name, ''):<{width}}  {value}".rstrip())


def _rows(told: Reproduced, language: str, written: bool) -> Iterator[tuple[str, str]]:
    """The id of a label, empty in a line that goes on, and what stands behind it."""
    texts, own = load_texts(language), load_command_texts(language)
    words: dict[str, Any] = own["reproduce"]
    titled: str = own["titled"]
    error = DOCUMENTED_ERRORS[told.error]
    title = {"en": error.title_en, "fr": error.title_fr}[language]
    yield "error", titled.format(id=told.error, text=title)
    yield "stage", told.stage or words["not-told"]
    cause = told.cause
    meant = titled.format(id=cause, text=texts["causes"][cause]) if cause else words["not-told"]
    yield "cause", meant
    yield "password", words["password"]["asked" if told.ask_password else "not-asked"]
    yield "sure", words["sure"][told.confidence or "untold"]
    if told.candidates:
        yield "candidates", ", ".join(told.candidates)
    yield from _said(told, words)
    yield from (("assumed", retold("reproduced", each, language)) for each in told.assumed)
    yield from (("taken", retold("reproduced", each, language)) for each in told.taken_over)
    yield from (("advice", texts["advice"][each]) for each in told.advice)
    if told.scenario:
        yield "written", told.scenario
        yield "run", command_for(Path(told.scenario))
        yield "serve", command_for(Path(told.scenario), "serve")
    elif written:
        yield "written", words["nothing-written"]
    for near in told.nearest:
        reasons = (retold("reproduced", each, language) for each in near.reasons)
        yield "nearest", titled.format(id=near.id, text=own["between"].join(reasons))


def _said(told: Reproduced, words: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if told.reply is None:
        yield "reply", words["no-reply"]
    for number, line in enumerate(told.reply or []):
        text = visible(line)
        if told.line and not number:
            text = words["line"].format(number=told.line, text=text)
        yield "reply" if not number else "", text
    if told.ended:
        yield "ended", words["ended"][told.ended]
