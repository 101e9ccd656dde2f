"""Where a service listens: a port that accepts, one that refuses, one that swallows packets."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from fakeservers.wire import Listen
from fakeservers.wire.knocks import dropped, has_heard, listen_in

BACKLOG = 128
ACCEPT_AGAIN_S = 1.0
"""How long to wait after the system could not give us a connection (as asyncio's servers do)."""
OnAccepted = Callable[[socket.socket, tuple[str, int]], None]
"""Is given a connection, and the address of its peer."""
MOST_FILLERS = 4
"""`listen(0)` queues one connection; it is full where the next one is dropped."""


class PortUnavailable(OSError):
    """A port that was asked for is in use or not permitted."""


def _pass(_error: OSError) -> None:
    """Nobody is told."""


@dataclass
class Listener:
    """A bound port and what became of it; `close` gives everything back."""

    sock: socket.socket
    accepts: bool
    _fillers: list[socket.socket] = field(default_factory=list)
    _dropped: int = 0
    _raw: socket.socket | None = None
    _knocked: bool | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _again: asyncio.Handle | None = None

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.sock.getsockname()[:2]
        return str(host), int(port)

    def knocked(self) -> bool | None:
        """Whether somebody tried to connect where nobody answers; None: that cannot be seen."""
        if self.sock.fileno() >= 0:
            if self._fillers:
                self._knocked = dropped(self.sock) > self._dropped
            elif self._raw:
                self._knocked = has_heard(self._raw)
        return self._knocked

    def serve(self, taken: OnAccepted, failed: Callable[[OSError], None] = _pass) -> None:
        """From now on give each connection to `taken`; `failed` is told where the system has none
        to give, such as too many open files: others may leave.

        No task waits here, so none can be cancelled between a connection and its owner.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.sock, self._accept, taken, failed)

    def _accept(self, taken: OnAccepted, failed: Callable[[OSError], None]) -> None:
        for _ in range(BACKLOG):
            try:
                sock, address = self.sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                failed(error)
                assert self._loop, "only a loop calls this"
                self._loop.remove_reader(self.sock)
                self._again = self._loop.call_later(ACCEPT_AGAIN_S, self.serve, taken, failed)
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            taken(sock, address[:2])

    def close(self) -> None:
        self.knocked()  # the last chance to know
        if self._loop and self.sock.fileno() >= 0:
            self._loop.remove_reader(self.sock)
        for held in (*self._fillers, self._raw):
            if held:
                held.close()
        if self._again:
            self._again.cancel()
        self.sock.close()


def open_listener(
    host: str,
    port: int,
    how: Listen = "listening",
    *,
    exposed: bool = False,
) -> Listener:
    """Bind a port on a loopback address; `exposed`: on any.

    `refused` binds without listening, so nobody else can take the port;
    `black-hole` fills the backlog, so that Linux drops every further SYN.

    Raises PortUnavailable where it is in use or not permitted, ValueError for another address.
    """
    address = ipaddress.ip_address(host)
    if not (address.is_loopback or exposed):
        raise ValueError(f"{host} is not a loopback address")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Without IPPROTO_TCP asyncio would not set TCP_NODELAY on what is accepted.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(sock, host, port)
        if how == "listening":
            sock.listen(BACKLOG)
        listener = Listener(sock, accepts=how == "listening")
        if how == "black-hole":
            sock.listen(0)
            listener._fillers.extend(_fill(sock))
            listener._dropped = dropped(sock)
        if how == "refused" and address.version == 4:
            listener._raw = listen_in(*listener.address)
    except BaseException:
        sock.close()
        raise
    return listener


def _bind(sock: socket.socket, host: str, port: int) -> None:
    try:
        sock.bind((host, port))
    except OSError as error:
        why = f"cannot listen on {host} port {port or '(any)'}: {error.strerror}"
        raise PortUnavailable(error.errno, why) from None


def _fill(listener: socket.socket) -> list[socket.socket]:
    """The connections that fill the queue. One that was dropped is closed: it would try again, and
    be counted like somebody else's."""
    fillers: list[socket.socket] = []
    while not dropped(listener) and len(fillers) < MOST_FILLERS:
        filler = socket.socket(listener.family, socket.SOCK_STREAM)
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(listener.getsockname())
        fillers.append(filler)
    fillers.pop().close()
    return fillers
