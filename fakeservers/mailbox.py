"""A mailbox stands up: its services listen, and what happens at them is kept as evidence."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Hashable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass

from fakeservers.actions import Action
from fakeservers.conversation import Conversation
from fakeservers.dialects.dialect import load_dialect
from fakeservers.evidence import Evidence, OnNews
from fakeservers.happenings import mail
from fakeservers.happenings.changes import EverPrivate, check_places
from fakeservers.happenings.links import Links
from fakeservers.script import Script
from fakeservers.services import RunningService
from fakeservers.spec import OPAQUE, Issuing, MailboxSpec, Scope, Service
from fakeservers.store import Accounts, Naming
from fakeservers.wire import Down, HowCut, HowEnded
from fakeservers.wire.certificates import TRUST_STORE_PASSWORD, Authority, process_authority
from fakeservers.wire.connection import Connection
from fakeservers.wire.entries import Entry
from fakeservers.wire.listeners import Listener, open_listener
from fakeservers.wire.transcript import Transcript

OnEntry = Callable[[Transcript, Entry], None]


def _naming(spec: MailboxSpec) -> Naming:
    """Folders are named as the first IMAP service's dialect has it."""
    imap = (service for service in spec.services.values() if service.protocol == "imap")
    dialect = next((service.dialect for service in imap), None) or spec.dialect
    behaviour = load_dialect(dialect).side("imap").behaviour
    return Naming(behaviour.hierarchy_delimiter, behaviour.mailbox_prefix)


def issuing_of(services: Mapping[str, Service]) -> Issuing:
    """How the mailbox's authorization server issues tokens, where it has one."""
    servers = (service for service in services.values() if service.protocol == "oauth")
    return next((server.issuing for server in servers), OPAQUE)


@dataclass(frozen=True)
class Hosting:
    """How a mailbox is stood up, whatever it is; see `open_mailbox`."""

    authority: Authority
    on_entry: OnEntry | None = None
    on_news: OnNews | None = None
    names: tuple[str, ...] = ()
    exposed: bool = False
    shared: Callable[[Service], Listener | None] | None = None
    """The port that it shares with other mailboxes, of those services that share one."""


