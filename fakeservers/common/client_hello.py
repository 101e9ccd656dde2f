"""The host name that a client wants, read out of its ClientHello (RFC 8446, 4.1.2; RFC 6066, 3).

OpenSSL would tell it, too, but only once the versions and ciphers are agreed on, which are the
chosen mailbox's own.
"""

from __future__ import annotations

from typing import Final

from fakeservers.files.patterns import kept_regex

MOST_BYTES: Final = 65536
"""Of a ClientHello: one that is longer names nobody."""
_RECORD, _HANDSHAKE, _CLIENT_HELLO = 5, 0x16, 1
_LONGEST_RECORD: Final = 2**14 + 256
_SERVER_NAME = _HOST_NAME = 0
_HOST: Final = kept_regex(rb"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63}){0,126}\.?")
_LONGEST_HOST: Final = 254


def host_name(begun: bytes) -> str | None:
    """The name, in small letters; empty: it names none, or is no ClientHello; None: there is more
    to come."""
    message = b""
    while begun:
        if begun[0] != _HANDSHAKE:
            return ""
        length = int.from_bytes(begun[3:_RECORD])
        if len(begun) >= _RECORD and not 0 < length <= _LONGEST_RECORD:
            return ""
        message += begun[_RECORD : _RECORD + length]
        begun = begun[_RECORD + length :] if len(begun) >= _RECORD + length else b""
        whole = 4 + int.from_bytes(message[1:4])
        if (message and message[0] != _CLIENT_HELLO) or whole > MOST_BYTES:
            return ""
        if 4 <= len(message) >= whole:
            return _named(_Fields(message[4:whole]))
    return None


class _Fields:
    """What comes one after the other. Raises ValueError where there is less than it says."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, size: int) -> bytes:
        if size > len(self.rest):
            raise ValueError("too short")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def vector(self, length_bytes: int) -> bytes:
        """One that begins with its length (RFC 8446, 3.4)."""
        return self.take(int.from_bytes(self.take(length_bytes)))


def _named(hello: _Fields) -> str:
    try:
        hello.take(2 + 32)  # version, random
        for length_bytes in (1, 2, 1):  # session, ciphers, compressions
            hello.vector(length_bytes)
        extensions = _Fields(hello.vector(2) if hello.rest else b"")
        while extensions.rest:
            kind, content = int.from_bytes(extensions.take(2)), extensions.vector(2)
            if kind == _SERVER_NAME:
                return _host(_Fields(_Fields(content).vector(2)))
    except ValueError:
        pass
    return ""


def _host(names: _Fields) -> str:
    kind, name = names.take(1)[0], names.vector(2)
    fits = kind == _HOST_NAME and len(name) <= _LONGEST_HOST and _HOST.fullmatch(name)
    return name.decode("ascii").lower().removesuffix(".") if fits else ""
