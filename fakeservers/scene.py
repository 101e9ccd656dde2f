"""Where the actions of a rule are performed: the event's own words around a conversation."""

from __future__ import annotations

import email.utils
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fakeservers.actions import Answered
from fakeservers.dialects.template import Words, encode
from fakeservers.script import Event
from fakeservers.spec import LiveConnections
from fakeservers.wire.connection import Connection

if TYPE_CHECKING:
    from fakeservers.conversation import Conversation

_CHALLENGE: Final = {"imap": "sasl-continue", "smtp": "auth-continue"}
_CANCELLED: Final = {"imap": "sasl-cancelled", "smtp": "auth-cancelled"}
"""The dialects' replies, by protocol."""


_MADE: Final[dict[str, Callable[[], str]]] = {
    "date": email.utils.formatdate,
    "timestamp": lambda: f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}",
    "id": lambda: secrets.token_hex(8),
    "guid": lambda: str(uuid.uuid4()),
}


class FilledWords(dict[str, str | None]):
    """What stands for each placeholder; what takes work only where a text wants it."""

    def __missing__(self, name: str) -> str | None:
        return self.setdefault(name, _MADE.get(name, str)())


class EventScene:
    """An event's own words around the actions of the rule that fired, and the limit that it is
    about, if any."""

    def __init__(
        self, conversation: Conversation, event: Event, limit: LiveConnections | None
    ) -> None:
        self._conversation = conversation
        self._words = {
            "tag": event.tag or "*",
            "command": event.command,
            "sender": event.sender,
            "recipient": event.recipient,
            "text": event.argument,
        }
        if event.username:
            self._words["user"] = event.username
        if limit:
            self._words["limit"] = str(limit.over)

    @property
    def connection(self) -> Connection:
        return self._conversation.connection

    async def say(self, name: str) -> None:
        await self._conversation.reply(name, **self._words)

    @property
    def words(self) -> Words:
        return self._conversation.words(self._words)

    def fill(self, text: str) -> bytes:
        return encode(text, self.words)

    async def challenge(self, text: str) -> bytes:
        conversation = self._conversation
        words = {**self._words, "text": text}
        await conversation.reply(_CHALLENGE[conversation.service.protocol], **words)
        return await conversation.read_response()

    async def give_up(self) -> None:
        await self.say(_CANCELLED[self._conversation.service.protocol])
        raise Answered
