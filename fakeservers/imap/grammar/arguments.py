"""The arguments of an IMAP command (RFC 3501, section 9), read from left to right.

Literals stand in the text as they came: `{5}`, CRLF and five bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeVar

from fakeservers.files.patterns import kept_regex
from fakeservers.imap.grammar.sequence_sets import SEQUENCE_SET, SequenceSet, sequence_set
from fakeservers.imap.grammar.strings import ASTRING, decode_name

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_FLAG_SPELLINGS = {flag.lower(): flag for flag in SYSTEM_FLAGS}

_ATOM = kept_regex(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_LIST_MAILBOX = kept_regex(rb"[^\x00-\x20\x7f-\xff(){\"\\]+")
_QUOTED = kept_regex(rb'"((?:[^\x00\r\n"\\]++|\\["\\])*+)"')
_LITERAL = kept_regex(rb"\{(\d+)[+-]?\}\r\n")
_DIGITS = kept_regex(rb"\d+")
_FLAG = kept_regex(rb"\\?[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
_STORE_ITEM = kept_regex(rb"[+-]?FLAGS(?:\.SILENT)?", re.IGNORECASE)

MOST_LISTED = 1000
"""How many things a list in parentheses may have."""
NO_NAME = "\0"
"""What no mailbox is called."""

_Read = TypeVar("_Read")


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
        self._text = text
        self._place = 0

    @property
    def rest(self) -> bytes:
        """A copy of all that is left; not to be asked for at each of many words."""
        return self._text[self._place :]

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self._place >= len(self._text)

    def matched(
        self, form: re.Pattern[bytes], what: str, circumstance: str = ""
    ) -> re.Match[bytes]:
        """Take what has this form; `what` it is. `circumstance`: that it is not the last word, but
        has another form."""
        found = form.match(self._text, self._place)
        if not found:
            raise BadArguments(f"{what} expected", "" if self.ended else circumstance)
        self._place = found.end()
        return found

    def at(self, mark: bytes) -> bool:
        """Whether the next byte is this one."""
        return self._text.startswith(mark, self._place)

    def looks_like(self, form: re.Pattern[bytes]) -> bool:
        """Whether what comes next has this form."""
        return form.match(self._text, self._place) is not None

    def token(self, mark: bytes) -> None:
        if not self.at(mark):
            raise BadArguments(f"{mark.decode()} expected")
        self._place += len(mark)

    def space(self) -> None:
        self.token(b" ")

    def end(self) -> None:
        if not self.ended:
            raise BadArguments("too many arguments", "extra")

    def word(self, name: str) -> bool:
        """Take this atom, in any case, if it is what comes next."""
        found = _ATOM.match(self._text, self._place)
        if not found or found[0].decode("ascii").upper() != name:
            return False
        self._place = found.end()
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

    def modifier(self, name: Literal["CHANGEDSINCE", "UNCHANGEDSINCE"]) -> int:
        """`(CHANGEDSINCE 12)` and the like (RFC 7162)."""
        self.token(b"(")
        if not self.word(name):
            raise BadArguments("unknown modifier")
        self.space()
        sequence = self.mod_sequence()
        self.token(b")")
        return sequence

    def atom(self) -> str:
        return self.matched(_ATOM, "atom")[0].decode("ascii")

    def literal(self) -> bytes:
        size = int(self.matched(_LITERAL, "literal")[1])
        begin, self._place = self._place, min(self._place + size, len(self._text))
        return self._text[begin : self._place]

    def string(self) -> bytes:
        """A quoted string (UTF-8 allowed, as RFC 9051 does) or a literal."""
        if self.at(b"{"):
            return self.literal()
        return re.sub(rb"\\(.)", rb"\1", self.matched(_QUOTED, "string")[1])

    def astring(self, plain: re.Pattern[bytes] = ASTRING) -> bytes:
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
        found = SEQUENCE_SET.match(self._text, self._place)
        wanted = sequence_set(found[0]) if found else None
        if not found or not wanted:
            raise BadArguments("sequence set expected", "" if self.ended else "message-set")
        self._place = found.end()
        if self.at(b":") or self.at(b","):
            raise BadArguments("another number expected", "message-set")
        return wanted

    def store_item(self) -> bytes:
        """FLAGS, +FLAGS or -FLAGS, perhaps with .SILENT, in upper case."""
        return self.matched(_STORE_ITEM, "FLAGS", "store-item")[0].upper()

    def flags(self) -> list[str]:
        """Flags in parentheses, or bare as STORE allows; `\\Recent` cannot be set."""
        if self.at(b"("):
            return self.listed(self._flag)
        found = [self._flag()]
        while self.at(b" "):
            self.space()
            found.append(self._flag())
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
            raise BadArguments("date-time expected", "date-time") from None

    def listed(
        self, read: Callable[[], _Read], *, least: int = 0, unclosed: str = ""
    ) -> list[_Read]:
        """A parenthesised list of `least` or more of what `read` takes. `unclosed`: the
        circumstance that its end is not there."""
        self.token(b"(")
        found: list[_Read] = []
        while not self.at(b")"):
            if len(found) >= MOST_LISTED:
                raise BadArguments("list is too long")
            if self.ended:
                raise BadArguments(") expected", unclosed)
            if found:
                self.space()
            found.append(read())
        self.token(b")")
        if len(found) < least:
            raise BadArguments("list is too short")
        return found

    def strings(self, *, least: int = 0) -> list[bytes]:
        """A parenthesised list of strings."""
        return self.listed(self.astring, least=least)

    def atoms(self, *, least: int = 1) -> list[str]:
        """A parenthesised list of atoms, in upper case."""
        return self.listed(lambda: self.atom().upper(), least=least)
