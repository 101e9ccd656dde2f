"""A mailbox stands up: its services listen, and what happens at them is kept as evidence."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Hashable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass

from fakeservers.actions import Action
from fakeservers.conversation import Conversation
from fakeservers.dialects.dialect import load_dialect
from fakeservers.evidence import Evidence, OnNews
from fakeservers.script import Script
from fakeservers.services import RunningService, converse
from fakeservers.spec import OPAQUE, Issuing, MailboxSpec, Scope, Service
from fakeservers.store import Accounts, Naming
from fakeservers.wire.certificates import TRUST_STORE_PASSWORD, Authority, process_authority
from fakeservers.wire.connection import Connection, ConnectionClosed
from fakeservers.wire.entries import Entry
from fakeservers.wire.listeners import open_listener
from fakeservers.wire.transcript import Private, Transcript

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
        self._serving: set[asyncio.Task[None]] = set()
        self._live: dict[Conversation, asyncio.Task[None]] = {}
        self._struck: dict[Conversation, Sequence[Action]] = {}
        """What is to end a connection, once its own task has let go of it."""
        self.failures: Counter[tuple[Scope, Hashable]] = Counter()
        self._private = _private(spec)

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

    def amend(self, spec: MailboxSpec) -> None:
        """Change facts that rules read, on the running mailbox: rules and counters stay.

        Raises ValueError where the services are not the same ones.
        """
        if spec.services.keys() != self.spec.services.keys():
            raise ValueError("a running mailbox keeps its services")
        self.spec = spec
        self.accounts.amend(spec.account, spec.bcc)
        self._private = _private(spec)

    def forget(self) -> None:
        """Count from the beginning again: how often rules fired, and refused log-ins."""
        self.failures.clear()
        for service in self.services.values():
            service.script.forget()

    def strike(self, actions: Sequence[Action], service: str | None = None) -> int:
        """Do this now at every open connection, or at those of one service; at how many."""
        struck = [each for each in self._live if service in (None, each.name)]
        for conversation in struck:
            if any(action.ends for action in actions):
                # Whoever reads from a socket must have let go of it before it is closed.
                self._struck[conversation] = actions
                self._live[conversation].cancel()
            else:
                _start(_strike(conversation, actions), self._serving)
        return len(struck)

    def live_connections(self, conversation: Conversation, username: str) -> Mapping[str, int]:
        account = self.accounts.named(username) if username else conversation.account
        address = conversation.connection.peer[0]
        here = {other for other in self._live if other.name == conversation.name}
        of_account = {one for one in here if one is conversation or one.account is account}
        of_address = {one for one in here if one.connection.peer[0] == address}
        live = {
            "account": of_account,
            "address": of_address,
            "account-and-address": of_account & of_address,
            "service": here,
        }
        return {per: conversation.service.occupied + len(those) for per, those in live.items()}

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
        for _ in range(2):  # let what the kernel has queued be accepted
            await asyncio.sleep(0)
        if self._serving:
            await asyncio.wait(self._serving, timeout=timeout_s)

    def knocks(self) -> dict[str, bool | None]:
        """Whether somebody tried to connect, by the name of each service where nobody answers;
        None: that cannot be seen here."""
        services = self.services.values()
        return {
            each.name: each.listener.knocked() for each in services if not each.listener.accepts
        }

    def left_open(self) -> set[int]:
        """The numbers of the connections that neither side has ended."""
        return {
            each.connection.transcript.number
            for each in self._live
            if not each.connection.client_has_left
        }

    async def close(self) -> None:
        """Give everything back: listeners, connections, tasks."""
        self._close_listeners()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _close_listeners(self) -> None:
        for service in self.services.values():
            service.listener.close()

    def _open_service(self, name: str, service: Service) -> None:
        port = self.services[service.port_of].port if service.port_of else service.port
        listener = open_listener(service.bind, port, service.listen, exposed=self._hosting.exposed)
        dialect = load_dialect(service.dialect or self.spec.dialect)
        running = RunningService(name, listener, dialect, Script(service.rules))
        self.services[name] = running
        if listener.accepts:
            listener.serve(
                functools.partial(self._accepted, running),
                functools.partial(self._cannot_accept, running),
            )

    def _accepted(
        self, service: RunningService, sock: socket.socket, peer: tuple[str, int]
    ) -> None:
        connection = self._connection(service, sock, peer)
        conversation = Conversation(connection, self, service.name, service.dialect, service.script)
        serving = _start(self._serve(conversation), self._serving)
        # A task that is cancelled before its first step runs no clean-up of its own.
        serving.add_done_callback(functools.partial(_abandon, connection))

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
            private=self._private,
        )
        self.evidence.connected(transcript)
        context = functools.partial(
            self._hosting.authority.context,
            settings.certificate,
            settings.tls,
            (service.host, *self._hosting.names),
        )
        return Connection(sock, transcript, context, peer=peer)

    async def _serve(self, conversation: Conversation) -> None:
        connection = conversation.connection
        task = asyncio.current_task()
        assert task is not None
        self._live[conversation] = task
        try:
            await converse(conversation)
            await connection.close()
        except ConnectionClosed:
            await connection.close()
        except asyncio.CancelledError:
            if conversation not in self._struck:
                connection.abandon()
                raise
            task.uncancel()
            await self._end(conversation)
        except Exception as error:
            # Ours, not an injected fault: the client sees a reset, the evidence says why.
            self.evidence.faults.append(f"{conversation.name}: {type(error).__name__}: {error}")
            connection.transcript.note("a fault of the harness ended the connection")
        finally:
            del self._live[conversation]
            connection.reset()

    async def _end(self, conversation: Conversation) -> None:
        with contextlib.suppress(ConnectionClosed):
            await conversation.strike(self._struck.pop(conversation))
        await conversation.connection.close()


def _private(spec: MailboxSpec) -> Private:
    """What must not be shown of it, and the names that may be."""
    accounts = (spec.account, spec.bcc)
    secrets = {secret for each in (*accounts, spec.oauth_client) for secret in each.secrets}
    names = [name for a in accounts for name in (a.login, a.address, *a.aliases)]
    for service in spec.services.values():
        if service.protocol == "oauth":
            side = load_dialect(service.dialect or spec.dialect).side("oauth")
            names += [spec.oauth_client.id, side.token_path, *side.scopes]
    return Private.of({*secrets, *spec.hidden}, [*names, *spec.named])


def _start(work: Coroutine[None, None, None], tasks: set[asyncio.Task[None]]) -> asyncio.Task[None]:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def _strike(conversation: Conversation, actions: Sequence[Action]) -> None:
    with contextlib.suppress(ConnectionClosed):
        await conversation.strike(actions)


def _abandon(connection: Connection, _over: asyncio.Task[None]) -> None:
    connection.abandon()


@contextlib.asynccontextmanager
async def open_mailbox(
    spec: MailboxSpec,
    *,
    authority: Authority | None = None,
    on_entry: OnEntry | None = None,
    on_news: OnNews | None = None,
    names: tuple[str, ...] = (),
    exposed: bool = False,
) -> AsyncIterator[Mailbox]:
    """Stand a mailbox up for as long as the block runs.

    `on_entry` is called with each line of each transcript as it happens, `on_news` with what the
    evidence gains. `names`: host names besides `localhost` for which valid certificates are valid.
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
    mailbox = Mailbox(spec, Hosting(authority, on_entry, on_news, names, exposed))
    mailbox.open()
    try:
        yield mailbox
    finally:
        await mailbox.close()
