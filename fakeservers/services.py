"""The services of a mailbox: who speaks at each port, from the first byte to the end.

Those that are not mail stand here, too: POP3, HTTP and SSH for the wrong port, as far as a mail
client gets to see them.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from fakeservers.conversation import Conversation
from fakeservers.dialects.dialect import Dialect
from fakeservers.script import Event, Script
from fakeservers.spec import ProtocolName
from fakeservers.wire import USUAL_TLS, VALID_PROFILES, Listen
from fakeservers.wire.listeners import Listener
from fakeservers.wire.proxy_protocol import read_header

Serve = Callable[[Conversation], Awaitable[None]]

PROTOCOLS: dict[ProtocolName, str] = {
    "imap": "fakeservers.imap.serve:serve",
    "smtp": "fakeservers.smtp.adapter:serve",
    "oauth": "fakeservers.oauth.endpoints:serve",
    "pop3": "fakeservers.services:serve_pop3",
    "http": "fakeservers.services:serve_http",
    "ssh": "fakeservers.services:serve_ssh",
}
"""Who speaks each protocol; imported when a mailbox first needs it."""
MAIL: Final = ("imap", "smtp", "oauth")
"""Those that are meant to be at the ports of a mailbox."""


def import_speakers(protocols: Iterable[ProtocolName] = tuple(PROTOCOLS)) -> None:
    """Now, not when a mailbox first needs them."""
    for protocol in protocols:
        _speaker(protocol)


@functools.cache
def _speaker(protocol: ProtocolName) -> Serve:
    module, _, name = PROTOCOLS[protocol].partition(":")
    serve: Serve = getattr(importlib.import_module(module), name)
    return serve


@dataclass
class RunningService:
    """One service of a running mailbox and where it can be reached."""

    name: str
    listener: Listener
    dialect: Dialect
    script: Script
    down: Listen | None = None
    """What its port does instead, while the service is down."""
    host: str = field(init=False)
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.host, self.port = self.listener.address


async def converse(conversation: Conversation) -> None:
    """Serve one connection to its end, which may be raised as ConnectionClosed."""
    connection, service = conversation.connection, conversation.service
    if service.proxy_protocol:
        await read_header(connection)
    connection.on_client_hello = functools.partial(_client_hello, conversation)
    connection.on_tls_established = functools.partial(_tls_established, conversation)
    if service.protocol not in MAIL:
        conversation.fired("protocol")
    await conversation.happens(Event("connect"))
    if service.security == "implicit-tls":
        await connection.start_tls()
        if conversation.service is not service and conversation.service.protocol not in MAIL:
            conversation.fired("protocol")
    await _speaker(conversation.service.protocol)(conversation)


async def _client_hello(conversation: Conversation) -> None:
    """The handshake begins: what is wrong with TLS here is about to reach the client."""
    hello_bytes = conversation.connection.transcript.hello_bytes
    await conversation.happens(Event("tls", hello_bytes=hello_bytes))
    service = conversation.service
    if service.certificate not in VALID_PROFILES:
        conversation.fired("certificate")
    if service.tls != USUAL_TLS:
        conversation.fired("tls")


async def _tls_established(conversation: Conversation) -> None:
    """The handshake is done: what a rule says now is the first that the client reads inside TLS."""
    await conversation.happens(Event("tls-established"))


LONGEST_LINE_BYTES = 8192

_POP3_GREETING = b"+OK POP3 ready\r\n"
_POP3_ERROR = b"-ERR unknown command\r\n"
_SSH_GREETING = b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"
_SSH_ERROR = b"Invalid SSH identification string.\r\n"
_HTTP_ERROR = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 11\r\n"
    b"Connection: close\r\n\r\nBad Request"
)


async def serve_pop3(conversation: Conversation) -> None:
    """Greets (RFC 1939 section 4) and knows QUIT only."""
    await _greet(conversation, _POP3_GREETING)
    while (await _line(conversation)).strip().upper() != b"QUIT":
        await conversation.connection.write(_POP3_ERROR)
    await conversation.connection.write(b"+OK bye\r\n")
    await conversation.connection.close()


async def serve_http(conversation: Conversation) -> None:
    """Waits for the client to speak first, and refuses what it says (RFC 9110 section 15.5.1)."""
    await conversation.happens(Event("greeting"))
    await _line(conversation)
    await conversation.connection.write(_HTTP_ERROR)
    await conversation.connection.close()


async def serve_ssh(conversation: Conversation) -> None:
    """Greets (RFC 4253 section 4.2) and closes on anything that is not SSH."""
    await _greet(conversation, _SSH_GREETING)
    await _line(conversation)
    await conversation.connection.write(_SSH_ERROR)
    await conversation.connection.close()


async def _greet(conversation: Conversation, greeting: bytes) -> None:
    if not await conversation.happens(Event("greeting")):
        await conversation.connection.write(greeting)


async def _line(conversation: Conversation) -> bytes:
    """The next line; what comes with it is dropped, as is the end of one that is too long."""
    data = b""
    while b"\n" not in data and len(data) < LONGEST_LINE_BYTES:
        data += await conversation.connection.read()
    return data.partition(b"\n")[0]
