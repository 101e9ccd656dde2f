"""Where connectors behind HTTP report their states: one listener on this machine for all lives, an
address for each that nobody guesses. A request of each connection (RFC 9112), in bounded memory."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import h11

from harness.connectors.connector import LONGEST_ANSWER, one_value
from harness.connectors.staying.hearing import Hearing

_HOST: Final = "127.0.0.1"
_MOST_HEADER_BYTES: Final = 16 * 1024
_READ_BYTES: Final = 65536
_LAST_BYTES_S: Final = 1.0
"""How long the rest of a refused request is read, so that its sender can read why."""


@dataclass(frozen=True)
class _Reply:
    status: HTTPStatus
    why: str = ""


_TAKEN: Final = _Reply(HTTPStatus.NO_CONTENT)


class _Refused(Exception):
    """What came is no request, or too much of one."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.reply = _Reply(status, why)


class ReportAddresses:
    """The listener, and who is heard at which address."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._opening = asyncio.Lock()
        self._lives: dict[str, Hearing] = {}
        self._serving: set[asyncio.Task[None]] = set()

    async def give(self, hearing: Hearing) -> str:
        """The address at which what is said is heard. Raises OSError where it cannot listen."""
        async with self._opening:
            if self._server is None:
                self._server = await asyncio.start_server(self._accepted, _HOST, 0)
        path = f"/{secrets.token_urlsafe(24)}"
        self._lives[path] = hearing
        port = self._server.sockets[0].getsockname()[1]
        return f"http://{_HOST}:{port}{path}"

    def take(self, address: str) -> None:
        """Nobody is heard there any more."""
        self._lives.pop(f"/{address.rpartition('/')[2]}", None)

    async def close(self) -> None:
        """Listen no more. Idempotent."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEADER_BYTES)
        try:
            with contextlib.suppress(OSError):
                try:
                    reply = await self._answer(parser, reader, writer)
                except _Refused as refused:
                    reply = refused.reply
                writer.write(_response(parser, reply))
                writer.write_eof()
                async with asyncio.timeout(_LAST_BYTES_S):
                    while parser.their_state is not h11.DONE and await reader.read(_READ_BYTES):
                        pass
        finally:
            writer.close()

    async def _answer(
        self, parser: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> _Reply:
        """Raises _Refused, OSError."""
        head = await _next(parser, reader)
        assert isinstance(head, h11.Request)
        hearing = self._lives.get(head.target.decode("latin-1"))
        if hearing is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "nobody is heard here: is that life over?")
        if head.method != b"POST":
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "expected a POST")
        if parser.they_are_waiting_for_100_continue:
            go_on = parser.send(h11.InformationalResponse(status_code=100, headers=[]))
            writer.write(go_on or b"")
        return _hear(await _body(parser, reader, hearing), hearing)


def _hear(body: bytes, hearing: Hearing) -> _Reply:
    """Hear states: an object, a list of objects, or one on each line. After the first that cannot
    be read none is heard."""
    if hearing.why:
        return _Reply(HTTPStatus.GONE, f"this life is over: {hearing.why}")
    if not body.strip():
        hearing.fail("said nothing; expected a state")
        return _Reply(HTTPStatus.BAD_REQUEST, hearing.why)
    try:
        whole = one_value(body, "what it sent")
    except ValueError as error:
        lines = body.splitlines()
        taken = all(map(hearing.text, lines)) if len(lines) > 1 else hearing.fail(str(error))
    else:
        hearing.weigh(body)
        taken = all(map(hearing.value, whole if isinstance(whole, list) else [whole]))
    return _TAKEN if taken else _Reply(HTTPStatus.BAD_REQUEST, hearing.why)


async def _body(parser: h11.Connection, reader: asyncio.StreamReader, hearing: Hearing) -> bytes:
    body = bytearray()
    while isinstance(part := await _next(parser, reader), h11.Data):
        body += part.data
        if len(body) > LONGEST_ANSWER:
            hearing.fail(f"said what is longer than {LONGEST_ANSWER} bytes")
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, hearing.why)
    return bytes(body)


async def _next(parser: h11.Connection, reader: asyncio.StreamReader) -> h11.Event:
    try:
        while (event := parser.next_event()) is h11.NEED_DATA:
            parser.receive_data(await reader.read(_READ_BYTES))
    except h11.RemoteProtocolError as error:
        raise _Refused(HTTPStatus(error.error_status_hint), f"no request: {error}") from None
    if isinstance(event, h11.ConnectionClosed):
        raise ConnectionError("it was closed before a request")
    assert not isinstance(event, type)
    return event


def _response(parser: h11.Connection, reply: _Reply) -> bytes:
    body = f"{reply.why}\n".encode(errors="backslashreplace") if reply.why else b""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
    if body:
        headers.append(("Content-Length", str(len(body))))
    head = parser.send(
        h11.Response(status_code=reply.status, headers=headers, reason=reply.status.phrase)
    )
    rest = parser.send(h11.Data(data=body)) if body else b""
    return (head or b"") + (rest or b"") + (parser.send(h11.EndOfMessage()) or b"")
