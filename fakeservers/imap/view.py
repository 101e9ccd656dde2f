"""A selected mailbox as one connection sees it: message numbers change only when it is told.

Other connections may change the folder at any time; `news` tells what they did (RFC 3501, 7.3,
7.4.1). The Twisted engine works on a view as its mailbox object, hence the camel-case methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fakeservers.imap.syntax import SYSTEM_FLAGS, BadArguments, SequenceSet
from fakeservers.store import Folder, StoredMessage


def flag_list(flags: Iterable[str]) -> bytes:
    return b"(" + " ".join(flags).encode() + b")"


class View:
    """The messages of a folder as they were when this connection was last told of them."""

    def __init__(self, folder: Folder, *, writable: bool) -> None:
        self.folder = folder
        self.writable = writable
        self.messages: list[StoredMessage] = []
        self._recent: set[int] = set()
        self._told: dict[int, frozenset[str]] = {}
        self._admit_new()

    def _admit_new(self) -> bool:
        last = self.messages[-1].uid if self.messages else 0
        new = [message for message in self.folder.messages if message.uid > last]
        for message in new:
            self.messages.append(message)
            self._told[message.uid] = frozenset(message.flags)
            if message.recent:
                self._recent.add(message.uid)
                message.recent = not self.writable  # EXAMINE leaves \Recent to others
        return bool(new)

    def flags_of(self, message: StoredMessage) -> list[str]:
        """The message's flags in a fixed order, `\\Recent` among them for this connection."""
        system = [flag for flag in SYSTEM_FLAGS if flag in message.flags]
        recent = ["\\Recent"] if message.uid in self._recent else []
        return system + recent + sorted(message.flags.difference(SYSTEM_FLAGS))

    def news(self, *, expunges: bool) -> list[bytes]:
        """The untagged responses that bring the connection up to date.

        `expunges`: message numbers may change now; not so in the answer to a FETCH, STORE or
        SEARCH (RFC 3501, 7.4.1).
        """
        told = self._tell_expunged() if expunges else []
        for number, message in enumerate(self.messages, 1):
            if self._told[message.uid] != message.flags:
                self._told[message.uid] = frozenset(message.flags)
                told.append(b"%d FETCH (FLAGS %b)" % (number, flag_list(self.flags_of(message))))
        if self._admit_new():
            told += [b"%d EXISTS" % len(self.messages), b"%d RECENT" % len(self._recent)]
        return told

    def _tell_expunged(self) -> list[bytes]:
        return [b"%d EXPUNGE" % number for number in self._forget_removed()]

    def _forget_removed(self) -> list[int]:
        """Drop what is gone from the folder; the numbers, each as it is when its turn comes."""
        there = {message.uid for message in self.folder.messages}
        numbers: list[int] = []
        for number, message in enumerate(self.messages, 1):
            if message.uid not in there:
                numbers.append(number - len(numbers))
                self._recent.discard(message.uid)
        self.messages = [message for message in self.messages if message.uid in there]
        return numbers

    def chosen(self, wanted: SequenceSet, *, by_uid: bool) -> Iterator[tuple[int, StoredMessage]]:
        """The messages of a set with their numbers, in order.

        Raises BadArguments for a message number that does not exist; UIDs may be missing.
        """
        if not by_uid and wanted.largest_named() > len(self.messages):
            raise BadArguments("no such message number")
        last = len(self.messages)
        if by_uid and self.messages:
            last = self.messages[-1].uid
        ranges = wanted.resolved(last)
        for number, message in enumerate(tuple(self.messages), 1):
            if any((message.uid if by_uid else number) in numbers for numbers in ranges):
                yield number, message

    def first_unseen(self) -> int | None:
        """The number of the first message without `\\Seen`, if any."""
        unseen = (n for n, message in enumerate(self.messages, 1) if "\\Seen" not in message.flags)
        return next(unseen, None)

    def add_flag(self, message: StoredMessage, flag: str) -> None:
        """Set a flag where the view is writable."""
        if self.writable and flag not in message.flags:
            message.flags.add(flag)
            self.folder.changed()

    def remove(self, messages: Iterable[StoredMessage]) -> list[int]:
        """Take messages out of the folder; the numbers to announce as EXPUNGE, in order."""
        self.folder.remove(messages)
        return self._forget_removed()

    # What Twisted asks of its mailbox object.

    def getMessageCount(self) -> int:
        return len(self.messages)

    def getRecentCount(self) -> int:
        return len(self._recent)

    def getUIDValidity(self) -> int:
        return self.folder.uid_validity

    def getUID(self, number: int) -> int:
        return self.messages[number - 1].uid

    def getFlags(self) -> list[str]:
        return list(SYSTEM_FLAGS)

    def isWriteable(self) -> bool:
        return self.writable

    def addListener(self, listener: object) -> None:
        """Not needed: `news` is asked for instead."""

    def removeListener(self, listener: object) -> None:
        """Not needed: `news` is asked for instead."""

    def fetch(self, messages: SequenceSet, uid: int) -> list[tuple[int, StoredMessage]]:
        return list(self.chosen(messages, by_uid=bool(uid)))

    def store(
        self, messages: SequenceSet, flags: list[str], mode: int, uid: int
    ) -> dict[int, list[str]]:
        """Replace (0), add (1) or take away (-1) flags; the new flags by message number."""
        stored = {}
        for number, message in self.chosen(messages, by_uid=bool(uid)):
            if mode > 0:
                message.flags |= set(flags)
            elif mode < 0:
                message.flags -= set(flags)
            else:
                message.flags = set(flags)
            self._told[message.uid] = frozenset(message.flags)
            stored[number] = self.flags_of(message)
        self.folder.changed()
        return stored

    def expunge(self) -> list[int]:
        return self.remove([m for m in self.folder.messages if "\\Deleted" in m.flags])
