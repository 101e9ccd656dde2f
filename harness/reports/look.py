"""How results look: what a verdict is for people, on the console and on every page; on a terminal
the colours, the width, and the words of one language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from harness.texts import load_report_texts, number_of

Mark = Literal["good", "doubtful", "bad"]
_DOUBTFUL: Final = frozenset({"not-exercised", "unclear", "not-applicable", "fault", "manners"})
Paint = Callable[[str, str], str]
"""Gives a text a colour, by what it is: `good`, `bad`, `doubtful` or `dim`."""

WIDTH: Final = 80
_ANSI: Final = {"good": "32", "bad": "31", "doubtful": "33", "dim": "2"}
_NAMES: Final = ("verdicts", "severities", "naming")


def mark_of(kind: str) -> Mark:
    """Its colour: of terminals in `harness.reports.console`, of pages in `shared.css`."""
    if kind == "passed":
        return "good"
    return "doubtful" if kind in _DOUBTFUL else "bad"


def plain(text: str, _: str) -> str:
    """A text without a colour."""
    return text


def coloured(text: str, kind: str) -> str:
    """A text in the colour of its kind, for a terminal (ECMA-48)."""
    return f"\x1b[{_ANSI[kind]}m{text}\x1b[0m"


def kind_in(name: str, language: str) -> str:
    """What a verdict, a severity or the column of a table is called; documented errors stay ids."""
    texts = load_report_texts(language)
    columns: dict[str, str] = texts["console"]["columns"]
    called = (texts[names][name] for names in _NAMES if name in texts[names])
    return columns.get(name) or next(called, name)


@dataclass(frozen=True)
class Look:
    """In which colours, how wide, and in which language the end of a run is told."""

    paint: Paint = plain
    width: int = WIDTH
    language: str = "en"

    def text(self, name: str, **parts: object) -> str:
        """One of the console's texts."""
        text: str = self.texts["console"][name]
        return text.format(**parts)

    def number(self, number: int, noun: str) -> str:
        """So many of them."""
        return number_of(number, noun, self.language)

    def kind(self, name: str) -> str:
        """See `kind_in`."""
        return kind_in(name, self.language)

    @property
    def texts(self) -> dict[str, Any]:
        """All that results are told with."""
        return load_report_texts(self.language)


USUAL: Final = Look()
