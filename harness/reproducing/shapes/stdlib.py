"""Python's imaplib (`Debug = 4`) and smtplib (`set_debuglevel`), which print bytes as literals."""

from __future__ import annotations

import ast
from typing import Final

from harness.reproducing.shapes import Shape, by_line, sign

_LITERAL: Final = r"b?(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?)"


def text_of(literal: str) -> str:
    """What a literal of Python stands for; one that is cut as far as it goes."""
    if literal.lstrip("b")[-1:] != literal.lstrip("b")[:1] or len(literal.lstrip("b")) == 1:
        literal = literal.rstrip("\\") + literal.lstrip("b")[0]
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


SHAPE: Final = Shape(
    "Python's imaplib or smtplib",
    sign(r"^\s*(?:\d\d:)?\d\d:\d\d\.\d\d [<>] b?['\"]|^(?:[\d:.]+ )?(?:send|reply): b?['\"]"),
    by_line(
        rf"\s*(?:\d\d:)?\d\d:\d\d\.\d\d (?:> (?P<C>{_LITERAL})|< (?P<S>{_LITERAL}))",
        rf"(?:[\d:.]+ )?(?:send: (?P<C>{_LITERAL})|reply: (?P<S>{_LITERAL}))",
        connecting=r"new IMAP4 connection|(?:[\d:.]+ )?connect: (?:\(|to \()",
        lines_of=lambda literal: text_of(literal).rstrip("\r\n").splitlines() or [""],
    ),
)
