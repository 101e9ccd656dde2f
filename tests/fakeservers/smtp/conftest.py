"""A mailbox with one SMTP service, and a client that speaks raw SMTP to it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import Account, MailboxSpec

ANSWER_S = 5.0
"""The longest wait for a reply; none of them takes any time."""


class Client:
    """Sends what it is told, reads whole replies."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self) -> str:
        """One reply, its lines joined by LF; "" at the end of the connection."""
        lines = []
        while not lines or lines[-1][3:4] == "-":
            async with asyncio.timeout(ANSWER_S):
                line = await self.reader.readline()
            if not line:
                return ""
            assert line.endswith(b"\r\n")
            lines.append(line[:-2].decode())
        return "\n".join(lines)

    async def say(self, line: str | bytes) -> str:
        """Send a line, read its reply."""
        await self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return await self.reply()

    async def start_tls(self, mailbox: Mailbox) -> None:
        context = ssl.create_default_context(cafile=mailbox.ca_file)
        await self.writer.start_tls(context, server_hostname="127.0.0.1")

    async def expect(self, *exchanges: tuple[str | bytes, str | tuple[str, ...]]) -> None:
        """Say lines one after the other; each must get a reply that begins as given."""
        for line, expected in exchanges:
            got = await self.say(line)
            assert got.startswith(expected), (line, expected, got)


@contextlib.asynccontextmanager
async def smtp_mailbox(
    service: dict[str, Any] | None = None, **spec: Any
) -> AsyncIterator[tuple[Mailbox, Client]]:
    """A mailbox whose SMTP service is in cleartext unless told otherwise, and a client that has not
    read the greeting yet."""
    services = {"smtp": {"protocol": "smtp", "security": "cleartext", **(service or {})}}
    mailbox_spec = MailboxSpec.model_validate({"services": services, **spec})
    async with open_mailbox(mailbox_spec) as mailbox:
        running = mailbox.services["smtp"]
        reader, writer = await asyncio.open_connection(running.host, running.port)
        try:
            yield mailbox, Client(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        assert mailbox.evidence.faults == []


@pytest.fixture
def smtp() -> Callable[..., contextlib.AbstractAsyncContextManager[tuple[Mailbox, Client]]]:
    """`smtp_mailbox`, for tests that are coroutines run by `asyncio.run`."""
    return smtp_mailbox


@pytest.fixture
def plain_login() -> str:
    """An AUTH command that the default account accepts."""
    account = Account()
    secret = f"\0{account.login}\0{account.password}".encode()
    return f"AUTH PLAIN {base64.b64encode(secret).decode()}"
