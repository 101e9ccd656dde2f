"""Listens on loopback, with certificates of our authority, for clients of real servers, and passes
each connection on to the real one, with TLS ended on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Final

from fakeservers.security import Security
from fakeservers.wire import Tls
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.connection import Connection, ConnectionClosed
from fakeservers.wire.entries import Direction, Entry, Record
from fakeservers.wire.listeners import open_listener
from fakeservers.wire.transcript import Transcript
from fakeservers.wire.turns import CHUNK_BYTES
from harness.contract.masking import Masking
from harness.reproducing.credentials import SaidCredentials
from harness.reproducing.dialogue import Happening, Utterance
from harness.taxonomy import Protocol

LOOPBACK: Final = "127.0.0.1"
CONNECT_S: Final = 30.0
"""The longest wait for the real server's port."""
SHOWN_LENGTH: Final = 2000
KEPT_LINES: Final = 20_000
"""More lines of one connection are passed on, but not kept."""

_STARTTLS: Final = re.compile(rb"(?:\S+ )?STARTTLS\s*$", re.IGNORECASE)
_GRANTED: Final = re.compile(rb"220[ -]|\S+ OK\b")
_KINDS: Final[tuple[tuple[type[Exception], Happening], ...]] = (
    (ssl.SSLCertVerificationError, "verify-error"),
    (ssl.SSLError, "tls-error"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    (ConnectionResetError, "reset"),
)
_UNTAGGED: Final = re.compile(rb"\* ")
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


class _Addresses(Container[str]):
    """The names of users that are shown: who types the password in place of the name shows it."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _ADDRESS.fullmatch(name) is not None


@dataclass(frozen=True)
class Upstream:
    """The real server. `context`: how its certificate is looked at."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    context: ssl.SSLContext


@dataclass
class Relay:
    """Passes bytes on and keeps lines, in which no secret is. `show` is told each of them."""

    connection: Connection
    upstream: Upstream
    name: str
    show: Callable[[str, Utterance], None]
    said: list[Utterance] = field(default_factory=list)
    credentials: SaidCredentials = field(default_factory=SaidCredentials)
    _record: Record = field(init=False)
    _partial: dict[Direction, bytes] = field(default_factory=dict)
    _securing: asyncio.Future[None] | None = None

    def __post_init__(self) -> None:
        protocol = self.upstream.protocol
        self._record = Masking(()).record(
            protocol, _Addresses(), clock=time.monotonic, show=self._said
        )

    async def run(self) -> None:
        """Until either side ends it; the other is ended then, too."""
        try:
            reader, writer = await self._connect()
        except (OSError, ssl.SSLError, TimeoutError) as error:
            self._happened(_kind(error), str(error))
            await self.connection.close()
            return
        try:
            if self.upstream.security == "implicit-tls":
                await self.connection.start_tls()
            await self._pass_on(reader, writer)
        except ConnectionClosed:
            self._rest()
        finally:
            writer.close()
            await self.connection.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        upstream = self.upstream
        self._happened("connecting")
        implicit = upstream.security == "implicit-tls"
        async with asyncio.timeout(CONNECT_S):
            streams = await asyncio.open_connection(
                upstream.host, upstream.port, ssl=upstream.context if implicit else None
            )
        if implicit:
            self._happened("tls")
        return streams

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pumps = [
            asyncio.create_task(self._from_client(writer)),
            asyncio.create_task(self._from_server(reader, writer)),
        ]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        for pump in done:
            pump.result()

    async def _from_client(self, writer: asyncio.StreamWriter) -> None:
        while True:
            data = await self.connection.read()
            if any(_STARTTLS.match(line) for line in self._lines("C", data)):
                self._securing = asyncio.get_running_loop().create_future()
            with contextlib.suppress(ConnectionError):  # who reads tells how it ended
                writer.write(data)
                await writer.drain()
            if self._securing:
                # What comes next is a handshake, or nothing, until the server has answered.
                await self._securing
                self._securing = None

    async def _from_server(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            try:
                data = await reader.read(CHUNK_BYTES)
            except ConnectionError:
                self._happened("reset")
                self.connection.reset()
                return
            if not data:
                self._rest()
                self._happened("closed")
                return
            lines = self._lines("S", data)
            answer = next((line for line in lines if not _UNTAGGED.match(line)), None)
            if self._securing and answer is not None:
                await self._secured(data, _GRANTED.match(answer) is not None, writer)
            else:
                await self.connection.write(data)

    async def _secured(self, data: bytes, granted: bool, writer: asyncio.StreamWriter) -> None:
        assert self._securing
        try:
            if granted:
                await writer.start_tls(self.upstream.context, server_hostname=self.upstream.host)
            await self.connection.write(data)
            if granted:
                await self.connection.start_tls()
                self._record.release()
                self._happened("tls")
        except ssl.SSLError as error:
            self._happened(_kind(error), str(error))
            raise ConnectionClosed("the real server's TLS failed") from error
        finally:
            if not self._securing.done():
                self._securing.set_result(None)

    def _lines(self, direction: Direction, data: bytes) -> list[bytes]:
        """The lines that are complete now; they are kept, and shown."""
        *lines, rest = (self._partial.get(direction, b"") + data).split(b"\n")
        self._partial[direction] = rest[:CHUNK_BYTES]
        for line in lines:
            self._learn(direction, line)
        if direction == "C":
            self._record.received(data, tls=False)
        for line in lines if direction == "S" else ():
            self._record.sent(line + b"\n", tls=False)
        return lines

    def _learn(self, direction: Direction, line: bytes) -> None:
        known = len(self.credentials.secrets)
        self.credentials.hear(direction, line.rstrip(b"\r").decode("utf-8", "backslashreplace"))
        if len(self.credentials.secrets) > known:
            Masking(self.credentials.secrets).hold_for(self._record)

    def _rest(self) -> None:
        """What had no end is all there is."""
        self._record.release()
        if rest := self._partial.get("S"):
            self._record.sent(rest, tls=False)
        self._partial.clear()

    def _said(self, entry: Entry) -> None:
        if entry.direction != "*":
            text = entry.text[:SHOWN_LENGTH]
            self._keep(Utterance(entry.direction, text, self.name, protocol=self.upstream.protocol))

    def _happened(self, what: Happening, about: str = "") -> None:
        self._keep(Utterance("*", what, self.name, about, self.upstream.protocol))

    def _keep(self, said: Utterance) -> None:
        if len(self.said) < KEPT_LINES:
            self.said.append(said)
        self.show(self.name, said)


def _kind(error: Exception) -> Happening:
    unknown: Happening = "dns-not-found" if "name" in str(error).lower() else "unreachable"
    return next((kind for known, kind in _KINDS if isinstance(error, known)), unknown)


@dataclass
class Recorder:
    """What was recorded so far: every connection, in the order in which they began."""

    show: Callable[[str, Utterance], None]
    relays: list[Relay] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    """By protocol: where clients are awaited."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def accepted(self, upstream: Upstream, sock: socket.socket, peer: tuple[str, int]) -> None:
        """A client came: what it says is relayed in a task of its own."""
        task = asyncio.get_running_loop().create_task(self._relay(sock, peer, upstream).run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _relay(self, sock: socket.socket, peer: tuple[str, int], upstream: Upstream) -> Relay:
        number, protocol = next(self._numbers), upstream.protocol
        # Bytes are not kept: what the relay keeps has no secrets in it.
        transcript = Transcript(number, protocol, protocol, f"{peer[0]}:{peer[1]}")
        context = functools.partial(process_authority().context, "valid", Tls())
        connection = Connection(sock, transcript, context, peer=peer)
        relay = Relay(connection, upstream, f"{protocol}#{number}", self.show)
        self.relays.append(relay)
        return relay

    async def close(self) -> None:
        """End what is open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for relay in self.relays:
            relay.connection.abandon()


@contextlib.asynccontextmanager
async def recording(
    upstreams: Sequence[tuple[Upstream, int]], show: Callable[[str, Utterance], None]
) -> AsyncIterator[Recorder]:
    """Record for as long as the block runs. With each real server: the port to listen on, 0 for
    any. Raises PortUnavailable."""
    recorder = Recorder(show)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(recorder.close)
        for upstream, port in upstreams:
            listener = open_listener(LOOPBACK, port)
            stack.callback(listener.close)
            recorder.ports[upstream.protocol] = listener.address[1]
            listener.serve(functools.partial(recorder.accepted, upstream))
        yield recorder
