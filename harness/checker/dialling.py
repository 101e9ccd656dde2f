"""From a host name and a port to a connected TCP socket."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import queue
import re
import selectors
import socket
import threading
import time
from typing import Any, Final, NamedTuple, cast

from harness.classify.observation import ObservedKind
from harness.contract.settings import ServerSettings

# A host and a port; IPv6 has two numbers more.
_Address = tuple[Any, ...]
_Found = list[tuple[socket.AddressFamily, _Address]]

# RFC 1123 section 2.1, and underscores because they occur.
_LABEL: Final = re.compile(r"\w([\w-]{0,61}\w)?", re.ASCII)
_PERHAPS_LATER: Final = {socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_MEMORY, socket.EAI_SYSTEM}
_LOCALHOST: Final = ((socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1"))

_ROUTE_S: Final = 2.0
HEAD_START_S: Final = 0.25
"""RFC 8305, 5: the Connection Attempt Delay."""
_KINDS: Final[dict[int, ObservedKind]] = {
    errno.ETIMEDOUT: "connect-timeout",
    errno.ECONNREFUSED: "refused",
}


class DialFailed(Exception):
    """No connection: ``kind`` as in an observation, ``errno`` of the operating system if any."""

    def __init__(self, kind: ObservedKind, errno: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.errno = errno


class Deadline:
    """A moment until which something may take."""

    def __init__(self, seconds: float, within: Deadline | None = None) -> None:
        """``within``: another, past which this one does not reach."""
        self._end = time.monotonic() + seconds
        if within:
            self._end = min(self._end, within._end)

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
    """Connect to the first of the host's addresses that answers: each is given a head start over
    the next one, and goes on beside it (RFC 8305, 5). Raises DialFailed for the last of them."""
    with contextlib.closing(_Race(look_up(server, deadline), server.source_address)) as race:
        return race.run(deadline)


class _Race:
    """Attempts to connect, of which the first that succeeds wins."""

    def __init__(self, addresses: _Found, source: str | None) -> None:
        self._to_come = list(enumerate(addresses))
        self._source = source
        self._last = len(addresses) - 1
        self._failed = DialFailed("dns-not-found")
        self._running = selectors.DefaultSelector()

    def run(self, deadline: Deadline) -> Dialled:
        try:
            while self._to_come or self._running.get_map():
                if self._to_come:
                    self._start(*self._to_come.pop(0))
                if not self._running.get_map():
                    continue  # it failed at once: there is nothing to wait for
                left_s = deadline.remaining()
                for key, _ in self._running.select(
                    min(left_s, HEAD_START_S) if self._to_come else left_s
                ):
                    if won := self._result(cast("socket.socket", key.fileobj), key.data):
                        return won
        except TimeoutError:
            unfinished = [key.data for key in self._running.get_map().values()]
            if self._last in unfinished:
                raise DialFailed("connect-timeout") from None
        raise self._failed

    def close(self) -> None:
        """Give up those that have not won."""
        for key in list(self._running.get_map().values()):
            cast("socket.socket", key.fileobj).close()
        self._running.close()

    def _start(self, number: int, found: tuple[socket.AddressFamily, _Address]) -> None:
        family, address = found
        one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            # A literal is sent in several small writes.
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
            if self._source is not None:
                one.bind((self._source, 0))
            code = one.connect_ex(address)
        except OSError as error:
            code = error.errno or 0
        if code in (0, errno.EINPROGRESS, errno.ECONNRESET):
            self._running.register(one, selectors.EVENT_WRITE, number)
            return
        one.close()
        self._lost(number, code)

    def _result(self, one: socket.socket, number: int) -> Dialled | None:
        self._running.unregister(one)
        code = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code in (0, errno.ECONNRESET):
            # Only a connection that was accepted can be reset: failing here or later is a race.
            return Dialled(one, OSError(code, os.strerror(code)) if code else None)
        one.close()
        self._lost(number, code)
        return None

    def _lost(self, number: int, code: int) -> None:
        if number == self._last:
            self._failed = DialFailed(_KINDS.get(code, "unreachable"), code)


def look_up(server: ServerSettings, deadline: Deadline) -> _Found:
    """The addresses of the host, by the system's resolver; those of `localhost`, and of names below
    it, are known without (RFC 6761, 6.3), where some machines name one of them only, or none.
    Raises DialFailed."""
    if _cannot_exist(server.host):
        raise DialFailed("dns-not-found")
    answer: queue.SimpleQueue[_Found | Exception] = queue.SimpleQueue()
    if is_address(server.host) and not server.host.startswith("["):
        _resolve(server, answer)  # asks nobody
    else:  # in a thread of its own, because nothing else limits how long a look-up takes
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
    if f".{server.host.lower().removesuffix('.')}".endswith(".localhost"):
        both = [(found, (address, server.port)) for found, address in _LOCALHOST]
        answer.put([each for each in both if family in (socket.AF_UNSPEC, each[0])])
        return
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
