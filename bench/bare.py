"""The bare library engines on asyncio's own TLS: what the mailbox is compared with.

Twisted's `IMAP4Server` and aiosmtpd's `SMTP` with no more round them than they need to answer the
checker's dialogue to its end: no wire, no script, no transcript, no dialect.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from twisted.mail import imap4

from fakeservers.spec import Account

BEFORE_LOGIN = (b"SASL-IR", b"ID", b"AUTH=PLAIN")
"""What the checker needs to be offered to speak as it does to the mailbox."""


@dataclass
class Engines:
    """Where the engines listen, and what they have accepted."""

    imap_port: int
    smtp_port: int
    messages: list[bytes]


@contextlib.asynccontextmanager
async def open_engines(account: Account, context: ssl.SSLContext) -> AsyncIterator[Engines]:
    """Let the engines listen for as long as the block runs."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns at every log-in
    loop = asyncio.get_running_loop()
    handler = _Handler(account)
    imap = await loop.create_server(lambda: _ImapProtocol(account), "127.0.0.1", 0, ssl=context)
    smtp = await loop.create_server(lambda: _smtp(handler, loop), "127.0.0.1", 0, ssl=context)
    try:
        yield Engines(_port(imap), _port(smtp), handler.messages)
    finally:
        for server in (imap, smtp):
            server.close()
            await server.wait_closed()


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def _smtp(handler: _Handler, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(
        handler,
        hostname="mail.example.test",
        enable_SMTPUTF8=True,
        auth_require_tls=False,  # it is there: the engine knows of STARTTLS only
        authenticator=handler.authenticate,
        loop=loop,
    )


@dataclass
class _Handler:
    account: Account
    messages: list[bytes] = field(default_factory=list)

    def authenticate(self, _server: Any, _session: Any, _env: Any, _how: str, data: Any) -> Any:
        assert isinstance(data, LoginPassword)
        secrets = (data.login.decode(), data.password.decode())
        return AuthResult(success=secrets == (self.account.login, self.account.password))

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        return "250 2.0.0 OK"


class _Mailbox:
    """An INBOX of two messages, as far as SELECT asks."""

    def getFlags(self) -> list[str]:
        return ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"]

    def getMessageCount(self) -> int:
        return 2

    def getRecentCount(self) -> int:
        return 0

    def getUIDValidity(self) -> int:
        return 1

    def isWriteable(self) -> bool:
        return True

    def addListener(self, _listener: object) -> None: ...

    def removeListener(self, _listener: object) -> None: ...


class _Account:
    """The account once it is logged in."""

    def select(self, name: str, _writable: bool) -> _Mailbox | None:
        return _Mailbox() if name == "INBOX" else None


_TwistedServer: Any = imap4.IMAP4Server


class _ImapEngine(_TwistedServer):  # type: ignore[misc]
    """Twisted's engine with the two things that the dialogue has and it has not: an initial
    response to AUTHENTICATE, and ID."""

    def __init__(self, account: Account) -> None:
        super().__init__(scheduler=list)
        self._spec = account

    def listCapabilities(self) -> list[bytes]:
        return [b"IMAP4rev1", b"IDLE", b"NAMESPACE", *(() if self.account else BEFORE_LOGIN)]

    def callLater(self, _seconds: float, _function: object) -> Any:
        return asyncio.get_running_loop().call_later(3600, int)  # an idle time-out, in form

    def setTimeout(self, _seconds: float | None) -> None: ...

    def resetTimeout(self) -> None: ...

    def do_AUTHENTICATE(self, tag: bytes, arguments: bytes) -> None:
        _, name, password = base64.b64decode(arguments.partition(b" ")[2]).split(b"\0")
        if (name.decode(), password.decode()) != (self._spec.login, self._spec.password):
            self.sendNegativeResponse(tag, b"[AUTHENTICATIONFAILED] no")
            return
        self.account, self.state = _Account(), "auth"
        offered = b" ".join(self.listCapabilities())
        self.sendPositiveResponse(tag, b"[CAPABILITY %b] Authenticated" % offered)

    def do_ID(self, tag: bytes, _arguments: bytes) -> None:
        self.sendUntaggedResponse(b"ID NIL")
        self.sendPositiveResponse(tag, b"ID completed")

    unauth_AUTHENTICATE = (do_AUTHENTICATE, _TwistedServer.arg_line)
    auth_ID = (do_ID, _TwistedServer.arg_line)


class _Transport:
    """Twisted's name for what asyncio's transport does."""

    disconnecting = False

    def __init__(self, transport: asyncio.Transport) -> None:
        self.write = transport.write
        self.loseConnection = transport.close

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))


class _ImapProtocol(asyncio.Protocol):
    def __init__(self, account: Account) -> None:
        self._engine = _ImapEngine(account)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._engine.makeConnection(_Transport(transport))

    def data_received(self, data: bytes) -> None:
        self._engine.dataReceived(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._engine.connectionLost(exc)
