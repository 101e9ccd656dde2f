"""From a host name and a port to a connected TCP socket."""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
import time
from typing import Any, Final, NamedTuple

from harness.classify.observation import ObservedKind
from harness.contract.settings import ServerSettings

# A host and a port; IPv6 has two numbers more.
_Address = tuple[Any, ...]
_Found = list[tuple[socket.AddressFamily, _Address]]

# RFC 1123 section 2.1, and underscores because they occur.
_LABEL: Final = re.compile(r"\w([\w-]{0,61}\w)?", re.ASCII)
_PERHAPS_LATER: Final = {socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_MEMORY, socket.EAI_SYSTEM}

_ROUTE_S: Final = 2.0


class DialFailed(Exception):
    """No connection: ``kind`` as in an observation, ``errno`` of the operating system if any."""

    def __init__(self, kind: ObservedKind, errno: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.errno = errno


class Deadline:
    """A moment until which something may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Dialled(NamedTuple):
    """A connected socket, and the reset if that came at once."""

    socket: socket.socket
    reset: OSError | None


def dial(server: ServerSettings, deadline: Deadline) -> Dialled:
    """Connect, trying the host's addresses in order. Raises DialFailed for the last of them."""
    addresses = look_up(server, deadline)
    failed = DialFailed("dns-not-found")
    for number, (family, address) in enumerate(addresses):
        try:
            # One black hole must not use up the time of the addresses after it.
            share_s = deadline.remaining() / (len(addresses) - number)
            return _connect(family, address, server.source_address, share_s)
        except OSError as error:
            failed = DialFailed(_kind(error), error.errno)
    raise failed


def look_up(server: ServerSettings, deadline: Deadline) -> _Found:
    """The addresses of the host, by the system's resolver. Raises DialFailed."""
    if _cannot_exist(server.host):
        raise DialFailed("dns-not-found")
    # In a thread of its own, because nothing else limits how long a look-up takes.
    answer: queue.SimpleQueue[_Found | Exception] = queue.SimpleQueue()
    threading.Thread(target=_resolve, args=(server, answer), daemon=True).start()
    try:
        found = answer.get(timeout=deadline.remaining())
    except (queue.Empty, TimeoutError):
        raise DialFailed("dns-temporary") from None
    if isinstance(found, Exception):
        later = isinstance(found, socket.gaierror) and found.errno in _PERHAPS_LATER
        raise DialFailed("dns-temporary" if later else "dns-not-found")
    return found


def is_address(host: str) -> bool:
    """Is this an IP address, which needs no looking up?"""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def local_address(server: ServerSettings) -> str | None:
    """The address that the operating system would connect from; sends nothing. None: not known."""
    try:
        family, address = look_up(server, Deadline(_ROUTE_S))[0]
        with socket.socket(family, socket.SOCK_DGRAM) as route:
            route.connect(address)
            found: str = route.getsockname()[0]
            return found
    except (DialFailed, OSError):
        return None


def _resolve(server: ServerSettings, answer: queue.SimpleQueue[_Found | Exception]) -> None:
    family = socket.AF_UNSPEC
    if server.source_address is not None:
        family = socket.AF_INET6 if ":" in server.source_address else socket.AF_INET
    try:
        infos = socket.getaddrinfo(server.host, server.port, family, socket.SOCK_STREAM)
        answer.put([(info[0], info[4]) for info in infos])
    except (OSError, ValueError) as error:  # ValueError: no IDNA form
        answer.put(error)


def _cannot_exist(host: str) -> bool:
    """Names that no resolver need be asked about; ``.invalid``: RFC 6761 section 6.4."""
    if ":" in host or not host.isascii():
        return False
    labels = host.removesuffix(".").split(".")
    return labels[-1].lower() == "invalid" or not all(map(_LABEL.fullmatch, labels))


def _connect(
    family: socket.AddressFamily, address: _Address, source: str | None, timeout_s: float
) -> Dialled:
    connected = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A literal is sent in several small writes.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.settimeout(timeout_s)
        if source is not None:
            connected.bind((source, 0))
        connected.connect(address)
    except ConnectionResetError as error:
        # Only a connection that was accepted can be reset: failing here or later is a race.
        return Dialled(connected, error)
    except BaseException:
        connected.close()
        raise
    return Dialled(connected, None)


def _kind(error: OSError) -> ObservedKind:
    if isinstance(error, TimeoutError):
        return "connect-timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    return "unreachable"
