"""What checking IMAP and checking SMTP have in common: opening a server, logging in (the client's
half of SASL exchanges, RFC 4422), and leaving."""

from __future__ import annotations

import base64
import binascii
import hmac
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from harness.checker.client_connection import ClientConnection
from harness.checker.record import CheckFailed

_Responses = list[Callable[[bytes], bytes]]


@dataclass(frozen=True)
class ClientLogin:
    """What one logs in with. ``secret``: the password or, where it is ``by_token``, the access
    token."""

    username: str
    secret: str = field(repr=False)
    by_token: bool = False


def plain_message(username: str, password: str) -> str:
    """RFC 4616 section 2."""
    return f"\0{username}\0{password}"


def _plain(login: ClientLogin) -> _Responses:
    return [lambda _: plain_message(login.username, login.secret).encode()]


def _login(login: ClientLogin) -> _Responses:
    """draft-murchison-sasl-login: two questions, in this order whatever their words are."""
    return [lambda _: login.username.encode(), lambda _: login.secret.encode()]


def _cram_md5(login: ClientLogin) -> _Responses:
    """RFC 2195 section 2."""

    def respond(challenge: bytes) -> bytes:
        key, text = login.secret.encode(), base64.b64decode(challenge)
        digest = hmac.new(key, text, "md5").hexdigest()
        return f"{login.username} {digest}".encode()

    return [respond]


def _xoauth2(login: ClientLogin) -> _Responses:
    """https://developers.google.com/gmail/imap/xoauth2-protocol: after the server's reasons for a
    refusal it waits for an empty response."""
    message = f"user={login.username}\x01auth=Bearer {login.secret}\x01\x01"
    return [lambda _: message.encode(), lambda _: b""]


def _oauthbearer(login: ClientLogin) -> _Responses:
    """RFC 7628 section 3.1; 3.2.3: after the server's reasons it waits for one byte, 1."""
    name = login.username.replace("=", "=3D").replace(",", "=2C")
    message = f"n,a={name},\x01auth=Bearer {login.secret}\x01\x01"
    return [lambda _: message.encode(), lambda _: b"\x01"]


MECHANISMS: Final[dict[str, Callable[[ClientLogin], _Responses]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
}
"""For a password, in order of preference."""
TOKEN_MECHANISMS: Final[dict[str, Callable[[ClientLogin], _Responses]]] = {
    "XOAUTH2": _xoauth2,
    "OAUTHBEARER": _oauthbearer,
}
"""For an access token."""
_CLIENT_FIRST: Final = {"PLAIN", *TOKEN_MECHANISMS}

CANCEL: Final = b"*"


def mechanisms_for(login: ClientLogin) -> dict[str, Callable[[ClientLogin], _Responses]]:
    """Those that carry this, in order of preference."""
    return TOKEN_MECHANISMS if login.by_token else MECHANISMS


class ClientExchange:
    """One attempt to log in by one mechanism; everything in base64, as on the wire."""

    def __init__(self, mechanism: str, login: ClientLogin) -> None:
        self.mechanism = mechanism
        self._responses: Iterator[Callable[[bytes], bytes]] = iter(
            mechanisms_for(login)[mechanism](login)
        )

    def initial_response(self) -> bytes | None:
        """What may be sent with the command; None: the server speaks first."""
        return self.answer(b"") if self.mechanism in _CLIENT_FIRST else None

    def answer(self, challenge: bytes | None) -> bytes:
        """The response to a challenge; one too many, or one that makes no sense, is cancelled."""
        respond = next(self._responses, None)
        if respond is None:
            return CANCEL
        try:
            return base64.b64encode(respond(challenge or b""))
        except binascii.Error:
            return CANCEL


class Visit(ABC):
    """One connection to one server, protocol included.

    ``own_words``: lines in which the server tells what software it is.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.own_words: list[bytes] = []

    def open(self, context: ssl.SSLContext) -> None:
        """Connect, secure the connection as typed, and be greeted. Raises CheckFailed."""
        security = self.connection.server.security
        self.connection.connect()
        if security == "implicit-tls":
            self.connection.start_tls(context)
        try:
            self.greet()
        except CheckFailed as failed:
            raise self._probed(failed) from None
        if security == "starttls":
            self.start_tls(context)

    def leave(self, failed: CheckFailed | None = None) -> bool:
        """Close, politely where the protocol's state allows; False: the farewell failed."""
        try:
            if failed is None or self.may_say_goodbye(failed):
                return self.say_goodbye()
            return True
        finally:
            self.connection.close()

    @abstractmethod
    def greet(self) -> None:
        """Read the greeting."""

    @abstractmethod
    def start_tls(self, context: ssl.SSLContext) -> None:
        """The STARTTLS command, the handshake, and what has to be asked again after it."""

    @abstractmethod
    def may_say_goodbye(self, failed: CheckFailed) -> bool:
        """Does the server wait for the next command after this failure?"""

    @abstractmethod
    def say_goodbye(self) -> bool:
        """Take leave, in a short time; False: the server did not answer as it should."""

    def ask(self, stage: str, call: Callable[[], object]) -> None:
        """Something is asked of the server through a library. Raises CheckFailed where nothing
        comes back; whatever the library makes of the server's lines, our own record decides."""
        self.connection.begin(stage)
        try:
            call()
        except CheckFailed:
            raise
        except Exception:
            pass

    def _probed(self, failed: CheckFailed) -> CheckFailed:
        """A server silent on a connection without TLS may be waiting for TLS to begin."""
        seen = failed.observation
        if seen.kind != "timeout" or seen.tls or seen.lines or seen.raw:
            return failed
        return CheckFailed(replace(seen, raw=self.connection.probe_for_tls()))
