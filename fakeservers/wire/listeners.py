"""Where a service listens: a port that accepts, one that refuses, one that swallows packets.

Who knocked where nobody answers no program is ever told. But Linux counts what a listening socket
drops (`SO_MEMINFO`, sock_diag.h), and what is sent to a port that refuses is seen by a raw socket
(raw(7)) with a classic BPF filter, where those are permitted: to root, or with CAP_NET_RAW.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import ipaddress
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fakeservers.wire import Listen

BACKLOG = 128
ACCEPT_AGAIN_S = 1.0
"""How long to wait after the system could not give us a connection (as asyncio's servers do)."""
_SO_MEMINFO: Final = 55
_SO_ATTACH_FILTER: Final = 26
_MEMINFO: Final = struct.Struct("9I")
_INSTRUCTION: Final = struct.Struct("HBBI")
_SYN, _ACK = 0x02, 0x10

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
                self._knocked = _dropped(self.sock) > self._dropped
            elif self._raw:
                self._knocked = _has_heard(self._raw)
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
            listener._dropped = _dropped(sock)
        if how == "refused" and address.version == 4:
            listener._raw = _listen_in(*listener.address)
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
    while not _dropped(listener) and len(fillers) < MOST_FILLERS:
        filler = socket.socket(listener.family, socket.SOCK_STREAM)
        filler.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            filler.connect(listener.getsockname())
        fillers.append(filler)
    fillers.pop().close()
    return fillers


def _dropped(sock: socket.socket) -> int:
    """How many packets a listening socket has dropped."""
    numbers = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    return int(_MEMINFO.unpack(numbers)[-1])


def _listen_in(host: str, port: int) -> socket.socket | None:
    """A raw socket on which each SYN to this port can be read; None where that is not permitted.
    IPv4 only."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    except PermissionError:
        return None
    raw.setblocking(False)
    filter_ = b"".join(_INSTRUCTION.pack(*each) for each in _syn_to(port))
    held = ctypes.create_string_buffer(filter_)
    program = struct.pack("HL", len(filter_) // _INSTRUCTION.size, ctypes.addressof(held))
    raw.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
    raw.bind((host, 0))
    while _has_heard(raw):  # what came before the filter was there
        raw.recv(1)
    return raw


def _has_heard(raw: socket.socket) -> bool:
    """Whether there is a packet to read; it stays there."""
    try:
        return bool(raw.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def _syn_to(port: int) -> tuple[tuple[int, int, int, int], ...]:
    """A filter of IPv4 packets: code, jump if true, if false, operand."""
    return (
        (0xB1, 0, 0, 0),  # X = length of the IP header
        (0x48, 0, 0, 2),  # A = destination port
        (0x15, 0, 3, port),
        (0x50, 0, 0, 13),  # A = flags
        (0x54, 0, 0, _SYN | _ACK),
        (0x15, 1, 0, _SYN),
        (0x06, 0, 0, 0),  # pass it over
        (0x06, 0, 0, 0xFFFF),  # keep it
    )
