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
from collections.abc import Callable, Sequence
from typing import Final

from fakeservers.wire import Listen

BACKLOG = 128
ACCEPT_AGAIN_S = 1.0
"""How long to wait after the system could not give us a connection (as asyncio's servers do)."""
_SO_MEMINFO: Final = 55
_SO_ATTACH_FILTER: Final = 26
_SO_DETACH_FILTER: Final = 27
_MEMINFO: Final = struct.Struct("9I")
_INSTRUCTION: Final = struct.Struct("HBBI")
_HEADER: Final = struct.Struct("=IHHII")
_DIAG: Final = struct.Struct("!BBBBIHH")
"""The beginning of `inet_diag_req_v2`."""
_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_REQUEST: Final = 1
_ANY_STATE: Final = 0xFFFFFFFF
_STATE_AT: Final = _HEADER.size + 1
_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
_Instruction = tuple[int, int, int, int]
"""Of a classic BPF filter: code, jump if true, if false, operand."""

OnAccepted = Callable[[socket.socket, tuple[str, int]], None]
"""Is given a connection, and the address of its peer."""
FILES_OF_A_LISTENER: Final = 2
"""Open files, of what holds the port and what listens there; a black hole has its fillers besides.
"""
MOST_FILLERS = 4
"""`listen(0)` queues one connection; it is full where the next one is dropped."""


class PortUnavailable(OSError):
    """A port that was asked for is in use or not permitted."""


def _pass(_error: OSError) -> None:
    """Nobody is told."""


class Listener:
    """A port, and what becomes of those who come there; `close` gives everything back.

    The port is held by a socket that never listens, from the beginning to `close`: one that listens
    may come and go beside it (SO_REUSEADDR), and meanwhile nobody else can have the port.
    """

    def __init__(self, held: socket.socket) -> None:
        self.how: Listen = "refused"
        self._held = held
        self._listening: socket.socket | None = None
        self._fillers: list[socket.socket] = []
        self._dropped = 0
        self._raw: socket.socket | None = None
        self._knocked: bool | None = None
        self._served: tuple[OnAccepted, Callable[[OSError], None]] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._again: asyncio.Handle | None = None

    @property
    def accepts(self) -> bool:
        return self.how == "listening"

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._held.getsockname()[:2]
        return str(host), int(port)

    def knocked(self) -> bool | None:
        """Whether somebody tried to connect while nobody answered; None: that cannot be seen."""
        if not self._knocked:
            if self._fillers and self._listening:
                self._knocked = _dropped(self._listening) > self._dropped
            elif self._raw:
                self._knocked = _has_heard(self._raw)
        return self._knocked

    def become(self, how: Listen) -> None:
        """Accept, refuse or swallow from now on, at the same port. Connections that were accepted
        stay; whoever waits to be accepted is reset, as where a server ends."""
        if how == self.how:
            return
        self._stop()
        self.how = how
        if how == "refused":
            self._listen_in()
            return
        self._listening = self._listen(0 if how == "black-hole" else BACKLOG)
        if how == "black-hole":
            self._fillers = _fill(self._listening)
            self._dropped = _dropped(self._listening)
        elif self._served:
            self.serve(*self._served)

    def _listen(self, backlog: int) -> socket.socket:
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock = _socket(self._held.family)
        try:
            _bind(sock, *self.address)
            sock.listen(backlog)
        except BaseException:
            sock.close()
            raise
        return sock

    def _stop(self) -> None:
        """Nobody listens any more. Who asks for the port by its number is refused from then on,
        as there is a socket that does not share it."""
        self.knocked()  # the last chance to know
        if self._again:
            self._again.cancel()
        if self._listening:
            if self._loop:
                self._loop.remove_reader(self._listening)
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            self._listening.close()
        for held in (*self._fillers, self._raw):
            if held:
                held.close()
        self._fillers, self._raw, self._listening = [], None, None

    def _listen_in(self) -> None:
        if self._held.family == socket.AF_INET:
            self._raw = _listen_in(*self.address)

    def serve(self, taken: OnAccepted, failed: Callable[[OSError], None] = _pass) -> None:
        """From now on give each connection to `taken`, whenever the port accepts; `failed` is told
        where the system has none to give, such as too many open files: others may leave.

        No task waits here, so none can be cancelled between a connection and its owner.
        """
        self._served = taken, failed
        self._loop = asyncio.get_running_loop()
        if self._listening and self.accepts:
            self._loop.add_reader(self._listening, self._accept, self._listening)

    def _accept(self, listening: socket.socket) -> None:
        assert self._loop and self._served, "only a loop calls this"
        taken, failed = self._served
        for _ in range(BACKLOG):
            try:
                sock, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                failed(error)
                self._loop.remove_reader(listening)
                self._again = self._loop.call_later(ACCEPT_AGAIN_S, self.serve, taken, failed)
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            taken(sock, address[:2])

    def close(self) -> None:
        self._stop()
        self._held.close()


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
    held = _socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    listener = Listener(held)
    try:
        _bind(held, host, port)
        if how == "refused":
            listener._listen_in()
        listener.become(how)
    except BaseException:
        listener.close()
        raise
    return listener


