"""Which messages of INBOX are known: none is told of twice, and none is missed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST: Final = 10_000
"""Of so many messages the `Message-ID` is remembered, the newest."""


class KnownMessages:
    """``highest``: the UID up to which all is known. ``began``: is there anything known yet?

    UIDs grow, and stay with their messages, as long as the folder's UIDVALIDITY is the same; where
    it is another one, they mean nothing any more (RFC 9051, 2.3.1.1): a folder was restored or made
    anew. What is left then to know a message by is its `Message-ID`.
    """

    def __init__(self) -> None:
        self.highest = 0
        self.began = False
        self._uidvalidity: int | None = None
        self._message_ids: dict[str, None] = {}

    def hold(self, uidvalidity: int | None) -> bool:
        """Do the UIDs still mean what they meant?"""
        return self.began and uidvalidity == self._uidvalidity

    def begin(self, uidvalidity: int | None, there: Iterable[tuple[int, str]]) -> list[str]:
        """From here on UIDs are as this folder has them, with these messages in it: their UIDs and
        `Message-ID`. Those that were not known by it are given back."""
        self._uidvalidity, self.highest, self.began = uidvalidity, 0, True
        found = list(there)
        unknown = [message_id for _, message_id in found if message_id not in self._message_ids]
        for uid, message_id in found:
            self.add(uid, message_id)
        return unknown

    def add(self, uid: int, message_id: str) -> None:
        """This one is known now."""
        self.highest = max(self.highest, uid)
        self._message_ids.pop(message_id, None)
        self._message_ids[message_id] = None  # the newest stand last
        if len(self._message_ids) > MOST:
            del self._message_ids[next(iter(self._message_ids))]
