"""SASL from the server's side (RFC 4422): one exchange for each mechanism, without any I/O.

An adapter drives an exchange like this, whatever the protocol:

    exchange = MECHANISMS[name](secrets_of=accounts.secrets_of, hostname=hostname)
    step = exchange.start(decode_initial(argument))        # or start(None)
    while isinstance(step, Challenge):
        ... write "+ " or "334 " and step.data in base64, read a line ...
        step = exchange.respond(decode_response(line))
    ... step is Credentials: log in with them ...

A server that refuses a token sends the dialect's `oauth_challenge` first, reads one more line of
the client, whatever it says, and only then refuses (RFC 7628, section 3.2.3).

Everything here raises `SaslError` for what the client got wrong.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from fakeservers.files.patterns import kept_regex

_BASE64 = kept_regex(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")

SecretsOf = Callable[[str], tuple[str, ...]]
"""The clear passwords of a user name, most usual first; none for a stranger."""


class SaslError(Exception):
    """The client broke off (`*`, RFC 4422 section 3.5) or sent what the mechanism cannot read."""

    def __init__(
        self,
        reason: Literal["malformed", "cancelled"],
        where: Literal["initial-response", "response", "form"] = "form",
    ) -> None:
        super().__init__(reason)
        self.reason: Literal["malformed", "cancelled"] = reason
        self.where = where
        """What is malformed: the base64 of the initial or of a later response, or what it says."""


@dataclass(frozen=True)
class Credentials:
    """What a client claims. For CRAM-MD5 `secret` is the password that its digest proves, or ""."""

    username: str
    secret: str = field(repr=False)
    kind: Literal["password", "token"] = "password"


@dataclass(frozen=True)
class Challenge:
    """The server's turn: send these bytes, base64-encoded, and read a response."""

    data: bytes


SaslStep = Challenge | Credentials
"""Credentials: the client has said everything; whether it is true is for the accounts to say."""


def decode_response(line: bytes) -> bytes:
    """The bytes of a client's response line, its line end already removed.

    Raises:
        SaslError: `cancelled` for `*`; `malformed` for what is not base64 (RFC 4648, padded).
    """
    if line == b"*":
        raise SaslError("cancelled")
    if not _BASE64.fullmatch(line):  # Python takes any number of `=` at the end
        raise SaslError("malformed", "response")
    return base64.b64decode(line)


def decode_initial(argument: bytes) -> bytes:
    """The initial response on the command line, where `=` is the empty one (RFC 4959, RFC 4954).

    Raises SaslError as `decode_response` does.
    """
    try:
        return b"" if argument == b"=" else decode_response(argument)
    except SaslError as error:
        raise SaslError(error.reason, "initial-response") from None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SaslError("malformed") from None


class Exchange:
    """One attempt with one mechanism. `start` first, then `respond` until a step is Credentials."""

    client_first: ClassVar[bool] = True
    """Whether the mechanism allows an initial response."""

    def __init__(self, *, secrets_of: SecretsOf, hostname: str) -> None:
        self._secrets_of = secrets_of
        self._hostname = hostname

    def start(self, initial: bytes | None) -> SaslStep:
        """Begin, with the decoded initial response when there was one (`b""` counts as one)."""
        if initial is None:
            return Challenge(self.first_challenge())
        if not self.client_first:
            raise SaslError("malformed")
        return self.respond(initial)

    def first_challenge(self) -> bytes:
        return b""

    def respond(self, data: bytes) -> SaslStep:
        raise NotImplementedError


class Plain(Exchange):
    """RFC 4616: authorization identity NUL user name NUL password."""

    def respond(self, data: bytes) -> SaslStep:
        parts = data.split(b"\0")
        if len(parts) != 3 or not parts[1]:
            raise SaslError("malformed")
        identity, username, secret = map(_text, parts)
        if identity not in ("", username):
            # Nobody here may act for another: a name that no account has, as Dovecot writes it.
            username = f"{identity}*{username}"
        return Credentials(username, secret)


class Login(Exchange):
    """The undocumented but universal LOGIN (draft-murchison-sasl-login): name, then password."""

    _username: str | None = None

    def first_challenge(self) -> bytes:
        return b"Username:"

    def respond(self, data: bytes) -> SaslStep:
        if self._username is None:
            self._username = _text(data)
            return Challenge(b"Password:")
        return Credentials(self._username, _text(data))


class CramMd5(Exchange):
    """RFC 2195: the client proves the password by a digest keyed with it."""

    client_first = False
    _challenge: bytes = b""

    def first_challenge(self) -> bytes:
        stamp = f"{secrets.randbelow(10**10)}.{secrets.randbelow(10**10)}"
        self._challenge = f"<{stamp}@{self._hostname}>".encode()
        return self._challenge

    def respond(self, data: bytes) -> SaslStep:
        username, _, digest = _text(data).rpartition(" ")
        if not username or not re.fullmatch("[0-9a-f]{32}", digest):
            raise SaslError("malformed")
        for secret in self._secrets_of(username):
            expected = hmac.new(secret.encode(), self._challenge, hashlib.md5).hexdigest()
            if hmac.compare_digest(expected, digest):
                return Credentials(username, secret)
        return Credentials(username, "")


class XOAuth2(Exchange):
    """Google's and Microsoft's XOAUTH2: `user=…^Aauth=Bearer …^A^A`, where ^A is byte 1."""

    _form = kept_regex(rb"user=([^\x01]*)\x01auth=Bearer +([^\x01]+)\x01\x01", re.IGNORECASE)

    def respond(self, data: bytes) -> SaslStep:
        found = self._form.fullmatch(data)
        if not found:
            raise SaslError("malformed")
        username, token = map(_text, found.groups())
        return Credentials(username, token, "token")


class OAuthBearer(Exchange):
    """RFC 7628: a GS2 header with the user name, then key=value pairs with the bearer token.

    Without a user name in the header the token alone says who logs in: `username` is empty.
    """

    _header = kept_regex(rb"[ny],(?:a=([^,\x01]+))?,\x01((?:[A-Za-z]+=[^\x01]*\x01)*)\x01")
    _bearer = kept_regex(r"Bearer +(\S+)", re.IGNORECASE)

    def respond(self, data: bytes) -> SaslStep:
        found = self._header.fullmatch(data)
        if not found:
            raise SaslError("malformed")
        name = _text(found[1] or b"").replace("=2C", ",").replace("=3D", "=")
        pairs = dict(pair.split("=", 1) for pair in _text(found[2]).split("\x01") if pair)
        bearer = self._bearer.fullmatch(pairs.get("auth", ""))
        if not bearer:
            raise SaslError("malformed")
        return Credentials(name, bearer[1], "token")


MECHANISMS: dict[str, type[Exchange]] = {
    "PLAIN": Plain,
    "LOGIN": Login,
    "CRAM-MD5": CramMd5,
    "XOAUTH2": XOAuth2,
    "OAUTHBEARER": OAuthBearer,
}
"""Every mechanism there is, by the upper-case name under which servers list it."""
