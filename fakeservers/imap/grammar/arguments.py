"""The arguments of an IMAP command (RFC 3501, section 9), read from left to right.

Literals stand in the text as they came: `{5}`, CRLF and five bytes.
"""

from __future__ import annotations

import re
from datetime import datetime

from fakeservers.imap.sequence import SEQUENCE_SET, SequenceSet, sequence_set
from fakeservers.imap.utf7 import decode_name

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_FLAG_SPELLINGS = {flag.lower(): flag for flag in SYSTEM_FLAGS}

_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_ASTRING = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
_LIST_MAILBOX = re.compile(rb"[^\x00-\x20\x7f-\xff(){\"\\]+")
_QUOTED = re.compile(rb'"((?:[^\x00\r\n"\\]|\\["\\])*)"')
_LITERAL = re.compile(rb"\{(\d+)[+-]?\}\r\n")
_DIGITS = re.compile(rb"\d+")
_FLAG = re.compile(rb"\\?[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_STORE_ITEM = re.compile(rb"[+-]?FLAGS(?:\.SILENT)?", re.IGNORECASE)

NO_NAME = "\0"
"""What no mailbox is called."""

Value = bytes | list["Value"]


class BadArguments(Exception):
    """The arguments do not fit the command; the client is told BAD.

    `about`: the circumstance under which a dialect may word it otherwise; `word`: the client's own
    that is wrong.
    """

    def __init__(self, message: str, about: str = "", word: str = "") -> None:
        super().__init__(message)
        self.about = about
        self.word = word


class BadName(BadArguments):
    """A mailbox name that cannot be one; the client is told NO."""


class Arguments:
    """What is left of a command's arguments. Every method takes its part or raises
    `BadArguments`."""

    def __init__(self, text: bytes) -> None:
        self.rest = text

    def matched(self, form: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        """Take what has this form; `what` it is."""
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

    def word(self, name: str) -> bool:
        """Take this atom, in any case, if it is what comes next."""
        found = _ATOM.match(self.rest)
        if not found or found[0].decode("ascii").upper() != name:
            return False
        self.rest = self.rest[found.end() :]
        return True

    def number(self, limit: int = 2**32 - 1) -> int:
        """A number from 0 to `limit`."""
        digits = self.matched(_DIGITS, "number")[0]
        if len(digits) > 20 or int(digits) > limit:
            raise BadArguments("number too large")
        return int(digits)

    def mod_sequence(self) -> int:
        """A modification sequence (RFC 7162, section 7)."""
        return self.number(2**63 - 1)

    def atom(self) -> str:
        return self.matched(_ATOM, "atom")[0].decode("ascii")

    def literal(self) -> bytes:
        size = int(self.matched(_LITERAL, "literal")[1])
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def string(self) -> bytes:
        """A quoted string (UTF-8 allowed, as RFC 9051 does) or a literal."""
        if self.at(b"{"):
            return self.literal()
        return re.sub(rb"\\(.)", rb"\1", self.matched(_QUOTED, "string")[1])

    def astring(self, plain: re.Pattern[bytes] = _ASTRING) -> bytes:
        if self.at(b'"') or self.at(b"{"):
            return self.string()
        return self.matched(plain, "string")[0]

    def mailbox(self) -> str:
        """A mailbox name. Raises BadName where it is not in modified UTF-7."""
        return self._decoded(self.astring())

    def reference(self) -> str:
        """The reference of LIST, which may be in no encoding: no mailbox is below it then."""
        return self._decoded_leniently(self.astring())

    def list_mailbox(self) -> str:
        """A mailbox name in which `*` and `%` are wildcards; NO_NAME where no name is like it."""
        return self._decoded_leniently(self.astring(_LIST_MAILBOX))

    def _decoded_leniently(self, name: bytes) -> str:
        try:
            return self._decoded(name)
        except BadName:
            return NO_NAME

    @staticmethod
    def _decoded(name: bytes) -> str:
        try:
            return decode_name(name)
        except ValueError:
            raise BadName("mailbox name in modified UTF-7 expected") from None

    def sequence_set(self) -> SequenceSet:
        try:
            found = sequence_set(self.matched(SEQUENCE_SET, "sequence set")[0])
        except BadArguments as error:
            raise BadArguments(str(error), "message-set") from None
        if found is None:
            raise BadArguments("number too large", "message-set")
        return found

    def store_item(self) -> bytes:
        """FLAGS, +FLAGS or -FLAGS, perhaps with .SILENT, in upper case."""
        return self.matched(_STORE_ITEM, "FLAGS")[0].upper()

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
        flag = self.matched(_FLAG, "flag")[0].decode("ascii")
        if not flag.startswith("\\"):
            return flag
        if flag.lower() not in _FLAG_SPELLINGS:
            raise BadArguments("unknown system flag", "system-flag", flag.upper())
        return _FLAG_SPELLINGS[flag.lower()]

    def date_time(self) -> datetime:
        """`"17-Jul-1996 02:44:25 -0700"`, the day perhaps padded by a space."""
        text = self.matched(_QUOTED, "date-time")[1].decode("utf-8", "replace")
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

    def atoms(self, *, least: int = 1) -> list[str]:
        """A parenthesised list of `least` or more atoms, in upper case."""
        self.token(b"(")
        found: list[str] = []
        while not self.at(b")"):
            if found:
                self.space()
            found.append(self.atom().upper())
        self.token(b")")
        if len(found) < least:
            raise BadArguments("list is too short")
        return found


def quoted(text: bytes) -> bytes:
    """A string for the wire: quoted where that is possible, else a literal."""
    if len(text) > 1000 or re.search(rb"[\x00\r\n\x80-\xff]", text):
        return b"{%d}\r\n%b" % (len(text), text)
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", text) + b'"'


def astring(text: bytes) -> bytes:
    """A string for the wire: bare where that is possible, else quoted or a literal."""
    return text if _ASTRING.fullmatch(text) else quoted(text)