class Mailbox:
    """A running mailbox; made by `open_mailbox`."""

    def __init__(self, spec: MailboxSpec, hosting: Hosting) -> None:
        self.spec = spec
        self.accounts = Accounts(
            spec.account, spec.bcc, _naming(spec), spec.mailbox, issuing_of(spec.services)
        )
        self.evidence = Evidence(on_news=hosting.on_news)
        self.services: dict[str, RunningService] = {}
        self._hosting = hosting
        self._links = Links(self.evidence)
        self.failures: Counter[tuple[Scope, Hashable]] = Counter()
        self.private = EverPrivate(spec)

    @property
    def ca_file(self) -> str:
        """PEM file of the authority that makes this mailbox's valid certificates valid."""
        authority = self._hosting.authority
        return authority.old_ca_file if self._trusts_of_old else authority.ca_file

    @property
    def trust_store(self) -> tuple[str, str]:
        """The same for Java: a PKCS#12 file and its password."""
        authority = self._hosting.authority
        old = self._trusts_of_old
        file = authority.old_trust_store_file if old else authority.trust_store_file
        return file, TRUST_STORE_PASSWORD

    @property
    def _trusts_of_old(self) -> bool:
        """Whether its clients are to trust a root that has expired."""
        services = self.spec.services.values()
        return any(service.certificate == "expired-root" for service in services)

    def change(self, spec: MailboxSpec) -> None:
        """From now on be what this says, but for the mail, which stays as it is.

        Connections that are there stay, too: accounts, circumstances and rules hold for them at
        once, as do the words of another dialect; what they have of TLS and what a server does
        rather than says is as it was when they came. Rules that are other ones are counted from
        zero. A service that went down (`go_down`) stays down.

        Raises ValueError where services differ in name, protocol, address or port, and what
        `load_dialect` raises; nothing has changed then.
        """
        check_places(self.spec, spec, {n: each.port for n, each in self.services.items()})
        dialects = {
            name: load_dialect(service.dialect or spec.dialect)
            for name, service in spec.services.items()
        }
        self.spec = spec
        self.accounts.amend(spec.account, spec.bcc, issuing_of(spec.services))
        self.private.learn(spec)
        for name, running in self.services.items():
            running.dialect = dialects[name]
            running.script.replace(spec.services[name].rules)
            running.listener.become(running.down or spec.services[name].listen)
        for conversation in self._links.conversations:
            conversation.dialect = dialects[conversation.name]

    def go_down(
        self,
        how: Down = "refused",
        link: HowEnded = "fin",
        service: str | None = None,
        *,
        bye: bool = False,
    ) -> int:
        """Accept nobody any more at any port, or at that of one service, and cut who is there, as
        in `cut`; how many."""
        for running in self._named(service):
            running.down = how
            running.listener.become(how)
        return self.cut(link, service, bye=bye)

    def come_up(self, service: str | None = None) -> None:
        """Be at the same ports again, as the spec has it."""
        for running in self._named(service):
            running.down = None
            running.listener.become(self.spec.services[running.name].listen)

    def _named(self, service: str | None) -> list[RunningService]:
        return [self.services[service]] if service else list(self.services.values())

    def forget(self) -> None:
        """Count from the beginning again: how often rules fired, and refused log-ins."""
        self.failures.clear()
        for service in self.services.values():
            service.script.forget()

    def strike(self, actions: Sequence[Action], service: str | None = None) -> int:
        """Do this now at every open connection, or at those of one service; at how many."""
        return self._links.strike(actions, service)

    def cut(self, how: HowCut, service: str | None = None, *, bye: bool = False) -> int:
        """Have the links to the clients die, or those of one service; how many did. What `bye` is:
        `Links.cut`."""
        return self._links.cut(how, service, bye=bye)

    def deliver(self, count: int = 1, size: int | None = None) -> list[str]:
        """Put new messages into the account's INBOX; see `happenings.mail.deliver`."""
        return mail.deliver(self.accounts.account, count, size)

    def expunge(self, count: int = 1) -> list[str]:
        """Somebody else takes the oldest messages out; see `happenings.mail.expunge`."""
        return mail.expunge(self.accounts.account, count)

    def age_inbox(self) -> None:
        """It is no new one; see `happenings.mail.age`."""
        mail.age(self.accounts.account)

    def lose_inbox(self) -> None:
        """The account's INBOX is gone; see `happenings.mail.lose`."""
        mail.lose(self.accounts.account)

    def restore_inbox(self, *, renewed: bool = True) -> None:
        """It is back; see `happenings.mail.restore`."""
        mail.restore(self.accounts.account, renewed=renewed)

    def renew_uid_validity(self) -> None:
        """It is another one; see `happenings.mail.renew`."""
        mail.renew(self.accounts.account)

    def expire_tokens(self, *, refresh: bool = False) -> None:
        """All access tokens that were given out have expired; `refresh`: refresh tokens, too; see
        `Tokens.expire`."""
        self.accounts.tokens.expire(refresh=refresh)

    def revoke_tokens(self) -> None:
        """The consent is withdrawn; see `Tokens.revoke`."""
        self.accounts.tokens.revoke()

    def consent_again(self) -> int:
        """The owner consents anew; the number of the new tokens, see `Tokens.consent_again`."""
        return self.accounts.tokens.consent_again()

    @property
    def connected(self) -> int:
        """How many connections there are."""
        return len(self._links.conversations)

    def idling(self) -> int:
        """How many connections are in IDLE (RFC 2177), those that were cut left out."""
        return self._links.count(lambda each: each.idles)

    def inside(self) -> int:
        """How many connections are there on which somebody is logged in."""
        return self._links.count(lambda each: each.account is not None)

    def live_connections(self, conversation: Conversation, username: str) -> Mapping[str, int]:
        account = self.accounts.named(username) if username else conversation.account
        address = conversation.connection.peer[0]
        here = {other for other in self._links.conversations if other.name == conversation.name}
        of_account = {one for one in here if one is conversation or one.account is account}
        of_address = {one for one in here if one.connection.peer[0] == address}
        live = {
            "account": of_account,
            "address": of_address,
            "account-and-address": of_account & of_address,
            "service": here,
        }
        return {per: conversation.service.occupied + len(those) for per, those in live.items()}

    async def choose(self, conversation: Conversation, username: str) -> bool:
        """It is this mailbox, whatever the name."""
        return False

    def take_over(self, conversation: Conversation, name: str, other: Mailbox) -> None:
        """Go on here, at the service of that name, with a conversation of another mailbox."""
        running, connection = self.services[name], conversation.connection
        transcript = connection.transcript
        transcript.number, transcript.service = len(self.evidence.connections), name
        transcript.protocol = self.spec.services[name].protocol
        self.evidence.connected(transcript)
        transcript.show_to(self._hosting.on_entry, self.private.now)
        connection.present(functools.partial(self._context, running))
        self._links.take_over(conversation, other._links)
        conversation.move(self, name, running.dialect, running.script)

    def peer_allowed(self, address: str) -> bool:
        if self.spec.allow_list is None:
            return True
        peer = ipaddress.ip_address(address)
        return any(peer in ipaddress.ip_network(network) for network in self.spec.allow_list)

    def open(self) -> None:
        """Bind every service. Raises PortUnavailable; nothing stays bound then."""
        try:
            for name, service in self.spec.services.items():
                self._open_service(name, service)
        except BaseException:
            self._close_listeners()
            raise

    async def settle(self, timeout_s: float) -> None:
        """Wait until every connection has ended, so that the evidence is whole; not for longer
        than `timeout_s`, as a client may leave one open."""
        await self._links.settle(timeout_s)

    def knocks(self) -> dict[str, bool | None]:
        """Whether somebody tried to connect, by the name of each service where nobody answers;
        None: that cannot be seen here."""
        services = self.services.values()
        return {
            each.name: each.listener.knocked() for each in services if not each.listener.accepts
        }

    def left_open(self) -> set[int]:
        """The numbers of the connections that neither side has ended."""
        return self._links.left_open()

    async def close(self) -> None:
        """Give everything back: listeners, connections, tasks."""
        self._close_listeners()
        await self._links.close()

    def _close_listeners(self) -> None:
        for service in self.services.values():
            service.listener.close()

    def _open_service(self, name: str, service: Service) -> None:
        port = self.services[service.port_of].port if service.port_of else service.port
        shared = self._hosting.shared(service) if self._hosting.shared else None
        listener = shared or open_listener(
            service.bind, port, service.listen, exposed=self._hosting.exposed
        )
        dialect = load_dialect(service.dialect or self.spec.dialect)
        running = RunningService(name, listener, dialect, Script(service.rules))
        self.services[name] = running
        listener.serve(
            functools.partial(self._accepted, running),
            functools.partial(self._cannot_accept, running),
        )

    def _accepted(
        self, service: RunningService, sock: socket.socket, peer: tuple[str, int]
    ) -> None:
        self._links.begin(self._conversation(service, sock, peer))

    def _conversation(
        self, service: RunningService, sock: socket.socket, peer: tuple[str, int]
    ) -> Conversation:
        connection = self._connection(service, sock, peer)
        return Conversation(connection, self, service.name, service.dialect, service.script)

    def _cannot_accept(self, service: RunningService, error: OSError) -> None:
        self.evidence.faults.append(f"{service.name}: cannot accept: {error}")

    def _connection(
        self, service: RunningService, sock: socket.socket, peer: tuple[str, int]
    ) -> Connection:
        settings = self.spec.services[service.name]
        transcript = Transcript(
            number=len(self.evidence.connections),
            service=service.name,
            protocol=settings.protocol,
            peer=f"{peer[0]}:{peer[1]}",
            on_entry=self._hosting.on_entry,
            private=self.private.now,
        )
        self.evidence.connected(transcript)
        return Connection(sock, transcript, functools.partial(self._context, service), peer=peer)

    def _context(self, service: RunningService) -> ssl.SSLContext:
        """For a handshake that begins now."""
        settings = self.spec.services[service.name]
        names = (service.host, *self._hosting.names)
        return self._hosting.authority.context(settings.certificate, settings.tls, names)


