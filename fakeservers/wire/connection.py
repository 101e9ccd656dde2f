"""The wire: one accepted socket, its TLS, the pace of what is sent, its end, its transcript.

TLS is an `SSLObject` between memory buffers: alerts of a failed handshake reach the client
(asyncio's own TLS sends none), STARTTLS is implicit TLS that begins later, and faults can strike
inside the handshake. Reading is done on demand only, so while a fault waits, input waits too.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from fakeservers.wire.listeners import far_end, hear_ends_only, hear_everything
from fakeservers.wire.outdated import SilentContext, without_renegotiation_info
from fakeservers.wire.transcript import Transcript
from fakeservers.wire.turns import CHUNK_BYTES, Pace, Turns, some_lines

READ_BYTES = 16384
"""How much is read at once."""
_ESTABLISHED = 1
"""The state of a TCP connection that neither end has closed, in the kernel's numbers."""
REACTION_S = 1.0
"""How long a client that is turned away inside TLS may take to show that it has heard why."""
LEFT_S = 0.25
"""How often to look whether somebody has left to whom nothing gets through."""
LINGER_S = 2.0
"""How long an orderly close waits for the client's own end before the socket is given up."""
_LENGTH_KNOWN = 9
"""Bytes of a handshake: the header of the record (RFC 8446, 5.1), that of the message (4)."""


def _hello_bytes(begun: bytes) -> int:
    """How long a ClientHello is, by what has come in of it; 0 where it is none."""
    hello = begun[:1] == b"\x16" and begun[5:6] == b"\x01"
    return 4 + int.from_bytes(begun[6:_LENGTH_KNOWN]) if hello else 0


def _at_its_end(sock: socket.socket) -> bool:
    """Whether there is nothing more to be read from a socket."""
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class ConnectionClosed(Exception):
    """The connection is over: closed, reset or lost, by either side."""


@dataclass
class _Tls:
    """One TLS connection between two memory buffers."""

    context: ssl.SSLContext
    incoming: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    outgoing: ssl.MemoryBIO = field(default_factory=ssl.MemoryBIO)
    object: ssl.SSLObject = field(init=False)

    def __post_init__(self) -> None:
        self.object = self.context.wrap_bio(self.incoming, self.outgoing, server_side=True)


