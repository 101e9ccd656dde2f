"""How a client writes a line, as a template: `SERVER -> CLIENT: {line}`.

What stands in braces is a placeholder, the rest is literal. The same template reads a log and
writes one, so that what is read is what is tested.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final

from fakeservers.files.patterns import kept_regex

PLACEHOLDERS: Final[Mapping[str, tuple[str, str]]] = {
    "line": (r"(?P<line>.*)", ""),
    "text": (r"(?P<line>.+?)", ""),
    "literal": (r"(?P<line>b?(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?))", ""),
    "connection": (r"(?P<connection>[\w.:#+/=-]+)", "c0ffee17"),
    "service": (r"(?P<connection>[\w.-]+#\d+)", "imap#1"),
    "protocol": (r"(?P<protocol>IMAP|SMTP)4?", ""),
    "command": (r"(?P<command>[A-Za-z][A-Za-z ]*?)", "RCPT TO"),
    "tag": (r"(?P<tag>\*|[A-Za-z0-9._-]{1,24})", "A7"),
    "status": (r"(?P<status>OK|NO|BAD|BYE|PREAUTH)", "NO"),
    "code": (r"(?P<code>[45]\d\d)", "550"),
    "enhanced": (r"(?P<enhanced>\d\.\d{1,3}\.\d{1,3})", "5.0.0"),
    "number": (r"\d+", "7"),
    "hex": (r"(?:0x)?[0-9A-Fa-f]+", "0040"),
    "time": (r"(?:\d\d:)?\d\d:\d\d(?:[.,]\d+)?", "09:14:07.250"),
    "verb": (r"(?P<command>[A-Za-z]+)\b", "RCPT"),
    "reply": (r"(?P<line>[45]\d\d[ -].+?)", ""),
    "answer": (r"(?P<line>[2-5]\d\d[ -].+?)", ""),
    "file": (r"\S+\.\w+:\d+:\d+", "SmtpClient.sys.mjs:448:17"),
    "word": (r"\S+", "mail"),
    "words": (r".*?", "some words"),
    "begin": (r"^\s*", ""),
    "end": (r"\s*$", ""),
}
"""By name: what is read there, and what a written log has there (`line`, `text` and `literal`: the
line itself; `protocol`: its own). `text` is a `line` that other words may follow;
`reply` one with a code that refuses, `answer` with any; `begin`, `end`: nothing else
stands before it, or follows."""

_ENDS_ITSELF: Final = {PLACEHOLDERS[each][0] for each in ("text", "reply", "answer")}
_PLACEHOLDER: Final = kept_regex(r"\{(\w+)\}")
_PARTED: Final = kept_regex(r"\{\w+\}|\s+")


class TemplateError(ValueError):
    """A template that cannot be read."""


@functools.cache
def pattern_of(template: str) -> re.Pattern[str]:
    """What matches a line written so. White space before the line itself is optional, but for
    marks of one character, which would be found everywhere. Raises TemplateError."""
    parts: list[str] = []
    last = 0
    for found in _PLACEHOLDER.finditer(template):
        if found[1] not in PLACEHOLDERS:
            known = ", ".join(PLACEHOLDERS)
            raise TemplateError(f"unknown placeholder {found[0]}; there are {known}")
        parts += [_literal(template[last : found.start()]), PLACEHOLDERS[found[1]][0]]
        last = found.end()
    tail = template[last:]
    if parts and tail and "(?P<line>.*)" in parts:
        parts[parts.index("(?P<line>.*)")] = r"(?P<line>.*?)"
    said = any("(?P<line>" in part for part in parts)
    closed = (r"[\s)`'\"*]*$" if tail else r"\s*$") if tail or _ENDS_ITSELF & {*parts} else ""
    ending = _literal(tail) + (closed if said else "")
    whole = "".join([*parts, ending])
    if len(literal_of(template)) > 1:
        whole = whole.replace(r"[ \t]+(?P<line>", r"[ \t]*(?P<line>", 1)
    try:
        return re.compile(whole)
    except re.error as error:
        raise TemplateError(f"cannot be read: {error}") from None


def _literal(text: str) -> str:
    return re.sub(r"(?:\\ |\\\t|\t| )+", lambda _: r"[ \t]+", re.escape(text))


def literal_of(template: str) -> str:
    """The mark itself: what is neither placeholder nor white space."""
    return "".join(_PLACEHOLDER.sub("", template).split())


@functools.cache
def part_of(template: str) -> str:
    """The longest part that stands in each line written so. To look for it first is cheap."""
    return max(_PARTED.split(template), key=len)


def written(template: str, line: str, protocol: str) -> str:
    """The template with this line in it."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in ("line", "text", "reply"):
            return line
        if name == "literal":
            return repr(line.encode())
        return protocol.upper() if name == "protocol" else PLACEHOLDERS[name][1]

    return _PLACEHOLDER.sub(value, template)
