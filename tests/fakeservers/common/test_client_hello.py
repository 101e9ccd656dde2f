"""The host name in a ClientHello, be it friendly or not."""

from __future__ import annotations

import ssl
import tracemalloc

import pytest

from fakeservers.common.client_hello import MOST_BYTES, host_name


def hello(name: str) -> bytes:
    """What OpenSSL sends first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def record(fragment: bytes) -> bytes:
    return b"\x16\x03\x01" + len(fragment).to_bytes(2) + fragment


def made(extension: bytes, kind: int = 0, body: bytes = b"") -> bytes:
    """A ClientHello of our own with one extension."""
    extensions = kind.to_bytes(2) + len(extension).to_bytes(2) + extension
    rest = body or b"\x03\x03" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0"
    message = rest + len(extensions).to_bytes(2) + extensions
    return b"\x01" + len(message).to_bytes(3) + message


def named(name: bytes, kind: int = 0) -> bytes:
    """The same with a host name."""
    one = bytes([kind]) + len(name).to_bytes(2) + name
    return made(len(one).to_bytes(2) + one)


def test_the_name_is_read_in_small_letters_whatever_the_packets_and_records() -> None:
    whole = hello("Expired.Tls.localhost")
    assert host_name(whole) == "expired.tls.localhost"
    assert all(host_name(whole[:end]) is None for end in range(len(whole)))
    message = whole[5:]
    split = b"".join(record(message[at : at + 7]) for at in range(0, len(message), 7))
    assert host_name(split) == "expired.tls.localhost"


@pytest.mark.parametrize(
    "name",
    [b"a\0b.localhost", b"", b"x" * 64, b"a." * 200, "bücher.localhost".encode(), b"../x", b"a b"],
)
def test_what_is_no_host_name_names_nobody(name: bytes) -> None:
    assert host_name(record(named(name))) == ""


def test_an_internationalized_name_is_its_letters() -> None:
    assert host_name(record(named(b"xn--bcher-kva.localhost"))) == "xn--bcher-kva.localhost"
    assert host_name(record(named(b"a.localhost."))) == "a.localhost"


@pytest.mark.parametrize(
    "data",
    [
        b"a1 LOGIN anna x\r\n",
        b"\x15\x03\x01\0\2\1\0",
        record(b"\x02\0\0\5hello"),
        b"\x16\x03\x01\xff\xff" + bytes(9),
        b"\x16\x03\x01\0\0",
        record(b"\x01" + (MOST_BYTES + 1).to_bytes(3)),
        record(named(b"a.localhost", kind=7)),
        record(made(b"\0\1\0")),
        record(made(b"", kind=5)),
        record(made(b"", body=b"\x03\x03")),
        record(b"\x01\0\0\0"),
    ],
)
def test_what_is_no_client_hello_names_nobody(data: bytes) -> None:
    assert host_name(data) == ""


def test_a_name_of_64_kb_is_no_name_and_takes_no_memory() -> None:
    message = named(b"x" * 60_000)
    flood = b"".join(record(message[at : at + 16_000]) for at in range(0, len(message), 16_000))
    tracemalloc.start()
    assert host_name(flood) == ""
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
