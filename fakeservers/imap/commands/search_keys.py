"""Search keys (RFC 3501, 6.4.4): they become one function that says whether a message fits; it lets
others have their turn."""

from __future__ import annotations

import codecs
import operator
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import TypeVar

from fakeservers.files.patterns import kept_regex
from fakeservers.imap.grammar.arguments import Arguments, BadArguments
from fakeservers.imap.headers import dated, read_addresses, readable
from fakeservers.imap.mime import parsed
from fakeservers.imap.peer import Peer
from fakeservers.store import StoredMessage
from fakeservers.wire.turns import BYTES_PER_STEP

Fits = Callable[[StoredMessage], Awaitable[bool]]
_Predicate = Callable[[StoredMessage], bool]

_FLAG_KEYS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
_ADDRESS_KEYS = ("BCC", "CC", "FROM", "TO")
_RELATIONS = {"BEFORE": operator.lt, "ON": operator.eq, "SINCE": operator.ge}
_SET_START = kept_regex(rb"[\d*$]")
_ENTRY = kept_regex(rb'"/flags/(?:[^"\\]|\\.)+" (?:priv|shared|all) ', re.IGNORECASE)
_MAX_DEPTH = 50
_MOST_KEYS = 1000
_TIMES = 16
"""How much longer it takes to read what a field says than to look through it."""
_STEPS_PER_KEY = 0.05
"""How much work it is to ask about a message what is known of it already."""
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
        self._turns = peer.turns
        self._depth = 0
        self._keys = 0
        self._named_last = ""

    def all_of(self) -> Fits:
        keys = [self.key()]
        while self._arguments.at(b" "):
            keys.append(self._spaced(self.key))

        async def fits(message: StoredMessage) -> bool:
            for each in keys:
                if not await each(message):
                    return False
            return True

        return keys[0] if len(keys) == 1 else fits

    def key(self) -> Fits:
        self._depth += 1
        self._keys += 1
        if self._depth > _MAX_DEPTH or self._keys > _MOST_KEYS:
            raise BadArguments("search keys nested too deep, or too many")
        try:
            if self._arguments.at(b"("):
                self._arguments.token(b"(")
                fits = self.all_of()
                self._arguments.token(b")")
                return fits
            if self._arguments.looks_like(_SET_START):
                return self._in_set(by_uid=False)
            return self._named(self._arguments.atom().upper())
        finally:
            self._depth -= 1

    def _spaced(self, read: Callable[[], _Read]) -> _Read:
        """What stands behind a space."""
        if self._arguments.ended:
            raise BadArguments("its argument expected", "search-argument", self._named_last)
        self._arguments.space()
        return read()

    def _named(self, name: str) -> Fits:
        self._named_last = name.lower()
        if fits := self._composed(name) or self._worded(name):
            return fits
        for reader in (self._flagged, self._dated, self._numbered):
            if known := reader(name):
                return self._at_once(known, 1 if name.startswith("SENT") else _STEPS_PER_KEY)
        raise BadArguments("unknown search key", "search-key", name)

    def _at_once(self, predicate: _Predicate, steps: float = _STEPS_PER_KEY) -> Fits:
        """What is found out of a message in so much work."""

        async def fits(message: StoredMessage) -> bool:
            await self._turns.work(steps)
            return predicate(message)

        return fits

    def _flagged(self, name: str) -> _Predicate | None:
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
        return has if name == flag else lambda message: not has(message)

    def _is_recent(self, message: StoredMessage) -> bool:
        return "\\Recent" in self._view.flags_of(message)

    def _composed(self, name: str) -> Fits | None:
        match name:
            case "ALL":
                return self._at_once(lambda _message: True)
            case "UID":
                return self._spaced(lambda: self._in_set(by_uid=True))
            case "NOT":
                return _not(self._spaced(self.key))
            case "OR":
                first, second = self._spaced(self.key), self._spaced(self.key)
                return _either(first, second)
        return None

    def _in_set(self, *, by_uid: bool) -> Fits:
        wanted = self._arguments.sequence_set()
        if wanted.saved:
            self._view.chosen(wanted, by_uid=by_uid, missing=True)  # whether anything can be
        uids: set[int] | None = None

        async def fits(message: StoredMessage) -> bool:
            nonlocal uids
            if uids is None:
                await self._turns.work(1 + len(self._view.messages) * _STEPS_PER_KEY / 10)
                chosen = self._view.chosen(wanted, by_uid=by_uid, missing=True)
                uids = {each.uid for _, each in chosen}
            await self._turns.work(_STEPS_PER_KEY)
            return message.uid in uids

        return fits

    def _dated(self, name: str) -> _Predicate | None:
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
            return self._in_field(name, self._text())
        match name:
            case "HEADER":
                return self._in_field(self._text(), self._text())
            case "BODY":
                return self._in_data(lambda message: parsed(message).body, self._text())
            case "TEXT":
                return self._in_data(lambda message: message.content, self._text())
        return None

    def _in_field(self, name: str, text: str) -> Fits:
        """Encoded words (RFC 2047) are searched as what they say, addresses also without
        comments."""
        shown = _addresses if name in _ADDRESS_KEYS else readable

        async def fits(message: StoredMessage) -> bool:
            await self._turns.work(on_bytes=len(message.content))
            for each, value in parsed(message).fields:
                if each == name.lower():
                    await self._turns.work(on_bytes=_TIMES * len(value))
                    if text in shown(value).casefold():
                        return True
            return False

        return fits

    def _in_data(self, data_of: Callable[[StoredMessage], bytes], text: str) -> Fits:
        """Piece by piece, each with as much of the one before as may begin the text."""

        async def fits(message: StoredMessage) -> bool:
            data, seen = data_of(message), ""
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
            for begin in range(0, len(data) + 1, BYTES_PER_STEP):
                await self._turns.work()
                piece = data[begin : begin + BYTES_PER_STEP]
                final = begin + BYTES_PER_STEP > len(data)
                seen += decoder.decode(piece, final).casefold()
                if text in seen:
                    return True
                seen = seen[max(0, len(seen) - len(text)) :]
            return False

        return fits

    def _numbered(self, name: str) -> _Predicate | None:
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

    def _within(self, *, younger: bool) -> _Predicate:
        """RFC 5032: so many seconds ago, or more."""
        seconds = self._spaced(self._arguments.number)
        if not seconds:
            raise BadArguments("more than no second expected")
        now = datetime.now(UTC)
        return lambda message: ((now - message.received).total_seconds() <= seconds) is younger

    def _changed_since(self) -> _Predicate:
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
            raise BadArguments("date expected", "date") from None


def _has_flag(flag: str) -> _Predicate:
    wanted = flag.lower()
    return lambda message: any(each.lower() == wanted for each in message.flags)


def _not(unwanted: Fits) -> Fits:
    async def fits(message: StoredMessage) -> bool:
        return not await unwanted(message)

    return fits


def _either(first: Fits, second: Fits) -> Fits:
    async def fits(message: StoredMessage) -> bool:
        return await first(message) or await second(message)

    return fits


def _addresses(value: bytes) -> str:
    written = [address.written for address in read_addresses(value)]
    return "\n".join([readable(value), *written])