class Connection:
    """One accepted connection; see the module's docstring.

    `on_client_hello` is awaited when the first bytes of a handshake are there, and
    `on_tls_established` once it is done: the moments of the events `tls` and `tls-established`.
    """

    def __init__(
        self,
        sock: socket.socket,
        transcript: Transcript,
        tls_context: Callable[[], ssl.SSLContext],
        *,
        peer: tuple[str, int],
    ) -> None:
        self.peer = peer
        self.transcript = transcript
        self.pace = Pace()
        self.turns = Turns()
        """To be told of all work that may be long; it is, of all that is read and written."""
        self.on_hello_bytes: Callable[[bytes], Awaitable[bool]] | None = None
        """Is awaited before that, with all that is there of a ClientHello; False: it wants more."""
        self.on_client_hello: Callable[[], Awaitable[None]] | None = None
        self.on_tls_established: Callable[[], Awaitable[None]] | None = None
        self._context = tls_context
        self._tls: _Tls | None = None
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self.read_bytes = 0
        """How much the client has said, decrypted."""
        self._unread = b""
        self._pieces: Iterator[bytes] = iter(())
        """What was read, and is yet to be recorded."""
        self._closed = False
        self._says = 0
        """How many are at saying something."""
        self.mute = False
        """Whether the server says nothing more, though it has not ended it."""
        self.deaf = self._far_end_seen = False
        """Whether nothing gets through any more; see `deafen`."""

    @property
    def reachable(self) -> bool:
        """Whether something can still be done to the client."""
        return not (self._closed or self.deaf)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is half said, and something else may be said now."""
        return not (self._says or self.mute or self._closed)

    @contextlib.contextmanager
    def saying(self) -> Iterator[None]:
        """Around what is written in several pieces, with nothing else in between."""
        self._says += 1
        try:
            yield
        finally:
            self._says -= 1

    def present(self, tls_context: Callable[[], ssl.SSLContext]) -> None:
        """A handshake from now on is answered with this."""
        self._context = tls_context

    @property
    def tls_active(self) -> bool:
        """Whether bytes are encrypted now."""
        return self._tls is not None

    async def read(self) -> bytes:
        """The next bytes from the client, decrypted. Raises ConnectionClosed at its end."""
        data = next(self._pieces, b"")
        if not data:
            self._pieces = some_lines(await self.read_unrecorded())
            data = next(self._pieces)
        await self.turns.work(0, on_lines=data.count(b"\n"))
        self.read_bytes += len(data)
        self.transcript.received(data, tls=self.tls_active)
        return data

    async def read_unrecorded(self) -> bytes:
        """The same, of what is not the client's word, or will be read again."""
        await self.turns.work()
        data = await self._read_tls(self._tls) if self._tls else await self._receive()
        if not data:
            self.transcript.end("client", "FIN")
            raise ConnectionClosed("closed by the client")
        return data

    def push_back(self, data: bytes) -> None:
        """Give back bytes that were read ahead; they are read again first (cleartext only)."""
        self._unread = data + self._unread

    async def write(self, data: bytes) -> None:
        """Send; returns when the kernel has it. Raises ConnectionClosed when nobody is there."""
        with self.saying():
            await self._write(data)

    async def _write(self, data: bytes) -> None:
        allowed, then = self.pace.take(data)
        if self.client_has_left:
            self.transcript.breaks_off()
        for number, piece in enumerate(some_lines(allowed)):
            await self.turns.work(0, on_lines=piece.count(b"\n"))
            self.transcript.sent(piece, tls=self.tls_active, goes_on=number > 0)
        async for piece in self.pace.pieces(allowed):
            await self.turns.work(on_bytes=len(piece))
            await self._send(piece)
        if then == "hang":
            await self.hang()
        if then == "close":
            await self.close()
            raise ConnectionClosed("dropped by a rule")

    async def start_tls(self) -> None:
        """The server's side of a handshake. Raises ConnectionClosed when it fails; the alert that
        says why has reached the client by then."""
        self._pieces = iter(())  # cleartext behind STARTTLS
        hello = await self._receive()
        if not hello:
            self.transcript.end("client", "FIN")
            raise ConnectionClosed("closed by the client before the handshake")
        while len(hello) < _LENGTH_KNOWN and (more := await self._receive()):
            hello += more
        if self.on_hello_bytes:
            while not await self.on_hello_bytes(hello) and (more := await self._receive()):
                hello += more
        self.transcript.tls, self.transcript.hello_bytes = "hello", _hello_bytes(hello)
        if self.on_client_hello:
            await self.on_client_hello()
        tls = _Tls(self._context())
        tls.incoming.write(hello)
        try:
            await self._handshake(tls)
        except ssl.SSLError as error:
            self.transcript.note(f"TLS handshake failed: {error.reason or error}")
            await self._flush(tls)
            await self.close()
            raise ConnectionClosed("the handshake failed") from error
        self._tls = tls
        self.transcript.began_tls(tls.object.version())
        if self.on_tls_established:
            await self.on_tls_established()

    @property
    def client_has_left(self) -> bool:
        """Whether the client's end is closed, be it not read yet (Linux: TCP_INFO; elsewhere that
        is seen once everything before it is read)."""
        if self._closed or (self._far_end_seen and far_end(self._sock) != _ESTABLISHED):
            return True
        if not hasattr(socket, "TCP_INFO"):
            return _at_its_end(self._sock)
        return self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED

    async def hang(self) -> None:
        """Say nothing, read and drop what comes, until the client leaves. Always raises."""
        self.mute = True
        self.transcript.note("the server says nothing more")
        while True:
            await self.read()

    async def end_tls(self) -> None:
        """End TLS in order, and nothing else (RFC 8446, 6.1): the TCP connection stays, and nothing
        more is said on it until the client leaves. Always raises."""
        self.mute = True
        self._unwrap()
        if self._tls:
            await self._flush(self._tls)
        self.transcript.note("the server has ended TLS, and says nothing more")
        while await self._receive():
            await self.turns.work()
        self.transcript.end("client", "FIN")
        raise ConnectionClosed("closed by the client")

    def deafen(self) -> None:
        """As behind a NAT that has forgotten the connection (RFC 5382, 5): from now on nothing that
        the client sends gets through, so that not even TCP answers, be it data or keep-alive (RFC
        9293, 3.8.4). That it leaves is seen all the same: `await_end`."""
        self.mute = self.deaf = True
        self._far_end_seen = far_end(self._sock) == _ESTABLISHED
        self.transcript.note("nothing gets through any more")
        hear_ends_only(self._sock)

    async def await_end(self) -> None:
        """Say nothing until a client has left to whom nothing gets through. Always raises."""
        while not self.client_has_left:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEFT_S):
                    await self._receive()  # what had come before; or the end
        self.transcript.end("client", "FIN")
        self._closed = True
        hear_everything(self._sock)
        self._sock.close()
        raise ConnectionClosed("the client has left")

    async def close(self, *, close_notify: bool = True) -> None:
        """End in order: close_notify, unless it is left out, and FIN; then drain what the client
        still sends, because closing with unread bytes would send RST instead. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self.transcript.end("server", "FIN")
        try:
            with contextlib.suppress(OSError, ConnectionClosed, TimeoutError):
                await self._say_goodbye(close_notify=close_notify)
        finally:
            self._sock.close()

    async def _say_goodbye(self, *, close_notify: bool) -> None:
        if self._tls and self.transcript.at_greeting:
            await self._wait_for_reaction()
        if close_notify:
            self._unwrap()
        async with asyncio.timeout(LINGER_S):
            if self._tls:
                await self._flush(self._tls)  # waits where the client does not read
            try:
                self._sock.shutdown(socket.SHUT_WR)
                while await self._loop.sock_recv(self._sock, CHUNK_BYTES):
                    await self.turns.work()
            except OSError:  # it is reset already, or now
                if not self._tls:  # there it may be close_notify that nobody read
                    self.transcript.breaks_off()

    def _unwrap(self) -> None:
        """Have close_notify sent with the next flush."""
        if self._tls:
            with contextlib.suppress(ssl.SSLError):
                self._tls.object.unwrap()

    async def _wait_for_reaction(self) -> None:
        """Let the client hear a greeting out before TLS is ended. One that leaves unread bytes
        behind resets the connection: later, those may be no more than close_notify."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REACTION_S):
                try:
                    await self._loop.sock_recv(self._sock, CHUNK_BYTES)
                except OSError:
                    self.transcript.breaks_off()

    def reset(self) -> None:
        """Break off with RST. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self.transcript.end("server", "RST")
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def abandon(self) -> None:
        """Give the socket up at once: the mailbox itself is going away. Idempotent."""
        self._closed = True
        self._sock.close()

    async def _receive(self) -> bytes:
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        try:
            return await self._loop.sock_recv(self._sock, READ_BYTES)
        except (ConnectionError, OSError) as error:
            raise self._lost() from error

    async def _send(self, data: bytes) -> None:
        if not self._tls:
            return await self._send_raw(data)
        try:
            self._tls.object.write(data)
        except ssl.SSLError as error:
            raise ConnectionClosed("the TLS connection is over") from error
        await self._flush(self._tls)

    async def _send_raw(self, data: bytes) -> None:
        try:
            await self._loop.sock_sendall(self._sock, data)
        except (ConnectionError, OSError) as error:
            raise self._lost() from error

    def _lost(self) -> ConnectionClosed:
        self.transcript.breaks_off()
        self.transcript.end("client", "RST")
        return ConnectionClosed("reset by the client")

    async def _flush(self, tls: _Tls) -> None:
        if tls.outgoing.pending:
            data, first = tls.outgoing.read(), self.transcript.tls == "hello"
            if first and isinstance(tls.context, SilentContext):
                data = without_renegotiation_info(data)
            await self._send_raw(data)
            if first:
                self.transcript.tls = "answered"

    async def _handshake(self, tls: _Tls) -> None:
        while True:
            try:
                tls.object.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush(tls)
                await self._feed(tls)
            else:
                return await self._flush(tls)

    async def _feed(self, tls: _Tls) -> None:
        await self.turns.work()
        data = await self._receive()
        if data:
            tls.incoming.write(data)
        else:
            tls.incoming.write_eof()

    async def _read_tls(self, tls: _Tls) -> bytes:
        while True:
            try:
                return tls.object.read(CHUNK_BYTES)
            except ssl.SSLWantReadError:
                await self._flush(tls)
                await self._feed(tls)
            except ssl.SSLError as error:
                if not isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError):
                    self.transcript.note(f"TLS: {error.reason or error}")
                return b""
