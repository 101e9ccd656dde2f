"""The arguments of an IMAP command (RFC 3501, section 9), read from left to right.

Literals stand in the text as they came: `{5}`, CRLF and five bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from fakeservers.imap.utf7 import decode_name

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_FLAG_SPELLINGS = {flag.lower(): flag for flag in SYSTEM_FLAGS}

_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_ASTRING = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
_LIST_MAILBOX = re.compile(rb"[^\x00-\x20\x7f-\xff(){\"\\]+")
_QUOTED = re.compile(rb'"((?:[^\x00\r\n"\\]|\\["\\])*)"')
_LITERAL = re.compile(rb"\{(\d+)[+-]?\}\r\n")
_FLAG = re.compile(rb"\\?[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_STORE_ITEM = re.compile(rb"[+-]?FLAGS(?:\.SILENT)?", re.IGNORECASE)
_RANGE = rb"(?:[1-9]\d*|\*)(?::(?:[1-9]\d*|\*))?"
_SET = re.compile(_RANGE + rb"(?:," + _RANGE + rb")*")
_MAX_NUMBER = 2**32 - 1

Value = bytes | list["Value"]


class BadArguments(Exception):
    """The arguments do not fit the command; the client is told BAD."""


@dataclass(frozen=True)
class SequenceSet:
    """Message numbers or UIDs: ranges with both ends included; None stands for `*`."""

    ranges: tuple[tuple[int | None, int | None], ...]

    def resolved(self, last: int) -> list[range]:
        """The ranges with `*` standing for `last`; the ends of a range may come in any order."""
        ends = [(last if a is None else a, last if b is None else b) for a, b in self.ranges]
        return [range(min(pair), max(pair) + 1) for pair in ends]

    def largest_named(self) -> int:
        """The largest number that is written out; `*` is none."""
        return max((number for pair in self.ranges for number in pair if number), default=0)


def _number(text: bytes) -> int | None:
    if text == b"*":
        return None
    if len(text) > 10 or int(text) > _MAX_NUMBER:
        raise BadArguments("number too large")
    return int(text)


def sequence_set(text: bytes) -> SequenceSet:
    if not _SET.fullmatch(text):
        raise BadArguments("not a sequence set")
    pairs = [part.split(b":") for part in text.split(b",")]
    return SequenceSet(tuple((_number(pair[0]), _number(pair[-1])) for pair in pairs))


class Arguments:
    """What is left of a command's arguments. Every method takes its part or raises
    `BadArguments`."""

    def __init__(self, text: bytes) -> None:
        self.rest = text

    def _take(self, form: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        found = form.match(self.rest)
        if not found:
            raise BadArguments(f"{what} expected")
        self.rest = self.rest[found.end() :]
        return found

    def at(self, mark: bytes) -> bool:
        """Whether the next byte is this one."""
        return self.rest.startswith(mark)

    def token(self, mark: bytes) -> None:
        if not self.at(mark):
            raise BadArguments(f"{mark.decode()} expected")
        self.rest = self.rest[len(mark) :]

    def space(self) -> None:
        self.token(b" ")

    def end(self) -> None:
        if self.rest:
            raise BadArguments("too many arguments")

    def atom(self) -> str:
        return self._take(_ATOM, "atom")[0].decode("ascii")

    def literal(self) -> bytes:
        size = int(self._take(_LITERAL, "literal")[1])
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def string(self) -> bytes:
        """A quoted string (UTF-8 allowed, as RFC 9051 does) or a literal."""
        if self.at(b"{"):
            return self.literal()
        return re.sub(rb"\\(.)", rb"\1", self._take(_QUOTED, "string")[1])

    def astring(self, plain: re.Pattern[bytes] = _ASTRING) -> bytes:
        if self.at(b'"') or self.at(b"{"):
            return self.string()
        return self._take(plain, "string")[0]

    def mailbox(self) -> str:
        return self._decoded(self.astring())

    def list_mailbox(self) -> str:
        """A mailbox name in which `*` and `%` are wildcards."""
        return self._decoded(self.astring(_LIST_MAILBOX))

    @staticmethod
    def _decoded(name: bytes) -> str:
        try:
            return decode_name(name)
        except ValueError:
            raise BadArguments("mailbox name in modified UTF-7 expected") from None

    def sequence_set(self) -> SequenceSet:
        return sequence_set(self._take(_SET, "sequence set")[0])

    def store_item(self) -> bytes:
        """FLAGS, +FLAGS or -FLAGS, perhaps with .SILENT, in upper case."""
        return self._take(_STORE_ITEM, "FLAGS")[0].upper()

    def flags(self) -> list[str]:
        """Flags in parentheses, or bare as STORE allows; `\\Recent` cannot be set."""
        if not self.at(b"("):
            found = [self._flag()]
            while self.at(b" "):
                self.space()
                found.append(self._flag())
            return found
        self.token(b"(")
        found = [] if self.at(b")") else [self._flag()]
        while not self.at(b")"):
            self.space()
            found.append(self._flag())
        self.token(b")")
        return found

    def _flag(self) -> str:
        flag = self._take(_FLAG, "flag")[0].decode("ascii")
        if not flag.startswith("\\"):
            return flag
        if flag.lower() not in _FLAG_SPELLINGS:
            raise BadArguments("unknown system flag")
        return _FLAG_SPELLINGS[flag.lower()]

    def date_time(self) -> datetime:
        """`"17-Jul-1996 02:44:25 -0700"`, the day perhaps padded by a space."""
        text = self._take(_QUOTED, "date-time")[1].decode("utf-8", "replace")
        try:
            return datetime.strptime(text.lstrip(), "%d-%b-%Y %H:%M:%S %z")
        except ValueError:
            raise BadArguments("date-time expected") from None

    def values(self) -> list[Value]:
        """A parenthesised list of strings, atoms and lists."""
        self.token(b"(")
        found: list[Value] = []
        while not self.at(b")"):
            if found:
                self.space()
            found.append(self.values() if self.at(b"(") else self.astring())
        self.token(b")")
        return found

    def atoms(self) -> list[str]:
        """A parenthesised list of one or more atoms, in upper case."""
        self.token(b"(")
        found = [self.atom().upper()]
        while not self.at(b")"):
            self.space()
            found.append(self.atom().upper())
        self.token(b")")
        return found


def quoted(text: bytes) -> bytes:
    """A string for the wire: quoted where that is possible, else a literal."""
    if len(text) > 1000 or re.search(rb"[\x00\r\n\x80-\xff]", text):
        return b"{%d}\r\n%b" % (len(text), text)
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", text) + b'"'
