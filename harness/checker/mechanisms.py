"""The client's half of SASL exchanges (RFC 4422)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterator
from typing import Final

_Responses = list[Callable[[bytes], bytes]]


def plain_message(username: str, password: str) -> str:
    """RFC 4616 section 2."""
    return f"\0{username}\0{password}"


def _plain(username: str, password: str) -> _Responses:
    return [lambda _: plain_message(username, password).encode()]


def _login(username: str, password: str) -> _Responses:
    """draft-murchison-sasl-login: two questions, in this order whatever their words are."""
    return [lambda _: username.encode(), lambda _: password.encode()]


def _cram_md5(username: str, password: str) -> _Responses:
    """RFC 2195 section 2."""

    def respond(challenge: bytes) -> bytes:
        key, text = password.encode(), base64.b64decode(challenge)
        digest = hmac.new(key, text, "md5").hexdigest()
        return f"{username} {digest}".encode()

    return [respond]


MECHANISMS: Final[dict[str, Callable[[str, str], _Responses]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
}
"""In order of preference."""

CANCEL: Final = b"*"


class ClientExchange:
    """One attempt to log in by one mechanism; everything in base64, as on the wire."""

    def __init__(self, mechanism: str, username: str, password: str) -> None:
        self.mechanism = mechanism
        self._responses: Iterator[Callable[[bytes], bytes]] = iter(
            MECHANISMS[mechanism](username, password)
        )

    def initial_response(self) -> bytes | None:
        """What may be sent with the command; None: the server speaks first."""
        return self.answer(b"") if self.mechanism == "PLAIN" else None

    def answer(self, challenge: bytes | None) -> bytes:
        """The response to a challenge; one too many, or one that makes no sense, is cancelled."""
        respond = next(self._responses, None)
        if respond is None:
            return CANCEL
        try:
            return base64.b64encode(respond(challenge or b""))
        except binascii.Error:
            return CANCEL
