"""One HTTP request of a connection (RFC 9112), read in bounded memory; the only module that imports
h11."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import h11

MOST_HEADER_BYTES: Final = 16 * 1024
MOST_BODY_BYTES: Final = 1024 * 1024
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_HEADERS_TOO_LARGE: Final = 431


class Unacceptable(Exception):
    """What came is no request, or too much of one. `reply`: the dialect's to it."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(frozen=True)
class HttpRequest:
    """A whole request."""

    method: str
    path: str
    """Without the query."""
    query: str
    """What stands behind the question mark, if there is one."""
    headers: dict[str, str]
    """By their names in small letters; of several fields of a name, the last."""
    body: bytes


class Asking(Protocol):
    """Where a request comes from."""

    async def read(self) -> bytes:
        """The next bytes of it. Raises ConnectionClosed at its end."""

    async def write(self, data: bytes) -> None:
        """What it has to be told first."""


async def read_request(connection: Asking) -> HttpRequest:
    """The first request. Raises Unacceptable, ConnectionClosed."""
    parser = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEADER_BYTES)
    head = await _next(parser, connection)
    assert isinstance(head, h11.Request)
    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    announced = headers.get("content-length", "0")
    if int(announced) > MOST_BODY_BYTES:
        raise Unacceptable("content-too-large")
    if parser.they_are_waiting_for_100_continue:
        await connection.write(_CONTINUE)
    body = bytearray()
    while isinstance(part := await _next(parser, connection), h11.Data):
        body += part.data
        if len(body) > MOST_BODY_BYTES:
            raise Unacceptable("content-too-large")
    path, _, query = head.target.decode("latin-1").partition("?")
    return HttpRequest(head.method.decode(), path, query, headers, bytes(body))


async def _next(parser: h11.Connection, connection: Asking) -> h11.Event:
    try:
        while (event := parser.next_event()) is h11.NEED_DATA:
            parser.receive_data(await connection.read())
    except h11.RemoteProtocolError as error:
        too_large = error.error_status_hint == _HEADERS_TOO_LARGE
        raise Unacceptable("headers-too-large" if too_large else "bad-request") from None
    assert not isinstance(event, type)
    return event
