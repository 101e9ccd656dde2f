"""What is around a conversation: its mailbox; where the actions of a rule are performed, with the
event's own words."""

from __future__ import annotations

import email.utils
import secrets
import uuid
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from fakeservers.actions import Answered
from fakeservers.dialects.template import Words, encode
from fakeservers.evidence import Evidence
from fakeservers.script import Event
from fakeservers.spec import LiveConnections, MailboxSpec, Scope
from fakeservers.store import Accounts
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


class Host(Protocol):
    """What a conversation needs to know of the mailbox it belongs to."""

    spec: MailboxSpec
    accounts: Accounts
    evidence: Evidence
    failures: Counter[tuple[Scope, Hashable]]
    """Refused log-ins so far, by scope and what they are counted for in it."""

    def live_connections(self, conversation: Conversation, username: str) -> Mapping[str, int]:
        """How many connections are live, as `LiveConnections.per` counts them."""

    def peer_allowed(self, address: str) -> bool:
        """Whether the allow-list, where there is one, has this address."""

    async def choose(self, conversation: Conversation, username: str) -> bool:
        """Whether the mailbox of this user name is another one, at which the conversation goes on
        from now on."""


def tells_ok(said: bytes, tag: str) -> bool:
    """Whether this tells a client of IMAP OK, in any case."""
    yes = f"{tag} OK".upper().encode()
    return any(line.startswith(yes) for line in said.upper().splitlines())


def tells_success(protocol: str, said: bytes, tag: str) -> bool:
    """Whether it tells a client that its log-in has succeeded. With an untagged NO before the
    tagged OK, as Yahoo has it, it has not."""
    if protocol == "smtp":
        return any(line.startswith(b"235") for line in said.splitlines())
    lines = said.upper().splitlines()
    return tells_ok(said, tag) and not any(line.startswith(b"* NO ") for line in lines)


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
