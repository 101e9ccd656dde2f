"""A client may leave after any byte: nothing is left behind, and nothing counts as our fault."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec

DIALOGUE = (
    b"EHLO client.test\r\n"
    b"AUTH LOGIN\r\nYW5uYUBleGFtcGxlLnRlc3Q=\r\nVHIwdWI0ZG9yJjMtaW5ib3g=\r\n"
    b"MAIL FROM:<anna@example.test>\r\nRCPT TO:<bcc@crm.example.test>\r\nDATA\r\n"
    b"Subject: hi\r\n\r\nhi\r\n.\r\nQUIT\r\n"
)


async def leave_after(port: int, size: int, *, reset: bool) -> None:
    """Send so many bytes, then end the connection by FIN or RST and wait for the server's end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(DIALOGUE[:size])
    await writer.drain()
    if reset:
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    else:
        writer.write_eof()
        await reader.read()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
def test_leaving_after_any_byte(reset: bool) -> None:
    async def run() -> None:
        services = {"smtp": {"protocol": "smtp", "security": "cleartext"}}
        async with open_mailbox(MailboxSpec.model_validate({"services": services})) as mailbox:
            port = mailbox.services["smtp"].port
            idle = asyncio.all_tasks()
            for size in range(len(DIALOGUE) + 1):
                await leave_after(port, size, reset=reset)
            await leave_after(port, 0, reset=False)  # accepted after all the others
            if serving := asyncio.all_tasks() - idle:
                await asyncio.wait(serving, timeout=60)
            assert asyncio.all_tasks() == idle
            assert mailbox.evidence.faults == []
            assert len(mailbox.evidence.connections) == len(DIALOGUE) + 2
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