def _socket(family: int) -> socket.socket:
    # Without IPPROTO_TCP asyncio would not set TCP_NODELAY on what is accepted.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return sock


def _bind(sock: socket.socket, host: str, port: int) -> None:
    try:
        sock.bind((host, port))
    except OSError as error:
        why = f"cannot listen on {host} port {port or '(any)'}: {error.strerror}"
        raise PortUnavailable(error.errno, why) from None


def can_listen_at(host: str, port: int = 0) -> bool:
    """Whether somebody could listen there now. Where IPv6 is off a machine has no ::1, and other
    systems than Linux have no 127.0.0.2. Raises ValueError for what is no address."""
    family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    try:
        with _socket(family) as probe:
            probe.bind((host, port))
    except OSError:
        return False
    return True


def can_swallow() -> bool:
    """Whether a port may swallow packets: where the system tells what a full one drops."""
    with socket.socket() as sock, contextlib.suppress(OSError, struct.error):
        _dropped(sock)
        return True
    return False


def has_filters() -> bool:
    """Whether sockets have filters here, so that `hear_ends_only` has an effect."""
    with socket.socket() as sock, contextlib.suppress(OSError):
        hear_ends_only(sock)
        return True
    return False


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
    """A raw socket on which each SYN to this port can be read; None where that is not permitted, or
    the system has no filters. IPv4 only."""
    if not has_filters():
        return None
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    except PermissionError:
        return None
    raw.setblocking(False)
    _filter(raw, _syn_to(port))
    raw.bind((host, 0))
    while _has_heard(raw):  # what came before the filter was there
        raw.recv(1)
    return raw


def hear_ends_only(sock: socket.socket) -> None:
    """From now on drop every packet to a TCP socket but one with FIN or RST (socket(7)): not even
    the kernel answers the others."""
    _filter(
        sock,
        (
            (0x30, 0, 0, 13),  # A = flags
            (0x45, 0, 1, _FIN | _RST),
            (0x06, 0, 0, 0xFFFFFFFF),  # keep it
            (0x06, 0, 0, 0),  # pass it over
        ),
    )


def hear_everything(sock: socket.socket) -> None:
    """The end of `hear_ends_only`."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def far_end(sock: socket.socket) -> int | None:
    """The state of the socket at the other end, in the kernel's numbers, if that is on this machine
    (sock_diag(7)); None: it is not, or not any more, or the system is not Linux."""
    if not hasattr(socket, "AF_NETLINK"):
        return None
    try:
        here, there = (pair[:2] for pair in (sock.getsockname(), sock.getpeername()))
        asked = _DIAG.pack(sock.family, socket.IPPROTO_TCP, 0, 0, _ANY_STATE, there[1], here[1])
        for host in (there[0], here[0]):
            asked += socket.inet_pton(sock.family, host).ljust(16, b"\0")
        asked += bytes(4) + b"\xff" * 8  # any interface, no cookie
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            size = _HEADER.size + len(asked)
            kernel.send(_HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _REQUEST, 0, 0) + asked)
            told = kernel.recv(4096)
    except OSError:
        return None
    return told[_STATE_AT] if _HEADER.unpack_from(told)[1] == _SOCK_DIAG_BY_FAMILY else None


def _filter(sock: socket.socket, instructions: Sequence[_Instruction]) -> None:
    packed = b"".join(_INSTRUCTION.pack(*each) for each in instructions)
    held = ctypes.create_string_buffer(packed)
    program = struct.pack("HL", len(instructions), ctypes.addressof(held))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _has_heard(raw: socket.socket) -> bool:
    """Whether there is a packet to read; it stays there."""
    try:
        return bool(raw.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def _syn_to(port: int) -> tuple[_Instruction, ...]:
    """A filter of IPv4 packets."""
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
