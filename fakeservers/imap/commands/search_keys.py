"""Search keys (RFC 3501, 6.4.4): they become one function that says whether a message fits."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.headers import dated, read_addresses, readable
from fakeservers.imap.mime import parsed
from fakeservers.imap.peer import Peer
from fakeservers.store import StoredMessage

Fits = Callable[[StoredMessage], bool]

_FLAG_KEYS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
_ADDRESS_KEYS = ("BCC", "CC", "FROM", "TO")
_RELATIONS = {"BEFORE": operator.lt, "ON": operator.eq, "SINCE": operator.ge}
_SET_START = re.compile(rb"[\d*$]")
_ENTRY = re.compile(rb'"/flags/(?:[^"\\]|\\.)+" (?:priv|shared|all) ', re.IGNORECASE)
_MAX_DEPTH = 50
_Read = TypeVar("_Read")


class SearchKeys:
    """Reads search keys from left to right. Raises BadArguments, also for a key whose capability is
    not offered."""

    def __init__(self, arguments: Arguments, peer: Peer) -> None:
        self.uses_modseq = False
        """Whether MODSEQ was among them (RFC 7162, 3.1.5)."""
        self._arguments = arguments
        self._view = peer.selected
        self._offered = peer.offered
        self._depth = 0

    def all_of(self) -> Fits:
        keys = [self.key()]
        while self._arguments.at(b" "):
            keys.append(self._spaced(self.key))
        return lambda message: all(fits(message) for fits in keys)

    def key(self) -> Fits:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise BadArguments("search keys nested too deep")
        try:
            if self._arguments.at(b"("):
                self._arguments.token(b"(")
                fits = self.all_of()
                self._arguments.token(b")")
                return fits
            if _SET_START.match(self._arguments.rest):
                return self._in_set(by_uid=False)
            return self._named(self._arguments.atom().upper())
        finally:
            self._depth -= 1

    def _spaced(self, read: Callable[[], _Read]) -> _Read:
        """What stands behind a space."""
        self._arguments.space()
        return read()

    def _named(self, name: str) -> Fits:
        for reader in (self._flagged, self._composed, self._dated, self._worded, self._numbered):
            fits = reader(name)
            if fits:
                return fits
        raise BadArguments("unknown search key", "search-key", name)

    def _flagged(self, name: str) -> Fits | None:
        flag = name.removeprefix("UN")
        if flag in _FLAG_KEYS:
            has = _has_flag(f"\\{flag}")
        elif flag == "KEYWORD":
            has = _has_flag(self._spaced(self._arguments.atom))
        elif name in ("RECENT", "OLD", "NEW"):
            seen = "\\Seen" if name == "NEW" else ""
            return lambda message: (
                self._is_recent(message) is (name != "OLD") and seen not in message.flags
            )
        else:
            return None
        return has if name == flag else _not(has)

    def _is_recent(self, message: StoredMessage) -> bool:
        return "\\Recent" in self._view.flags_of(message)

    def _composed(self, name: str) -> Fits | None:
        match name:
            case "ALL":
                return lambda _message: True
            case "UID":
                return self._spaced(lambda: self._in_set(by_uid=True))
            case "NOT":
                return _not(self._spaced(self.key))
            case "OR":
                first, second = self._spaced(self.key), self._spaced(self.key)
                return lambda message: first(message) or second(message)
        return None

    def _in_set(self, *, by_uid: bool) -> Fits:
        wanted = self._arguments.sequence_set()
        chosen = self._view.chosen(wanted, by_uid=by_uid, missing=True)
        uids = {message.uid for _, message in chosen}
        return lambda message: message.uid in uids

    def _dated(self, name: str) -> Fits | None:
        """On the day on which it was received or sent, in the time zone that is written there."""
        relation = _RELATIONS.get(name.removeprefix("SENT"))
        if relation is None:
            return None
        wanted = self._date()

        def fits(message: StoredMessage) -> bool:
            sent = name.startswith("SENT")
            moment = dated(parsed(message).value("date")) if sent else message.received
            return moment is not None and relation(moment.date(), wanted)

        return fits

    def _worded(self, name: str) -> Fits | None:
        if name in (*_ADDRESS_KEYS, "SUBJECT"):
            return _in_field(name, self._text())
        match name:
            case "HEADER":
                return _in_field(self._text(), self._text())
            case "BODY":
                text = self._text()
                return lambda message: text in _folded(parsed(message).body)
            case "TEXT":
                text = self._text()
                return lambda message: text in _folded(message.content)
        return None

    def _numbered(self, name: str) -> Fits | None:
        match name:
            case "LARGER" | "SMALLER":
                size = self._spaced(self._arguments.number)
                sign = 1 if name == "LARGER" else -1
                return lambda message: sign * (len(message.content) - size) > 0
            case "OLDER" | "YOUNGER" if self._offered("WITHIN"):
                return self._within(younger=name == "YOUNGER")
            case "MODSEQ" if self._offered("CONDSTORE"):
                return self._changed_since()
        return None

    def _within(self, *, younger: bool) -> Fits:
        """RFC 5032: so many seconds ago, or more."""
        seconds = self._spaced(self._arguments.number)
        if not seconds:
            raise BadArguments("more than no second expected")
        now = datetime.now(UTC)
        return lambda message: ((now - message.received).total_seconds() <= seconds) is younger

    def _changed_since(self) -> Fits:
        """RFC 7162, 3.1.5. There is one modification sequence for all flags of a message, so that
        which flag is meant makes no difference."""
        self.uses_modseq = True
        self._arguments.space()
        if self._arguments.at(b'"'):
            self._arguments.matched(_ENTRY, "entry of a flag")
        least = self._arguments.mod_sequence()
        return lambda message: message.modseq >= least

    def _text(self) -> str:
        try:
            return self._spaced(self._arguments.astring).decode("utf-8").casefold()
        except UnicodeDecodeError:
            raise BadArguments("text in UTF-8 expected") from None

    def _date(self) -> date:
        try:
            return datetime.strptime(self._text(), "%d-%b-%Y").date()
        except ValueError:
            raise BadArguments("date expected") from None


def _has_flag(flag: str) -> Fits:
    wanted = flag.lower()
    return lambda message: any(each.lower() == wanted for each in message.flags)


def _not(fits: Fits) -> Fits:
    return lambda message: not fits(message)


def _folded(data: bytes) -> str:
    return data.decode("utf-8", "replace").casefold()


def _in_field(name: str, text: str) -> Fits:
    """Encoded words (RFC 2047) are searched as what they say, addresses also without comments."""
    shown = _addresses if name in _ADDRESS_KEYS else readable

    def fits(message: StoredMessage) -> bool:
        values = [value for each, value in parsed(message).fields if each == name.lower()]
        return any(text in shown(value).casefold() for value in values)

    return fits


def _addresses(value: bytes) -> str:
    written = [address.written for address in read_addresses(value)]
    return "\n".join([readable(value), *written])
