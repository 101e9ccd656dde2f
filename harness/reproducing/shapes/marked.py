"""Logs that write `S:` and `C:` before lines: nodemailer, Thunderbird's console, MailKit, ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Direction, Utterance
from harness.reproducing.shapes import Shape, sign

_SUPPRESSED: Final = re.compile(r"[Ll]ogging suppressed|\*+ ?(?:hidden|suppressed)")
_LINE: Final = re.compile(
    r"(?:^|.*?[\]\s|:#\d])(?:\[(?P<connection>[\w-]{6,})\] |(?P<number>[\w.-]+#\d+) )?"
    r"(?P<mark>[CS]): ?(?P<text>.*)"
)
_BEGINS: Final = re.compile(r"onnected to |onnection established")
_SECURE: Final = re.compile(
    r"Secure connection|imaps://|smtps://|TLS established|Connection upgraded"
)


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        found = _LINE.match(line)
        if found:
            connection = found["connection"] or found["number"] or ""
            direction: Direction = "S" if found["mark"] == "S" else "C"
            hidden = direction == "C" and _SUPPRESSED.search(found["text"])
            yield (
                Utterance("*", "suppressed", connection)
                if hidden
                else Utterance(direction, found["text"], connection)
            )
        elif _SECURE.search(line):
            yield Utterance("*", "tls", _connection(line))
        elif _BEGINS.search(line):
            yield Utterance("*", "connecting", _connection(line))
        else:
            yield from happened(line)


def _connection(line: str) -> str:
    found = re.search(r"\[([\w-]{6,})\] |([\w.-]+#\d+) ", line)
    return (found[1] or found[2]) if found else ""


SHAPE: Final = Shape(
    "C: and S: lines", sign(r"(?:^|[\s\]])S: ?(?:[2-5]\d\d[ -]|\* |\+ |\S+ (?:OK|NO|BAD) )"), _read
)
