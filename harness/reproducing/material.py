"""From the bytes of a part of a log to the dialogues in it.

`lines_of`: without colours, whatever the encodings and line ends are. `read`: which shape the log
has is found out, then it is read so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.wording import decode
from harness.reproducing.below import is_vague
from harness.reproducing.dialogue import Dialogue, Utterance, dialogues
from harness.reproducing.forms.leads import LogLine, numbered
from harness.reproducing.forms.normal import as_recognised, as_written
from harness.reproducing.forms.quoted import ENDS_EARLIER, read_quoted
from harness.reproducing.forms.reading import NOTHING, best_reading
from harness.reproducing.indirect.known_words import read_known

LONGEST_LINE: Final = 16_384
"""In bytes. What is longer is cut: no server's answer is."""

_COLOURS: Final = kept_regex(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])"
)
_LINE_END: Final = kept_regex(rb"\r*\n|\r")
_MOST_STRANGE: Final = 10
"""One character in so many may be none that is printed; in noise it is every third."""
_CONTROL: Final = {code: None for code in range(32) if code not in (1, 9)}
"""All control characters but the tab, and the one that parts the fields of an OAuth response."""


def lines_of(data: bytes) -> list[str]:
    """The lines of a part of a log, each decoded by itself. What is no text is left empty."""
    lines = (line[:LONGEST_LINE] for line in _LINE_END.split(_COLOURS.sub(b"", data)))
    return [_text(decode(line)) for line in lines]


def _text(line: str) -> str:
    if line.isprintable():
        return line
    strange = sum(not char.isprintable() for char in line) - line.count("\t") - line.count("\0")
    return "" if strange * _MOST_STRANGE > len(line) else line.translate(_CONTROL)


_OPEN_END: Final = kept_regex(r"[45]\d\d-")
MOST_LINES: Final = 60_000
"""The last lines of a part are read, no more."""


@dataclass(frozen=True)
class Material:
    """What a log, or a part of one, says.

    `lines_before`: of the log, before this part. `shape`: its form, for people. `quoted`: replies
    and happenings that messages quote, without the dialogue around them. `text`: as it was pasted;
    `written`: as the program wrote it, the numbers of what was said being those of its lines.
    """

    shape: str
    dialogues: list[Dialogue]
    quoted: list[Utterance]
    text: str
    written: str = ""
    lines_before: int = 0

    @cached_property
    def lines(self) -> list[LogLine]:
        """Those of `written`: whoever looks for words without a dialogue reads them once more."""
        return numbered(self.written.split("\n"))

    @property
    def whole(self) -> str:
        """The text both ways: where secrets are looked for."""
        return self.text if self.text == self.written else f"{self.text}\n{self.written}"


PICTURE: Final = "text read off a picture"


def read(lines: Sequence[str], lines_before: int = 0) -> Material:
    """Read a part of a log: as it is, else as the program wrote it that somebody pasted, else as
    what a machine may have misread."""
    skipped = max(0, len(lines) - MOST_LINES)
    found = _read(list(lines[skipped:]))
    return replace(found, lines_before=lines_before + skipped)


def _read(lines: list[str]) -> Material:
    written = as_written(lines)
    attempts = [_attempt(lines, lines)]
    if written != lines:
        attempts.append(_attempt(written, lines))
    sense, found = max(reversed(attempts), key=lambda each: each[0])
    if sense or not all(map(is_vague, found.quoted)):
        return found
    if not found.quoted:
        found = attempts[-1][1]
        recognised = as_recognised(written)
        again = _attempt(recognised, lines)[1] if recognised != written else found
        if any(each.direction == "S" for each in (*_said(again), *again.quoted)):
            return replace(again, shape=PICTURE)
    return replace(found, quoted=[*found.quoted, *read_known(found.lines)])


def _attempt(lines: list[str], pasted: list[str]) -> tuple[int, Material]:
    found = numbered(lines)
    reading = best_reading(found)
    claimed = {each.number for each in reading.said if each.direction != "*"}
    rest = read_quoted(line for line in found if line.number not in claimed)
    if not reading.has_both and _goes_on(rest, reading.said):
        reading, rest = NOTHING, read_quoted(found)
    text, written = "\n".join(pasted), "\n".join(lines)
    return reading.sense, Material(reading.name, dialogues(reading.said), rest, text, written)


def _goes_on(quoted: Sequence[Utterance], said: Sequence[Utterance]) -> bool:
    """Whether what seems to be said by itself is the rest of what a message quotes."""
    begun = {(each.number + 1, each.text[:3]) for each in quoted if _OPEN_END.match(each.text)}
    ends = any(ENDS_EARLIER.match(each.text) for each in said)
    return ends or any((each.number, each.text[:3]) in begun for each in said)


def _said(material: Material) -> list[Utterance]:
    return [line for dialogue in material.dialogues for line in dialogue.said]
