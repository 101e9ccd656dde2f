"""The ports that mailboxes share, one for each protocol and way of securing it.

Until a client has said whose mailbox it wants, it talks to nobody's: the server greets and offers
what every server does. With the user name of its log-in the connection goes over to the mailbox of
that name, whose rules are asked about the log-in and all that follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fakeservers.conversation import Conversation
from fakeservers.evidence import Evidence, LoginAttempt
from fakeservers.mailbox import Hosting, Mailbox
from fakeservers.security import Security
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
    """What a client has told at a port by now. `tls`: whether it has told it inside TLS."""

    protocol: str
    security: Security
    username: str
    tls: bool


Choose = Callable[[ToldName], Awaitable[Chosen | str]]
"""The mailbox of a user name; or why there is none, in one line for whoever typed it."""


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
        self, spec: MailboxSpec, hosting: Hosting, choose: Choose, on_refused: Callable[[str], None]
    ) -> None:
        super().__init__(spec, hosting)
        self.evidence = self._links.evidence = _Passing()
        self._choose, self._on_refused = choose, on_refused
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
        at, tls = conversation.service, conversation.connection.tls_active
        asked = ToldName(at.protocol, at.security, username, tls=tls)
        found = await self._choose(asked)
        if isinstance(found, str):
            conversation.because, self._last = found, (conversation, username)
            self._on_refused(found)
            return False
        found.mailbox.accounts.know_as(found.name, username)
        found.mailbox.take_over(conversation, found.service, self)
        return True


def common_spec(bind: str, ports: dict[str, int]) -> MailboxSpec:
    """Of the ports that are shared: a service for each, `imap-starttls` and the like. `ports`: by
    that name, where one is wanted; else any that is free."""
    services = {
        f"{protocol}-{security}": Service(
            protocol=protocol,
            security=security,
            bind=bind,
            port=ports.get(f"{protocol}-{security}", 0),
        )
        for protocol in ("imap", "smtp")
        for security in SECURITIES
    }
    nobody = Account(address="nobody@badinbox.test", password=secrets.token_urlsafe())
    return MailboxSpec(dialect=WORDS, account=nobody, services=services)
