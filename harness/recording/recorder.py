"""Listens on loopback, with certificates of our authority, for clients of real servers, and passes
each connection on to the real one, with TLS ended on both sides."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from fakeservers.wire import Tls
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.connection import Connection
from fakeservers.wire.listeners import open_listener
from fakeservers.wire.transcript import Transcript
from harness.recording.mail_relay import MailRelay
from harness.recording.relay import Relay, Upstream
from harness.recording.token_relay import TokenRelay
from harness.reproducing.dialogue import Utterance

LOOPBACK: Final = "127.0.0.1"


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
        kind = TokenRelay if protocol == "oauth" else MailRelay
        relay = kind(connection, upstream, f"{protocol}#{number}", self.show)
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
