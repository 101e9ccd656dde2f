"""The client that both servers meet: it follows a script and notes each line of the dialogue."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

DEADLINE_S = 20.0
"""For one reply. A server that says nothing for so long is a failure of the lab, not a finding."""
STAYS_OPEN_S = 2.0
"""A server that has not closed by then is taken to leave the connection open."""

Protocol = Literal["imap", "smtp"]


class LabError(Exception):
    """The lab itself failed: the server did not start, or fell silent."""


@dataclass(frozen=True)
class Handshake:
    """Begin TLS now."""


@dataclass(frozen=True)
class UntilClosed:
    """Read all that comes until the server closes, and note how."""


@dataclass(frozen=True)
class Crowd:
    """Open so many connections more and leave them open."""

    size: int


@dataclass(frozen=True)
class ShutDown:
    """Tell the real server to end; the fake has a rule instead."""


@dataclass(frozen=True)
class Unread:
    """Send a line whose answer is not waited for; as the first step, before any greeting."""

    line: str


@dataclass(frozen=True)
class Pipelined:
    """Send all these lines at once, then read a reply to each."""

    lines: tuple[str, ...]


TLS, CLOSED = Handshake(), UntilClosed()
Step = str | Handshake | UntilClosed | Crowd | ShutDown | Unread | Pipelined
"""A string is a line to send, the reply to which is read. The greeting is read by itself."""


@dataclass(frozen=True)
class Address:
    """Where a server is reached, from which address, and whom its certificate must convince."""

    port: int
    host: str = "127.0.0.1"
    source: str = "127.0.0.1"
    ca_file: str = ""
    verified: bool = True
    """Whether the certificate must convince at all."""
    shut_down: Callable[[], None] | None = None


class _Over(Exception):
    """The dialogue cannot go on."""


@dataclass
class Client:
    """One connection. `lines` is the dialogue: `C:`, `S:`, and `*` for what is no line."""

    address: Address
    protocol: Protocol
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._unread = b""
        self._tag = ""
        self._sock = self._connect()
        self._others: list[socket.socket] = []

    def _connect(self) -> socket.socket:
        source = (self.address.source, 0)
        to = (self.address.host, self.address.port)
        return socket.create_connection(to, DEADLINE_S, source)

    def close(self) -> None:
        for sock in (self._sock, *self._others):
            sock.close()

    @property
    def was_let_in(self) -> bool:
        """The server has greeted it, and not in order to refuse it."""
        said = next((line for line in self.lines if line.startswith("S: ")), "")
        return said.startswith(("S: 220", "S: * OK"))

    def run(self, steps: tuple[Step, ...]) -> None:
        """Follow the script until its end or the end of the connection."""
        try:
            if steps[:1] == (TLS,):
                self._handshake()
                steps = steps[1:]
            if not (steps and isinstance(steps[0], Unread)):
                self._reply()
            for step in steps:
                self._step(step)
        except _Over as over:
            self.lines.append(f"* {over}")

    def _step(self, step: Step) -> None:
        if isinstance(step, Handshake):
            self._handshake()
        elif isinstance(step, UntilClosed):
            self._until_closed()
        elif isinstance(step, Crowd):
            for _ in range(step.size):
                other = self._connect()
                self._others.append(other)
                other.recv(1)  # greeted: it counts
        elif isinstance(step, ShutDown):
            if self.address.shut_down:
                self.address.shut_down()
        elif isinstance(step, Unread):
            self._send(step.line)
        elif isinstance(step, Pipelined):
            self._send("\r\n".join(step.lines))
            for _ in step.lines:
                self._reply()
        else:
            self._send(step)
            self._reply()

    def _send(self, line: str) -> None:
        self.lines += [f"C: {part}" for part in line.split("\r\n")]
        if self.protocol == "imap" and re.match(r"\w+ \S", line):
            self._tag = line.split()[0]
        try:
            self._sock.sendall(line.encode("latin-1") + b"\r\n")
        except ConnectionError:
            raise _Over("the server has reset the connection") from None
        except ssl.SSLEOFError:
            raise _Over("the server has closed the connection") from None

    def _handshake(self) -> None:
        context = ssl.create_default_context(cafile=self.address.ca_file or None)
        if not self.address.verified:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            self._sock = context.wrap_socket(
                self._sock, server_hostname="127.0.0.1", suppress_ragged_eofs=False
            )
        except ssl.SSLCertVerificationError as error:
            raise _Over(f"certificate refused: {error.verify_message}") from None
        except ssl.SSLError as error:
            raise _Over(f"TLS failed: {error.reason}") from None
        except ConnectionResetError:
            raise _Over("TLS failed: reset") from None
        self.lines.append("* TLS established")

    def _reply(self) -> None:
        """Read up to the line that ends a reply."""
        while True:
            line = self._line()
            self.lines.append(f"S: {line}")
            if self.protocol == "smtp" and re.match(r"\d{3}( |$)", line):
                return
            if self.protocol == "imap" and not self._tag:
                return  # the greeting
            if self.protocol == "imap" and re.match(rf"({re.escape(self._tag)} |\+)", line):
                return

    def _until_closed(self) -> None:
        self._sock.settimeout(STAYS_OPEN_S)
        while True:
            self.lines.append(f"S: {self._line(patient=False)}")

    def _line(self, *, patient: bool = True) -> str:
        while b"\n" not in self._unread:
            data = self._receive(patient)
            if not data.rstrip(b"\x00"):
                continue
            if (
                not self._unread
                and data[:1] == b"\x15"
                and not isinstance(self._sock, ssl.SSLSocket)
            ):
                self.lines.append("* the server sends a TLS alert in cleartext")
                continue
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return line.removesuffix(b"\r").decode("latin-1")

    def _receive(self, patient: bool) -> bytes:
        try:
            data = self._sock.recv(65536)
        except TimeoutError:
            if patient:
                raise LabError(f"no reply in {DEADLINE_S} s; so far: {self.lines}") from None
            raise _Over("the server leaves the connection open") from None
        except ssl.SSLEOFError:
            raise _Over("the server closes (FIN without a TLS goodbye)") from None
        except ConnectionResetError:
            raise _Over("the server resets the connection (RST)") from None
        except ssl.SSLError as error:
            raise _Over(f"what comes is no TLS: {error.reason}") from None
        if not data:
            raise _Over("the server closes (FIN)")
        return data


@contextlib.contextmanager
def connected(address: Address, protocol: Protocol) -> Iterator[Client]:
    """A client that is closed at the end."""
    client = Client(address, protocol)
    try:
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def held(address: Address, protocol: Protocol, steps: tuple[Step, ...]) -> Iterator[None]:
    """A connection of another client, open for as long as the block runs. It is tried until the
    server lets it in, which may not have noticed yet that those before it are gone."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        with connected(address, protocol) as client:
            client.run(steps)
            if client.was_let_in:
                yield
                return
    raise LabError(f"no connection was let in in {DEADLINE_S} s")
