"""A selected mailbox as one connection sees it: message numbers change only when it is told.

Other connections may change the folder at any time; `news` tells what they did (RFC 3501, 7.3,
7.4.1). The Twisted engine works on a view as its mailbox object, hence the camel-case methods.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from fakeservers.dialects.behaviour import ImapBehaviour
from fakeservers.imap.grammar.arguments import SYSTEM_FLAGS, BadArguments
from fakeservers.imap.grammar.sequence_sets import SequenceSet
from fakeservers.store import Folder, StoredMessage


def flag_list(flags: Iterable[str]) -> bytes:
    return b"(" + " ".join(flags).encode() + b")"


_STRICT: Final = ImapBehaviour.model_construct()


class View:
    """The messages of a folder as they were when this connection was last told of them."""

    def __init__(self, folder: Folder, *, writable: bool) -> None:
        self.folder = folder
        self.writable = writable
        self.messages: list[StoredMessage] = []
        self._recent: set[int] = set()
        self._told: dict[int, frozenset[str]] = {}
        self._keywords_told = 0
        self._changes_told = folder.changes
        self.behaviour = _STRICT
        self.saved: set[int] | None = None
        """The UIDs that `$` stands for (RFC 5182); None where it stands for nothing."""
        self.condstore = False
        """Whether changes of flags are told with their modification sequences (RFC 7162)."""
        self._admit_new()
        self._recent_told = len(self._recent)

    def use_condstore(self) -> None:
        """Tell changes of flags with their modification sequences from now on."""
        self.condstore = True
        self.folder.modseq_wanted = True

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
        """The message's flags in `flag_order`, `\\Recent` among them for this connection."""
        flags = {*message.flags, *(["\\Recent"] if message.uid in self._recent else [])}
        order = self.behaviour.flag_order or (*SYSTEM_FLAGS, "\\Recent")
        system = [flag for flag in order if flag in flags]
        keywords = [keyword for keyword in self.folder.keywords if keyword in flags]
        return system + keywords

    def flags_item(self, message: StoredMessage) -> bytes:
        """The item FLAGS of a FETCH response; the connection is told by it."""
        self._told[message.uid] = frozenset(message.flags)
        return b"FLAGS " + flag_list(self.flags_of(message))

    def changed_items(self, message: StoredMessage, *, silent: bool = False) -> list[bytes]:
        """What a FETCH response says of a message whose flags changed (RFC 7162, 3.2). `silent`:
        who changed them knows them."""
        modseq = [b"MODSEQ (%d)" % message.modseq] if self.condstore else []
        flags = self.flags_item(message)
        return modseq if silent else [*modseq, flags]

    def ordered(self, items: list[bytes]) -> list[bytes]:
        """Items of a FETCH response that nobody asked for, in the dialect's order if it has one."""
        order = [name.encode() for name in self.behaviour.fetch_order or []]
        return sorted(items, key=lambda item: order.index(item.split()[0])) if order else items

    @property
    def recent_count(self) -> int:
        return len(self._recent)

    @property
    def has_new_keywords(self) -> bool:
        """Whether there are keywords that this connection does not know yet."""
        return self._keywords_told < len(self.folder.keywords)

    def keywords(self) -> list[str]:
        """The keywords in use; from now on the connection knows them."""
        self._keywords_told = len(self.folder.keywords)
        return list(self.folder.keywords)

    def news(self, *, expunges: bool) -> list[bytes]:
        """The untagged responses that bring the connection up to date.

        `expunges`: message numbers may change now; not so in the answer to a FETCH, STORE or
        SEARCH (RFC 3501, 7.4.1).
        """
        told: list[bytes] = []
        arrived = False
        if self._changes_told != self.folder.changes:
            told, arrived = self._tell_changes(expunges=expunges)
        fewer = len(self._recent) != self._recent_told and not self.behaviour.recent_with_arrivals
        if arrived or fewer:
            self._recent_told = len(self._recent)
            told.append(b"%d RECENT" % self._recent_told)
        return told

    def _tell_changes(self, *, expunges: bool) -> tuple[list[bytes], bool]:
        """What came, went and changed; and whether anything came."""
        if expunges:
            self._changes_told = self.folder.changes
        told = self._tell_expunged() if expunges else []
        for number, message in enumerate(self.messages, 1):
            if self._told[message.uid] != message.flags:
                told.append(
                    b"%d FETCH (%b)"
                    % (number, b" ".join(self.ordered(self.changed_items(message))))
                )
        arrived = self._admit_new()
        if arrived:
            told.append(b"%d EXISTS" % len(self.messages))
        return told, arrived

    def _tell_expunged(self) -> list[bytes]:
        """Drop what is gone from the folder; each number as it is when its turn comes."""
        there = {message.uid for message in self.folder.messages}
        told: list[bytes] = []
        for number, message in enumerate(self.messages, 1):
            if message.uid not in there:
                told.append(b"%d EXPUNGE" % (number - len(told)))
                self._recent.discard(message.uid)
        self.messages = [message for message in self.messages if message.uid in there]
        return told

    def chosen(
        self, wanted: SequenceSet, *, by_uid: bool, missing: bool = False
    ) -> list[tuple[int, StoredMessage]]:
        """The messages of a set with their numbers, in order.

        Raises BadArguments for a message number that does not exist, unless they may be
        `missing`, as UIDs may.
        """
        if wanted.saved and self.saved is None:
            raise BadArguments("nothing can be saved here")
        missing = missing or self.behaviour.missing_messages == "passed-over"
        if not by_uid and not missing and wanted.exceeds(len(self.messages)):
            raise BadArguments("no such message number", "message-set")
        if wanted.saved:
            saved = self.saved or ()
            places = [n for n, message in enumerate(self.messages) if message.uid in saved]
        else:
            count = len(self.messages)
            ids = [each.uid for each in self.messages] if by_uid else range(1, count + 1)
            ranges = wanted.resolved(ids[-1] if ids else 0)
            ends = [(bisect_left(ids, each.start), bisect_left(ids, each.stop)) for each in ranges]
            places = [place for first, end in ends for place in range(first, end)]
        return [(place + 1, self.messages[place]) for place in places]

    def first_unseen(self) -> int | None:
        """The number of the first message without `\\Seen`, if any."""
        unseen = (n for n, message in enumerate(self.messages, 1) if "\\Seen" not in message.flags)
        return next(unseen, None)

    def removed(self, messages: Iterable[StoredMessage]) -> list[bytes]:
        """Take messages out of the folder; the responses that tell of all that are gone."""
        self.folder.remove(messages)
        return self._tell_expunged()

    # What Twisted asks of its mailbox object.

    def isWriteable(self) -> bool:
        return self.writable

    def removeListener(self, listener: object) -> None:
        """Not needed: `news` is asked for instead."""

    def expunge(self) -> list[bytes]:
        return self.removed(m for m in self.folder.messages if "\\Deleted" in m.flags)
