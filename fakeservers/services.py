"""Services that are not mail, for the wrong port: POP3, HTTP and SSH, as far as a mail client
gets to see them."""

from __future__ import annotations

from fakeservers.conversation import Conversation
from fakeservers.script import Event

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
