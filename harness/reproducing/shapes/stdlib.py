"""Python's imaplib (`Debug = 4`) and smtplib (`set_debuglevel`), which print bytes as literals."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape, sign

_LITERAL: Final = r"(?P<literal>b?(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?))"
_IMAP: Final = re.compile(rf"\s*(?:\d\d:)?\d\d:\d\d\.\d\d (?P<mark>[<>]) {_LITERAL}")
_SMTP: Final = re.compile(rf"(?:[\d:.]+ )?(?P<mark>send|reply): {_LITERAL}")
_CONNECTING: Final = re.compile(r"new IMAP4 connection|(?:[\d:.]+ )?connect: (?:\(|to \()")


def text_of(literal: str) -> str:
    """What a literal of Python stands for; one that is cut as far as it goes."""
    if literal.lstrip("b")[-1:] != literal.lstrip("b")[:1] or len(literal.lstrip("b")) == 1:
        literal = literal.rstrip("\\") + literal.lstrip("b")[0]
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        found = _IMAP.match(line) or _SMTP.match(line)
        if found:
            direction = found["mark"] in (">", "send")
            for each in text_of(found["literal"]).rstrip("\r\n").splitlines() or [""]:
                yield Utterance("C" if direction else "S", each)
        elif _CONNECTING.search(line):
            yield Utterance("*", "connecting")
        else:
            yield from happened(line)


SHAPE: Final = Shape(
    "Python's imaplib or smtplib",
    sign(r"^\s*(?:\d\d:)?\d\d:\d\d\.\d\d [<>] b?['\"]|^(?:[\d:.]+ )?(?:send|reply): b?['\"]"),
    _read,
)
