"""The PROXY protocol, versions 1 and 2: a first line or header that says who the client is.

https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt sections 2.1 and 2.2.
"""

from __future__ import annotations

import ipaddress
import struct

from fakeservers.wire.connection import Connection, ConnectionClosed

V2_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1_LONGEST = 107
_V2_FIXED = 16


class MalformedHeader(ValueError):
    """The bytes cannot be the beginning of a PROXY header."""


def parse_header(data: bytes) -> tuple[tuple[str, int] | None, bytes] | None:
    """The client's address (None: the proxy speaks for itself) and the bytes after the header.

    Returns None while the header is incomplete. Raises MalformedHeader.
    """
    if data[: len(V2_SIGNATURE)] == V2_SIGNATURE[: len(data)]:
        return _parse_v2(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _parse_v1(data)
    raise MalformedHeader("neither version 1 nor version 2")


def _parse_v1(data: bytes) -> tuple[tuple[str, int] | None, bytes] | None:
    line, end, rest = data.partition(b"\r\n")
    if not end:
        if len(data) > V1_LONGEST:
            raise MalformedHeader("version 1 line too long")
        return None
    words = line.decode("ascii", "replace").split(" ")
    if words[1:2] == ["UNKNOWN"]:
        return None, rest
    if len(words) != 6 or words[1] not in ("TCP4", "TCP6"):
        raise MalformedHeader("version 1 line not understood")
    return _address(words[2], words[4]), rest


def _parse_v2(data: bytes) -> tuple[tuple[str, int] | None, bytes] | None:
    if len(data) < _V2_FIXED:
        return None
    version_command, family, length = struct.unpack("!BBH", data[12:_V2_FIXED])
    if version_command >> 4 != 2:
        raise MalformedHeader("unknown version")
    if len(data) < _V2_FIXED + length:
        return None
    body, rest = data[_V2_FIXED : _V2_FIXED + length], data[_V2_FIXED + length :]
    size = {0x11: 4, 0x21: 16}.get(family)
    if version_command & 0x0F == 0 or size is None:
        return None, rest
    if length < 2 * size + 4:
        raise MalformedHeader("version 2 addresses cut short")
    (port,) = struct.unpack("!H", body[2 * size : 2 * size + 2])
    return (str(ipaddress.ip_address(body[:size])), port), rest


def _address(host: str, port: str) -> tuple[str, int]:
    try:
        return str(ipaddress.ip_address(host)), int(port)
    except ValueError:
        raise MalformedHeader("version 1 address not understood") from None


async def read_header(connection: Connection) -> None:
    """Take the header off a new connection, whose peer is then the client. Raises ConnectionClosed
    where there is none. Of the header only that is recorded: what else it has is anybody's."""
    data = b""
    while True:
        data += await connection.read_unrecorded()
        try:
            parsed = parse_header(data)
        except MalformedHeader as error:
            connection.transcript.note(f"PROXY header refused: {error}")
            await connection.close()
            raise ConnectionClosed("malformed PROXY header") from error
        if parsed:
            client, rest = parsed
            connection.peer = client or connection.peer
            connection.transcript.note(f"a PROXY header names the client: {connection.peer[0]}")
            connection.push_back(rest)
            return
