"""From the lines of a log to dialogues: which shape it has is found out, then it is read so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.reproducing.dialogue import Dialogue, Said, dialogues
from harness.reproducing.shapes import BARE, MARKED, MESSAGE
from harness.reproducing.shapes.base import Shape

MOST_LINES: Final = 60_000
"""The last lines of a part are read, no more."""


@dataclass(frozen=True)
class Evidence:
    """What a log, or a part of one, says.

    `quoted`: replies and happenings that messages quote, without the dialogue around them.
    """

    shape: str
    dialogues: list[Dialogue]
    quoted: list[Said]
    text: str


def read(lines: Sequence[str]) -> Evidence:
    """Read a part of a log."""
    lines = lines[-MOST_LINES:]
    text = "\n".join(lines)
    readings = [(shape, list(shape.read(lines))) for shape in MARKED if shape.sign.search(text)]
    shape, said = max(readings, key=lambda each: _directed(each[1]), default=(MESSAGE, []))
    if not _directed(said) and BARE.sign.search(text):
        bare = list(BARE.read(lines))
        shape, said = (BARE, [*said, *bare]) if _directed(bare) else (shape, said)
    found = dialogues(said)
    return Evidence(_name(shape, found), found, list(MESSAGE.read(lines)), text)


def _name(shape: Shape, found: list[Dialogue]) -> str:
    if shape is BARE and not any(line.direction == "C" for each in found for line in each.said):
        return "a server's reply"
    return shape.name


def _directed(said: list[Said]) -> int:
    return sum(line.direction != "*" for line in said)
