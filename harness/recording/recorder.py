"""Listens on loopback, with certificates of our authority, for clients of real servers."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field

from fakeservers.wire import Tls
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.connection import Connection
from fakeservers.wire.listeners import Listener, open_listener
from fakeservers.wire.transcript import Transcript
from harness.recording.relay import Relay, Upstream
from harness.reproducing.dialogue import Utterance

LOOPBACK = "127.0.0.1"


@dataclass
class Recorder:
    """What was recorded so far: every connection, in the order in which they began."""

    show: Callable[[str, Utterance], None]
    relays: list[Relay] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    """By protocol: where clients are awaited."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def accept(self, listener: Listener, upstream: Upstream) -> None:
        """Take connections for ever, each in a task of its own."""
        loop = asyncio.get_running_loop()
        while True:
            sock, address = await loop.sock_accept(listener.sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._begin(self._relay(sock, address[:2], upstream).run())

    def _relay(self, sock: socket.socket, peer: tuple[str, int], upstream: Upstream) -> Relay:
        number, protocol = next(self._numbers), upstream.protocol
        # Bytes are not kept: what the relay keeps has no secrets in it.
        transcript = Transcript(number, protocol, protocol, f"{peer[0]}:{peer[1]}")
        context = functools.partial(process_authority().context, "valid", Tls())
        connection = Connection(sock, transcript, context, peer=peer)
        relay = Relay(connection, upstream, f"{protocol}#{number}", self.show)
        self.relays.append(relay)
        return relay

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is open."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
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
            accepting = asyncio.create_task(recorder.accept(listener, upstream))
            stack.push_async_callback(_ended, accepting)
        yield recorder


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
