"""From a line as a log has it to what was said: literals, backslashes, replies on one line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.wording import decode

_END: Final = kept_regex(r"(?:\\r)?\\n$|\\r$")
_BREAK: Final = kept_regex(
    r"(?:\\r)?\\n(?=[2-5]\d\d[ -]|\* [A-Z]|[\w.-]+ (?:OK|NO|BAD) )|\r?\n"
    r"|\[nl\](?=[2-5]\d\d[ -])"
)
"""Between the lines of a reply; elsewhere a backslash is one."""
_ESCAPED: Final = kept_regex(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)")
_OF_BYTES: Final = kept_regex(r"\\x[89a-fA-F][0-9a-fA-F]")
_CHARS: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def text_of(literal: str) -> str:
    """What a literal of Python stands for; one that is cut as far as it goes."""
    if literal.lstrip("b")[-1:] != literal.lstrip("b")[:1] or len(literal.lstrip("b")) == 1:
        literal = literal.rstrip("\\") + literal.lstrip("b")[0]
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal
    if isinstance(value, str) and _OF_BYTES.search(literal) and max(value) < "\u0100":
        value = value.encode("latin-1")  # as Python 2 writes bytes
    return decode(value) if isinstance(value, bytes) else str(value)


def unescaped(text: str) -> str:
    """Without the backslashes of C, JSON, Java and the like."""

    def char(found: re.Match[str]) -> str:
        name = found[1]
        return chr(int(name[1:], 16)) if len(name) > 1 else _CHARS.get(name, name)

    return _ESCAPED.sub(char, text)


_LISTED: Final = kept_regex(r"(?:(OK|NO|BAD|BYE|PREAUTH), )?(?:(\[[^\]]*\]), )?")


def from_list(text: str) -> str:
    """A response of IMAP whose status, code and text stand in a list."""
    found = _LISTED.match(text)
    assert found is not None
    return " ".join(part for part in (found[1], found[2], text[found.end() :]) if part)


def spoken_lines(text: str, quoting: str = "none") -> Iterator[str]:
    """The lines of the protocol that a line of a log has in it."""
    if quoting == "python":
        text = text_of(text)
    elif quoting == "escapes":
        text = unescaped(text)
    elif quoting == "list":
        text = from_list(text)
    text = _END.sub("", text.strip("\r\n"))
    pieces = _BREAK.split(text) if _BREAK.search(text) and _is_reply(text) else [text]
    for piece in pieces:
        yield from (line.rstrip() for line in flattened(piece)) if piece.strip() else ()
    if not text.strip():
        yield ""


def within(reply: str, before: str) -> str:
    """Without the parenthesis that closes one which was opened before the reply."""
    unopened = reply.count("(") < reply.count(")") and before.count("(") > before.count(")")
    return reply[:-1].rstrip() if reply.endswith(")") and unopened else reply


def _is_reply(text: str) -> bool:
    return re.match(r"[2-5]\d\d[ -]|\* |[\w.-]+ (?:NO|BAD|OK) ", text) is not None


def flattened(text: str) -> list[str]:
    """The lines of an SMTP reply that stand on one line: each begins with the code of the first,
    which says that more follow (RFC 5321, 4.2.1)."""
    code = re.match(r"([2-5]\d\d)-", text)
    if not code:
        return [text]
    lines, last = [], 0
    for found in re.finditer(rf"(?<=[^\d.,:/#-]){code[1]}(?=[ -]\S)|(?<=\s){code[1]}$", text):
        lines.append(text[last : found.start()].rstrip())
        last = found.start()
        if text[found.end() : found.end() + 1] == " ":
            break
    return [*lines, text[last:]]
