"""One request to a token endpoint (RFC 6749, 3.2), over our own connection; HTTP is h11's."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from harness.checker.oauth.token_grant import TokenRequestForm
from harness.checker.record import CheckFailed
from harness.checker.visit import Visit

_SHOWN_HEADERS: Final = (b"content-type", b"location", b"retry-after", b"www-authenticate")
_BASIC: Final = re.compile(rb"(?:^|,)\s*Basic\b", re.IGNORECASE)
_TOKEN: Final = re.compile(rb'("(?:access|refresh|id)_token"\s*:\s*")[^"]*', re.IGNORECASE)


@dataclass(frozen=True)
class TokenAnswer:
    """What the endpoint answered (RFC 9110)."""

    status: int
    body: bytes = field(repr=False)
    wants_basic: bool = False
    """Who asks is to say so in the header (RFC 6749, 5.2; RFC 7617)."""


class TokenVisit(Visit):
    """One connection to a token endpoint, in TLS from its first byte."""

    def greet(self) -> None:
        """HTTP servers wait to be asked."""

    def start_tls(self, context: ssl.SSLContext) -> None:
        raise AssertionError("https begins with TLS")

    def may_say_goodbye(self, failed: CheckFailed) -> bool:
        return False

    def say_goodbye(self) -> bool:
        return True

    def post(self, asked: TokenRequestForm) -> TokenAnswer:
        """Send a request and read the answer, whatever its status. Nothing is followed, and nothing
        sent twice. Raises CheckFailed where what comes is no answer of HTTP, or ends in the middle
        of one; of one without end, the beginning is taken."""
        import h11  # costs 20 ms, and few checks need it

        http = h11.Connection(h11.CLIENT)
        server = self.connection.server
        host = f"[{server.host}]" if ":" in server.host else server.host
        headers = [
            ("Host", f"{host}:{server.port}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Length", str(len(asked.form))),
            ("Accept", "application/json"),
            ("Connection", "close"),
        ]
        if asked.authorization:
            headers.append(("Authorization", asked.authorization))
        request = h11.Request(method="POST", target=asked.endpoint.target, headers=headers)
        parts = (request, h11.Data(data=asked.form), h11.EndOfMessage())
        self.connection.begin("token")
        self.connection.sendall(b"".join(http.send(part) or b"" for part in parts))
        return self._answer(http)

    def _answer(self, http: object) -> TokenAnswer:
        import h11

        assert isinstance(http, h11.Connection)
        head: h11.Response | None = None
        came, body = b"", b""
        ended: CheckFailed | None = None
        try:
            while not isinstance(event := http.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    data, ended = self._more()
                    came += data
                    http.receive_data(data)
                elif isinstance(event, h11.Response):
                    head = event
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.ConnectionClosed):
                    break
        except h11.RemoteProtocolError:
            head = None
        except CheckFailed as too_much:
            if head is None or too_much.observation.kind != "reply":
                raise  # of what is too long, how it begins tells
        if head is None:
            lines = tuple(_TOKEN.sub(rb"\1***", came).splitlines(keepends=True))
            failed = ended or self.connection.failed("reply")
            raise CheckFailed(replace(failed.observation, lines=lines))
        for line in _shown(head, body):
            self.connection.heard(line)
        return TokenAnswer(head.status_code, body, _wants_basic(head))

    def _more(self) -> tuple[bytes, CheckFailed | None]:
        """What comes next; nothing, and why, where the server has closed: that ends an answer
        whose length it did not tell (RFC 9112, 6.3)."""
        try:
            return self.connection.some(), None
        except CheckFailed as failed:
            if failed.observation.kind != "eof":
                raise
            return b"", failed


def _wants_basic(head: object) -> bool:
    import h11

    assert isinstance(head, h11.Response)
    schemes = (value for name, value in head.headers if name == b"www-authenticate")
    return head.status_code == 401 and any(map(_BASIC.search, schemes))


def _shown(head: object, body: bytes) -> Iterator[bytes]:
    """The answer as evidence: its status, headers that tell something, and its body without the
    tokens in it."""
    import h11

    assert isinstance(head, h11.Response)
    yield b"HTTP/%b %d %b\r\n" % (head.http_version, head.status_code, head.reason)
    for name, value in head.headers:
        if name in _SHOWN_HEADERS:
            yield b"%b: %b\r\n" % (name.title(), value)
    yield b"\r\n"
    yield from _TOKEN.sub(rb"\1***", body).splitlines(keepends=True)
