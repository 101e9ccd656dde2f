"""Dialogues at a mailbox over real sockets: it must be as before when they are over."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import socket
import struct
import threading
from typing import Final

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import MailboxSpec
from tests.fuzz.dialogues import DIALOGUES

AT_ONCE: Final = 20
WAIT_S: Final = 30.0
SPEC: Final = MailboxSpec.model_validate(
    {
        "services": {
            "imap": {"protocol": "imap", "security": "cleartext"},
            "smtp": {"protocol": "smtp", "security": "cleartext"},
            "tls": {"protocol": "imap", "security": "implicit-tls"},
            "proxied": {"protocol": "smtp", "security": "cleartext", "proxy-protocol": True},
        }
    }
)


def drive(name: str, inputs: int, seed: int) -> None:
    """Let so many clients say something at a service; each leaves in one of three ways. Raises
    AssertionError, with what was said, where something of ours failed over it or stayed behind."""
    asyncio.run(_drive(name, inputs, random.Random(f"{name} {seed}")))


async def _drive(name: str, inputs: int, chance: random.Random) -> None:
    async with open_mailbox(SPEC) as mailbox:
        await _said(mailbox, name, b"", chance)
        await mailbox.settle(WAIT_S)
        before = _held()
        for _ in range(0, inputs, AT_ONCE):
            said = [DIALOGUES[name](chance) for _ in range(AT_ONCE)]
            await asyncio.gather(*(_said(mailbox, name, each, chance) for each in said))
            await mailbox.settle(WAIT_S)
            assert mailbox.evidence.faults == [], (mailbox.evidence.faults, said)
        gc.collect()
        assert _held() == before
    assert asyncio.all_tasks() == {asyncio.current_task()}


def _held() -> tuple[int, int, int]:
    """How many tasks, threads and files there are."""
    return len(asyncio.all_tasks()), threading.active_count(), len(os.listdir("/proc/self/fd"))


async def _said(mailbox: Mailbox, name: str, said: bytes, chance: random.Random) -> None:
    service = mailbox.services[name]
    reader, writer = await asyncio.open_connection(service.host, service.port)
    with contextlib.suppress(ConnectionError):
        writer.write(said)
        match chance.choice(("half", "close", "reset")):
            case "half":
                writer.write_eof()
                async with asyncio.timeout(WAIT_S):
                    while await reader.read(65536):
                        pass
            case "reset":
                held = writer.get_extra_info("socket")
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        await writer.wait_closed()
