"""The relay of an authorization server: one request of HTTP (RFC 9112) and its answer on each
connection. Of an answer that gives tokens nothing is kept; of one that refuses them, its words."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import parse_qsl, unquote_plus

import h11

from fakeservers.oauth.http_request import HttpRequest, Unacceptable, read_request
from harness.contract.masking import Masking
from harness.recording.relay import Relay, Upstream
from harness.reproducing.credentials import token_secrets
from harness.reproducing.dialogue import Happening
from harness.reproducing.making.token_rule import TokenRefusal

KEPT_BYTES: Final = 64 * 1024
"""How much of a body is kept; all of it is passed on."""
_OF_THE_CONNECTION: Final = frozenset((
    "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te",
    "transfer-encoding",
))  # fmt: skip
"""What is said anew to the real server: for whom it is, and that words are to come as they are."""
_NO_SECRETS: Final = frozenset((
    "audience", "client_assertion_type", "client_id", "grant_type", "redirect_uri",
    "requested_token_type", "resource", "response_type", "scope", "username",
))  # fmt: skip
"""Parameters of OAuth (RFC 6749, 7521, 8693) whose values prove nothing. Any other may."""
_HTTPS: Final = 443
_SHORTEST: Final = 6
"""A value that proves something has so many characters."""
_SECRET_WORDS: Final = ("token", "secret", "code", "assertion", "password")
_OVER: Final = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)
_NEITHER: Final = ("token_type", "error_codes", "issued_token_type", "expires_in")


@dataclass
class _Heard:
    """The client's end, whose request is taken down as it comes."""

    relay: TokenRelay

    async def read(self) -> bytes:
        data = await self.relay.connection.read()
        self.relay.heard(data)
        return data

    async def write(self, data: bytes) -> None:
        await self.relay.connection.write(data)


@dataclass
class TokenRelay(Relay):
    """One connection to an authorization server."""

    client_id: str = ""
    """What the application calls itself."""
    issued: bool = False
    """Whether a token was given."""
    refusal: TokenRefusal | None = None
    """What was said in place of a token."""
    _asks: bool = False

    @property
    def decides(self) -> bool:
        """Whether a token was asked for, or nobody there could be asked."""
        return self._asks or "tls" not in self._happenings

    @property
    def ended(self) -> Happening:
        """How the connection to the real server ended."""
        last = self._happenings[-1]
        return "tls-error" if last == "reset" and "tls" not in self._happenings else last

    @property
    def _happenings(self) -> list[Happening]:
        return [cast("Happening", said.text) for said in self.said if said.direction == "*"]

    def heard(self, data: bytes) -> None:
        """The client says this."""
        self._record.received(data, tls=False)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(_Heard(self))
        except Unacceptable:
            return  # no authorization server is bothered with it
        self._learn(request)
        self._asks = request.method == "POST" and request.path == self.upstream.path
        http = h11.Connection(h11.CLIENT)
        await self._ask(writer, _anew(http, request, self.upstream))
        await self._answered(http, reader)

    def _learn(self, request: HttpRequest) -> None:
        """What of a request is secret, and who asks."""
        fields = dict(parse_qsl(f"{request.query}&{request.body.decode('utf-8', 'replace')}"))
        name, *proofs = _basic(request.headers.get("authorization", ""))
        self.client_id = fields.get("client_id") or name
        if "username" in fields:
            self.credentials.users.add(fields["username"])
        values = [value for key, value in fields.items() if key not in _NO_SECRETS]
        self._hide([*proofs, *(value for value in values if len(value) >= _SHORTEST)])

    def _hide(self, secrets: list[str]) -> None:
        self.credentials.secrets.update(filter(None, secrets))
        Masking(self.credentials.secrets).hold_for(self._record)

    async def _answered(self, http: h11.Connection, reader: asyncio.StreamReader) -> None:
        """Pass the answer on as it comes, its end once it is known what it says."""
        head: h11.Response | None = None
        body, raw, goes_on = bytearray(), bytearray(), True
        while goes_on:
            if (data := await self._answer(reader)) is None:
                return
            raw += data[: KEPT_BYTES - len(raw)]
            for event in _events(http, data):
                if isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)[: KEPT_BYTES - len(body)]
            goes_on = bool(data) and http.their_state not in _OVER
            if not goes_on:
                self._ended(head, bytes(body), bytes(raw))
            if data:
                await self.connection.write(data)

    def _ended(self, head: h11.Response | None, body: bytes, raw: bytes) -> None:
        text = (body if head else raw).decode("utf-8", "replace")
        said = _json(text)
        self._hide([*_secrets_in(said), *token_secrets(text)])
        self._record.sent(raw, tls=False)
        if not raw:
            self._happened("closed")
        if head is None or not self._asks:
            return
        self.issued = head.status_code == 200 and isinstance(said.get("access_token"), str)
        if not self.issued:
            headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
            masking = Masking(self.credentials.secrets)
            self.refusal = TokenRefusal(head.status_code, headers, masking.text(text))


def _anew(http: h11.Connection, request: HttpRequest, upstream: Upstream) -> bytes:
    """The request as it goes to the real server."""
    host = f"[{upstream.host}]" if ":" in upstream.host else upstream.host
    host += "" if upstream.port == _HTTPS else f":{upstream.port}"
    kept = [(k, v) for k, v in request.headers.items() if k not in _OF_THE_CONNECTION]
    length = [("Content-Length", str(len(request.body)))] if request.body else []
    target = request.path + (f"?{request.query}" if request.query else "")
    headers = [("Host", host), *kept, *length, ("Connection", "close")]
    head = h11.Request(method=request.method, target=target, headers=headers)
    parts = (head, h11.Data(data=request.body), h11.EndOfMessage())
    return b"".join(http.send(part) or b"" for part in parts)


def _events(http: h11.Connection, data: bytes) -> Iterator[h11.Event]:
    """What has come in; nothing more where it is no HTTP."""
    try:
        http.receive_data(data)
        while not isinstance(event := http.next_event(), type):
            yield event
            if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return
    except h11.RemoteProtocolError:
        return


def _basic(authorization: str) -> tuple[str, ...]:
    """Whom the field names, and what it proves that with: as it stands there, and as in a form,
    which not every client writes (RFC 7617; RFC 6749, 2.3.1). Of another scheme, all of it."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", encoded
    try:
        name, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeError):
        return "", encoded
    return unquote_plus(name), password, unquote_plus(password)


def _json(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _secrets_in(said: dict[str, Any]) -> list[str]:
    """The tokens of an answer (RFC 6749, 5.1; RFC 8628, 3.2)."""
    return [
        value
        for key, value in said.items()
        if isinstance(value, str)
        and key not in _NEITHER
        and any(word in key for word in _SECRET_WORDS)
    ]
