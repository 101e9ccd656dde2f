"""One connection to a server, which opens, secures, times out and records everything itself."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, Final, Literal, Protocol, cast

from harness.checker.client_tls import (
    TlsLayer,
    facts_of,
    insecure_context,
    looks_like_tls,
)
from harness.checker.dialling import Deadline, DialFailed, dial
from harness.checker.record import CheckDialogue, CheckFailed
from harness.classify.observation import Observation, ObservedKind
from harness.contract.masking import Masking
from harness.contract.settings import ServerSettings
from harness.taxonomy import AnyProtocol, Stage


class HasFile(Protocol):
    """What select(2) can wait for."""

    def fileno(self) -> int:
        """Its number."""
        ...


LONGEST_ANSWER: Final = 1 << 18
"""Bytes that a server may send in answer to one command."""
MOST_LINES: Final = 1000
"""Lines of such an answer. What comes without end is not waited for."""
KEPT_LINES, KEPT_BYTES, KEPT_IN_ALL = 100, 8192, 1 << 15
"""How many lines of an answer are evidence, how much of each, and of all."""
PROBE_S: Final = 1.0
"""How long a silent server may take to answer a ClientHello."""
CLOSING_S: Final = 1.0
"""How long taking leave may take."""
KEEP_ALIVE: Final = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""After how many seconds of silence it is asked whether the other side is there, how long after
that again, and how often in vain. Routers forget after some minutes, whatever RFC 5382, REQ-5,
wants of them."""
_NOBODY_LISTENS: Final = CheckDialogue(Masking(()), "", None)


