"""What `badinbox reproduce` prints of a failure, in the order in which one acts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.cli.shared.wrapping import fitted
from harness.reproducing.making.file import command_for
from harness.taxonomy import DOCUMENTED_ERRORS
from harness.texts import load_texts
from harness.texts.escaping import visible

if TYPE_CHECKING:
    from harness.reproducing.reproduced import Reproduced

_SURE: Final = {
    "structured": "sure: the code or the signal says so",
    "provider-text": "sure: these are the words of a known server",
    "generic-text": "likely: general words say so",
    "inferred": "not sure: nothing says it, it follows from the stage",
    None: "the ticket does not tell more",
}
_WIDTH: Final = 10


def reproduced_lines(told: Reproduced, *, written: bool) -> Iterator[str]:
    """It as lines, wrapped where a terminal shows them. `written`: a scenario was asked for."""
    for name, value in _rows(told, written):
        yield fitted(f"{name:<{_WIDTH}}  {value}".rstrip())


def _rows(told: Reproduced, written: bool) -> Iterator[tuple[str, str]]:
    texts = load_texts("en")
    yield "error", f"{told.error}: {DOCUMENTED_ERRORS[told.error].title_en}"
    yield "stage", told.stage or "not told"
    cause = told.cause
    yield "cause", f"{cause}: {texts['causes'][cause]}" if cause else "not told"
    yield "password", "may be asked for again" if told.ask_password else "is not asked for"
    yield "how sure", _SURE[told.confidence]
    if told.candidates:
        yield "or else", ", ".join(told.candidates)
    yield from _said(told)
    yield from (("not known", each) for each in told.assumed)
    yield from (("taken over", each) for each in told.taken_over)
    yield from (("advice", texts["advice"][each]) for each in told.advice)
    if told.scenario:
        yield "written", told.scenario
        yield "run it", command_for(Path(told.scenario))
        yield "try it", command_for(Path(told.scenario), "serve")
    elif written:
        yield "written", "nothing: no scenario makes this happen again"
    yield from (("nearest", f"{each.id}: {'; '.join(each.reasons)}") for each in told.nearest)


def _said(told: Reproduced) -> Iterator[tuple[str, str]]:
    if told.reply is None:
        yield "reply", "no server's words are in it"
    for number, line in enumerate(told.reply or []):
        where = f"line {told.line}: " if told.line and not number else ""
        yield "reply" if not number else "", f"{where}{visible(line)}"
    if told.ended:
        yield "then", told.ended