@contextlib.asynccontextmanager
async def open_mailbox(
    spec: MailboxSpec,
    *,
    authority: Authority | None = None,
    on_entry: OnEntry | None = None,
    on_news: OnNews | None = None,
    names: tuple[str, ...] = (),
    exposed: bool = False,
    shared: Callable[[Service], Listener | None] | None = None,
) -> AsyncIterator[Mailbox]:
    """Stand a mailbox up for as long as the block runs.

    `on_entry` is called with each line of each transcript as it happens, `on_news` with what the
    evidence gains. `names`: host names besides `localhost` for which valid certificates are valid.
    `shared`: the port that a service shares with other mailboxes, if it does.
    Raises PortUnavailable where a port cannot be bound, ValueError for an address that is not
    loopback, unless it is `exposed`.

    >>> import asyncio, badinbox
    >>> async def addresses():
    ...     async with badinbox.open_mailbox(badinbox.MailboxSpec()) as mailbox:
    ...         assert isinstance(mailbox, badinbox.Mailbox)
    ...         return {name: service.host for name, service in mailbox.services.items()}
    >>> asyncio.run(addresses())
    {'imap': '127.0.0.1', 'smtp': '127.0.0.1'}
    """
    authority = authority or process_authority()
    mailbox = Mailbox(spec, Hosting(authority, on_entry, on_news, names, exposed, shared))
    mailbox.open()
    try:
        yield mailbox
    finally:
        await mailbox.close()
