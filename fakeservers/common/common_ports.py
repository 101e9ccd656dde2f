"""The ports that mailboxes share, one for each protocol and way of securing it.

Until a client has said whose mailbox it wants, it talks to nobody's: the server greets and offers
what every server does. With the user name of its log-in the connection goes over to the mailbox of
that name, whose rules are asked about the log-in and all that follows; with the host name of its
ClientHello, to that one's, whose TLS it is already.
"""

from __future__ import annotations

import functools
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from fakeservers.common.client_hello import host_name
from fakeservers.conversation import Conversation
from fakeservers.evidence import Evidence, LoginAttempt
from fakeservers.mailbox import Hosting, Mailbox
from fakeservers.security import Security
from fakeservers.services import RunningService
from fakeservers.spec import Account, MailboxSpec, Service
from fakeservers.wire.listeners import Listener
from fakeservers.wire.transcript import Transcript

WORDS: Final = str(Path(__file__).with_name("words.yaml"))
SECURITIES: Final[tuple[Security, ...]] = ("implicit-tls", "starttls", "cleartext")


@dataclass(frozen=True)
class Chosen:
    """Where a connection goes on: a mailbox, one of its services, and the name of its account that
    the user name which was typed stands for."""

    mailbox: Mailbox
    service: str
    name: str


@dataclass(frozen=True)
class ToldName:
    """A name that a client has told at a port. `tls`: whether it has told it inside TLS."""

    protocol: str
    security: Security
    name: str
    tls: bool


class Chooser(Protocol):
    """Knows the mailboxes."""

    async def by_user_name(self, told: ToldName) -> Chosen | str:
        """The mailbox of a user name; or why there is none, in one line for whoever typed it."""

    async def by_host_name(self, told: ToldName) -> Chosen | str:
        """The same of a host name. Empty: it may be, as it means none."""


class SharedPort(Listener):
    """A port of somebody else, as one that is listened at: what becomes of it is not its own."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.how = "listening"
        self._address = address

    @property
    def address(self) -> tuple[str, int]:
        return self._address

    def knocked(self) -> bool | None:
        return None

    def become(self, how: object) -> None:
        pass

    def serve(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass


class _Passing(Evidence):
    """Of a mailbox at which nobody stays: it keeps nothing, however many come."""

    def connected(self, transcript: Transcript) -> None:
        pass

    def logged_in(self, attempt: LoginAttempt) -> None:
        pass


class CommonPorts(Mailbox):
    """Nobody's mailbox, at the ports that all share; see `common_spec`."""

    def __init__(
        self,
        spec: MailboxSpec,
        hosting: Hosting,
        chooser: Chooser,
        on_refused: Callable[[str], None],
    ) -> None:
        super().__init__(spec, hosting)
        self.evidence = self._links.evidence = _Passing()
        self._chooser, self._on_refused = chooser, on_refused
        self._last: tuple[Conversation, str] | None = None
        """Who was refused last: a log-in asks more than once."""

    def port(self, service: Service) -> Listener | None:
        """The one that a service of a mailbox shares: of its protocol, secured as it is."""
        own = self.services.get(f"{service.protocol}-{service.security}")
        return SharedPort(own.listener.address) if own else None

    async def choose(self, conversation: Conversation, username: str) -> bool:
        self.failures.clear()  # nobody's are counted
        if self._last == (conversation, username):
            return False
        found = await self._chooser.by_user_name(_told(conversation, username))
        if isinstance(found, str):
            conversation.because, self._last = found, (conversation, username)
            self._on_refused(found)
            return False
        found.mailbox.accounts.know_as(found.name, username)
        found.mailbox.take_over(conversation, found.service, self)
        return True

    def _conversation(
        self, service: RunningService, sock: socket.socket, peer: tuple[str, int]
    ) -> Conversation:
        conversation = super()._conversation(service, sock, peer)
        conversation.connection.on_hello_bytes = functools.partial(self._hello, conversation)
        return conversation

    async def _hello(self, conversation: Conversation, begun: bytes) -> bool:
        """The beginning of a ClientHello has come; False: it is too little of it."""
        name = host_name(begun)
        if not name:
            return name is not None
        conversation.connection.transcript.note(f"the client wants {name}")
        found = await self._chooser.by_host_name(_told(conversation, name))
        if isinstance(found, Chosen):
            found.mailbox.take_over(conversation, found.service, self)
        elif found:
            conversation.connection.transcript.note(found)
            self._on_refused(found)
        return True


def _told(conversation: Conversation, name: str) -> ToldName:
    at = conversation.service
    return ToldName(at.protocol, at.security, name, tls=conversation.connection.tls_active)


def common_spec(bind: str, ports: dict[str, int]) -> MailboxSpec:
    """Of the ports that are shared: a service for each, `imap-starttls` and the like. `ports`: by
    that name, where one is wanted; else any that is free."""
    services = {
        f"{protocol}-{security}": Service.model_construct(
            protocol=protocol,
            security=security,
            bind=bind,
            port=ports.get(f"{protocol}-{security}", 0),
        )
        for protocol in ("imap", "smtp")
        for security in SECURITIES
    }
    nobody = Account.model_construct(
        address="nobody@badinbox.test", password=secrets.token_urlsafe()
    )
    return MailboxSpec.model_construct(dialect=WORDS, account=nobody, services=services)
