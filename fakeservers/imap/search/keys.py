"""Search keys (RFC 3501, 6.4.4): they become one function that says whether a message fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.messages.headers import dated, read_addresses, readable
from fakeservers.imap.messages.mime import parsed
from fakeservers.imap.peer import Peer
from fakeservers.store import StoredMessage

Fits = Callable[[int, StoredMessage], bool]

_FLAG_KEYS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
_ADDRESS_KEYS = ("BCC", "CC", "FROM", "TO")
_SET_START = re.compile(rb"[\d*$]")
_ENTRY = re.compile(rb'"/flags/(?:[^"\\]|\\.)+" (?:priv|shared|all) ', re.IGNORECASE)
_MAX_DEPTH = 50


@dataclass(frozen=True)
class Criteria:
    """`uses_modseq`: among the keys is MODSEQ (RFC 7162, 3.1.5)."""

    fits: Fits
    uses_modseq: bool


def read_criteria(arguments: Arguments, peer: Peer) -> Criteria:
    """Read search keys to the end. Raises BadArguments, also for a key whose capability is not
    offered."""
    keys = _Keys(arguments, peer)
    fits = keys.all_of()
    arguments.end()
    return Criteria(fits, keys.uses_modseq)


class _Keys:
    """Reads search keys from left to right."""

    def __init__(self, arguments: Arguments, peer: Peer) -> None:
        self.uses_modseq = False
        self._arguments = arguments
        self._view = peer.selected
        self._offered = peer.offered
        self._depth = 0

    def all_of(self) -> Fits:
        keys = [self.key()]
        while self._arguments.at(b" "):
            self._arguments.space()
            keys.append(self.key())
        return lambda number, message: all(fits(number, message) for fits in keys)

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

    def _named(self, name: str) -> Fits:
        if name in _FLAG_KEYS:
            return _has_flag(f"\\{name.capitalize()}")
        if name.startswith("UN") and name[2:] in _FLAG_KEYS:
            return _not(_has_flag(f"\\{name[2:].capitalize()}"))
        if name in (*_ADDRESS_KEYS, "SUBJECT"):
            return _in_field(name, self._text())
        for reader in (self._plain, self._composed, self._dated, self._worded, self._numbered):
            fits = reader(name)
            if fits:
                return fits
        raise BadArguments("unknown search key", "search-key", name)

    def _plain(self, name: str) -> Fits | None:
        recent = self._is_recent
        return {
            "ALL": lambda _number, _message: True,
            "RECENT": recent,
            "OLD": _not(recent),
            "NEW": lambda number, message: (
                recent(number, message) and "\\Seen" not in message.flags
            ),
        }.get(name)

    def _is_recent(self, _number: int, message: StoredMessage) -> bool:
        return "\\Recent" in self._view.flags_of(message)

    def _composed(self, name: str) -> Fits | None:
        if name not in ("NOT", "OR", "UID"):
            return None
        self._arguments.space()
        if name == "UID":
            return self._in_set(by_uid=True)
        first = self.key()
        if name == "NOT":
            return _not(first)
        self._arguments.space()
        second = self.key()
        return lambda number, message: first(number, message) or second(number, message)

    def _in_set(self, *, by_uid: bool) -> Fits:
        wanted = self._arguments.sequence_set()
        chosen = self._view.chosen(wanted, by_uid=by_uid, missing=True)
        uids = {message.uid for _, message in chosen}
        return lambda _number, message: message.uid in uids

    def _dated(self, name: str) -> Fits | None:
        sent, relation = name.startswith("SENT"), name.removeprefix("SENT")
        if relation not in ("BEFORE", "ON", "SINCE"):
            return None
        wanted = self._date()

        def fits(_number: int, message: StoredMessage) -> bool:
            day = _day(message, sent=sent)
            if day is None:
                return False
            return {"BEFORE": day < wanted, "ON": day == wanted, "SINCE": day >= wanted}[relation]

        return fits

    def _worded(self, name: str) -> Fits | None:
        match name:
            case "KEYWORD" | "UNKEYWORD":
                self._arguments.space()
                has = _has_flag(self._arguments.atom())
                return has if name == "KEYWORD" else _not(has)
            case "HEADER":
                return _in_field(self._text(), self._text())
            case "BODY":
                text = self._text()
                return lambda _n, message: text in _folded(parsed(message).body)
            case "TEXT":
                text = self._text()
                return lambda _n, message: text in _folded(message.content)
        return None

    def _numbered(self, name: str) -> Fits | None:
        match name:
            case "LARGER" | "SMALLER":
                self._arguments.space()
                size = self._arguments.number()
                sign = 1 if name == "LARGER" else -1
                return lambda _n, message: sign * (len(message.content) - size) > 0
            case "OLDER" | "YOUNGER" if self._offered("WITHIN"):
                return self._within(younger=name == "YOUNGER")
            case "MODSEQ" if self._offered("CONDSTORE"):
                return self._changed_since()
        return None

    def _within(self, *, younger: bool) -> Fits:
        """RFC 5032: so many seconds ago, or more."""
        self._arguments.space()
        seconds = self._arguments.number()
        if not seconds:
            raise BadArguments("more than no second expected")
        now = datetime.now(UTC)
        return lambda _n, message: ((now - message.received).total_seconds() <= seconds) is younger

    def _changed_since(self) -> Fits:
        """RFC 7162, 3.1.5. There is one modification sequence for all flags of a message, so that
        which flag is meant makes no difference."""
        self.uses_modseq = True
        self._arguments.space()
        if self._arguments.at(b'"'):
            self._arguments.matched(_ENTRY, "entry of a flag")
        least = self._arguments.mod_sequence()
        return lambda _n, message: message.modseq >= least

    def _text(self) -> str:
        self._arguments.space()
        try:
            return self._arguments.astring().decode("utf-8").casefold()
        except UnicodeDecodeError:
            raise BadArguments("text in UTF-8 expected") from None

    def _date(self) -> date:
        text = self._text()
        try:
            return datetime.strptime(text, "%d-%b-%Y").date()
        except ValueError:
            raise BadArguments("date expected") from None


def _has_flag(flag: str) -> Fits:
    wanted = flag.lower()
    return lambda _number, message: any(each.lower() == wanted for each in message.flags)


def _not(fits: Fits) -> Fits:
    return lambda number, message: not fits(number, message)


def _folded(data: bytes) -> str:
    return data.decode("utf-8", "replace").casefold()


def _in_field(name: str, text: str) -> Fits:
    """Encoded words (RFC 2047) are searched as what they say, addresses also without comments."""
    shown = _addresses if name in _ADDRESS_KEYS else readable

    def fits(_number: int, message: StoredMessage) -> bool:
        fields = parsed(message).fields
        values = [value for each, value in fields if each == name.lower()]
        return any(text in shown(value).casefold() for value in values)

    return fits


def _addresses(value: bytes) -> str:
    written = [address.written for address in read_addresses(value)]
    return "\n".join([readable(value), *written])


def _day(message: StoredMessage, *, sent: bool) -> date | None:
    """The day on which it was received or sent, in the time zone that is written there."""
    moment = dated(parsed(message).value("date")) if sent else message.received
    return moment.date() if moment else None