class ClientConnection:
    """A TCP connection with a deadline and a record of what the server said.

    Lends itself to imaplib and smtplib as the socket and the file that they want. All methods but
    ``close`` raise ``CheckFailed`` with the stage at hand.

    - ``lines``: what the server answered since the last ``begin``.
    - ``capabilities``: what the server is known to offer at present.
    """

    def __init__(
        self,
        server: ServerSettings,
        protocol: AnyProtocol,
        timeout_s: float,
        dialogue: CheckDialogue | None = None,
        whole: Deadline | None = None,
    ) -> None:
        """``timeout_s``: of each wait; ``whole``: of the whole check."""
        self.server = server
        self.timeout_s = timeout_s
        self.lines: list[bytes] = []
        self.capabilities: tuple[str, ...] = ()
        self._protocol: AnyProtocol = protocol
        self._dialogue = (dialogue or _NOBODY_LISTENS).of_connection(protocol)
        self._stage: Stage = self._named("connect")
        self._whole = whole
        self._deadline = Deadline(timeout_s, whole)
        self._socket: socket.socket | None = None
        self._tls: TlsLayer | None = None
        self._buffer = bytearray()
        self._received = 0
        self._decrypted = False
        self._lost_by: OSError | None = None

    # What the check does.

    def begin(self, stage: str, limit_s: float | None = None) -> None:
        """Something new is asked of the server: a new record and a new deadline."""
        self._stage = self._named(stage)
        self._deadline = Deadline(min(self.timeout_s, limit_s or self.timeout_s), self._whole)
        self._received = 0
        self.lines.clear()

    def connect(self) -> None:
        """Look the name up and connect."""
        self.begin("connect")
        try:
            self._socket, self._lost_by = dial(self.server, self._deadline)
        except DialFailed as failed:
            self._happened(f"{self._where}: {failed.kind}")
            raise self.failed(failed.kind, errno=failed.errno) from None
        self._happened(f"connected to {self._where} from {self.local_address}")

    def keep_alive(self) -> None:
        """Have the operating system ask, while nothing is said, whether the other side is still
        there (RFC 9293, 3.8.4), often enough for a router to keep the connection in its table. A
        system that cannot be told how often asks as often as it does."""
        wire = self._connected()
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEP_ALIVE.items():
            if hasattr(socket, name):
                wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def comes(self, stage: str, within_s: float, unless: HasFile) -> bool:
        """Wait until the server says something unasked, to be read with its next answer; False:
        nothing came in that time, or before ``unless`` could be read from."""
        self.begin(stage)
        until = time.monotonic() + within_s
        while not self._buffer and not self._unsealed():
            wire = self._connected()
            with selectors.DefaultSelector() as waiting:
                waiting.register(wire, selectors.EVENT_READ)
                waiting.register(unless, selectors.EVENT_READ)
                ready = waiting.select(max(0.0, until - time.monotonic()))
            if wire not in (key.fileobj for key, _ in ready):
                return False
            self.begin(stage)
            self._take_in()
        return True

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Go through the handshake; what was offered before it counts no longer."""
        self.begin("tls")
        self.capabilities = ()
        tls = TlsLayer(context, self.server.host)
        raw = b""
        try:
            while not tls.handshake():
                self._send(tls.pending())
                data = self._receive()
                raw = (raw + data)[:KEPT_BYTES]
                self._refuse_plain(raw)
                tls.feed(data)
        except ssl.SSLError as error:
            self._send(tls.pending())  # the alert that tells the server why
            raise self._tls_failed(error, raw) from None
        self._send(tls.pending())
        self._tls = tls
        self._happened(f"encrypted, {tls.version}")

    def failed(self, kind: ObservedKind, **facts: Any) -> CheckFailed:
        """The failure of the stage at hand, with all that is known about it."""
        received = [*self.lines, *bytes(self._buffer).splitlines(keepends=True)]
        first = received[0] if received else b""
        if self._tls is None and looks_like_tls(first):
            facts = {"raw": b"".join(received)[:KEPT_BYTES], **facts}
            received = []
        known = {
            "stage": self._stage,
            "lines": tuple(_kept(received)),
            "security": self.server.security,
            "tls": self._tls is not None,
            "capabilities": self.capabilities,
        }
        return CheckFailed(Observation(**{**known, "kind": kind, **facts}))

    def probe_for_tls(self) -> bytes:
        """Send a ClientHello to a server that is silent; the TLS bytes that it answers, if any."""
        self.begin("greeting", PROBE_S)
        tls = TlsLayer(insecure_context(), self.server.host)
        tls.handshake()
        try:
            self._send(tls.pending())
            answer = self._receive()
        except CheckFailed:
            return b""
        return answer[:KEPT_BYTES] if looks_like_tls(answer) else b""

    def some(self) -> bytes:
        """What has come, at least a byte of it, for protocols that have no lines: it goes on record
        by ``heard``, once it is known what of it may be shown."""
        if not self._buffer:
            self._fill()
        return self._take(len(self._buffer))

    def heard(self, data: bytes) -> bytes:
        """The server said this: a line, or part of one."""
        self.lines.append(data)
        self._dialogue.received(data, tls=self._tls is not None)
        return data

    @property
    def unread(self) -> bytes:
        """Received, but not read yet."""
        return bytes(self._buffer)

    @property
    def tls_version(self) -> str | None:
        return self._tls.version if self._tls else None

    @property
    def presented_chain(self) -> list[bytes]:
        """The certificates that the server showed, its own first, as DER; trusted or not."""
        return self._tls.chain if self._tls else []

    @property
    def local_address(self) -> str:
        address: str = self._socket.getsockname()[0] if self._socket else ""
        return address

    def finish(self) -> None:
        """Close after the server's farewell: it closes first, then no reset cuts its words off.

        In TLS its close_notify is enough (RFC 8446 section 6.1): some servers end the TCP
        connection only after ours.
        """
        self.begin("connect", CLOSING_S)
        with contextlib.suppress(CheckFailed):
            while True:
                self._fill()
        self.close()

    # What imaplib and smtplib ask of a socket and its file.

    def readline(self, limit: int = -1) -> bytes:
        """The next line with its end; at most ``limit`` bytes of it."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0 and not 0 <= limit <= searched:
            searched = len(self._buffer)
            self._fill()
        if len(self.lines) >= MOST_LINES:
            raise self.failed("reply")
        size = end + 1 if end >= 0 else limit
        return self.heard(self._take(size if limit < 0 else min(size, limit)))

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes."""
        while len(self._buffer) < size:
            self._fill()
        return self.heard(self._take(size))

    def sendall(self, data: bytes) -> None:
        self._dialogue.sent(self._stage, data, tls=self._tls is not None)
        self._send(self._tls.encrypt(data) if self._tls else data)

    def makefile(self, _mode: Literal["rb"]) -> ClientConnection:
        return self

    def close(self) -> None:
        """Idempotent."""
        if self._socket is None:
            return
        if self._tls:
            with contextlib.suppress(CheckFailed):
                self._send(self._tls.farewell())
        if self._buffer and not looks_like_tls(self.unread):
            self.heard(self._take(KEPT_BYTES))
            self._buffer.clear()
        self._socket.close()
        self._socket = None
        self._happened("closed")

    # The wire.

    def _named(self, stage: str) -> Stage:
        if self._protocol == "oauth":
            return "oauth-token"  # all that is done there is one stage
        return cast("Stage", f"{self._protocol}-{stage}")

    @property
    def _where(self) -> str:
        return f"{self.server.host}:{self.server.port}"

    def _happened(self, what: str) -> None:
        self._dialogue.happened(what)

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _fill(self) -> None:
        before = len(self._buffer)
        while not self._unsealed() and len(self._buffer) == before:
            self._take_in()

    def _take_in(self) -> None:
        data = self._receive()
        if self._tls:
            self._tls.feed(data)
        else:
            self._buffer += data

    def _unsealed(self) -> bool:
        """Was there something of the protocol's own in the TLS records that have come?"""
        data = self._decrypt(self._tls) if self._tls else None
        if data is None:
            return False
        if not data:
            raise self.failed("eof")
        self._decrypted = True
        self._buffer += data
        return True

    def _decrypt(self, tls: TlsLayer) -> bytes | None:
        try:
            data = tls.decrypt()
        except ssl.SSLError as error:
            if not self._decrypted:
                # In TLS 1.3 the server checks the client's side after the client is done.
                self._stage = self._named("tls")
            raise self._tls_failed(error) from None
        self._send(tls.pending())
        return data

    def _receive(self) -> bytes:
        """The next bytes off the wire."""
        try:
            wire = self._connected()
            wire.settimeout(self._deadline.remaining())
            data = wire.recv(65536)
        except TimeoutError:
            raise self.failed("timeout") from None
        except OSError as error:
            raise self._lost(self._lost_by or error) from None
        if not data:
            raise self._lost(self._lost_by)
        self._received += len(data)
        if self._received > LONGEST_ANSWER:
            raise self.failed("reply")
        return data

    def _send(self, data: bytes) -> None:
        if not data:
            return
        try:
            wire = self._connected()
            wire.settimeout(self._deadline.remaining())
            wire.sendall(data)
        except TimeoutError:
            raise self.failed("timeout") from None
        except OSError as error:
            # The server may have said why before it closed: the next read finds out.
            self._lost_by = self._lost_by or error

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise OSError(errno.ENOTCONN, "closed")
        return self._socket

    def _lost(self, error: OSError | None) -> CheckFailed:
        if error is None or error.errno in (errno.EPIPE, errno.ENOTCONN):
            return self.failed("eof")
        return self.failed("reset", errno=error.errno)

    def _refuse_plain(self, raw: bytes) -> None:
        """After the OK to STARTTLS only TLS may follow: anything else was slipped in."""
        if self.server.security == "starttls" and not looks_like_tls(raw):
            self._stage = self._named("starttls")
            raise self.failed("injected", raw=raw)

    def _tls_failed(self, error: ssl.SSLError, raw: bytes = b"") -> CheckFailed:
        facts = facts_of(error)
        self._happened(f"no TLS: {facts.get('verify_message') or facts.get('tls_reason')}")
        if not looks_like_tls(raw):
            facts["raw"] = raw
        return self.failed(facts.pop("kind"), **facts)


def _kept(lines: list[bytes]) -> Iterator[bytes]:
    """As much of them as is evidence."""
    room = KEPT_IN_ALL
    for line in lines[:KEPT_LINES]:
        if room > 0:
            yield line[: min(room, KEPT_BYTES)]
        room -= len(line)
