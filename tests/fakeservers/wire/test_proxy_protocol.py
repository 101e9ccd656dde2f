"""PROXY headers of both versions, whole, in pieces and malformed."""

import socket
import struct

import pytest

from fakeservers.wire.proxy_protocol import V2_SIGNATURE, MalformedHeader, parse_header

V1 = b"PROXY TCP4 203.0.113.7 127.0.0.1 4000 993\r\n"


def v2(family, source, destination, command=0x21):
    body = source + destination + struct.pack("!HH", 4000, 993)
    return V2_SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


V2_IPV4 = v2(0x11, socket.inet_aton("203.0.113.7"), socket.inet_aton("127.0.0.1"))
V2_IPV6 = v2(
    0x21, socket.inet_pton(socket.AF_INET6, "2001:db8::7"), socket.inet_pton(socket.AF_INET6, "::1")
)


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (V1, ("203.0.113.7", 4000)),
        (b"PROXY TCP6 2001:db8::7 ::1 4000 993\r\n", ("2001:db8::7", 4000)),
        (b"PROXY UNKNOWN\r\n", None),
        (V2_IPV4, ("203.0.113.7", 4000)),
        (V2_IPV6, ("2001:db8::7", 4000)),
        (v2(0x11, b"\0" * 4, b"\0" * 4, command=0x20), None),
    ],
)
def test_a_header_names_the_client_and_leaves_the_rest(header, client):
    assert parse_header(header + b"a1 NOOP\r\n") == (client, b"a1 NOOP\r\n")


@pytest.mark.parametrize("header", [V1, V2_IPV4, V2_IPV6])
def test_a_header_may_come_in_pieces(header):
    for cut in range(1, len(header)):
        assert parse_header(header[:cut]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"EHLO x\r\n",
        b"PROXY TCP4 203.0.113.7 127.0.0.1\r\n",
        b"PROXY TCP4 nowhere 127.0.0.1 1 2\r\n",
        b"PROXY " + b"x" * 200,
        V2_SIGNATURE + b"\x31\x11\x00\x0c" + b"\0" * 12,
        V2_SIGNATURE + b"\x21\x11\x00\x04" + b"\0" * 4,
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(MalformedHeader):
        parse_header(data)
