"""IDLE (RFC 2177): news is told as it happens, until the client says DONE."""

from __future__ import annotations

import asyncio
import contextlib

from fakeservers.imap.grammar.reader import TaggedCommand
from fakeservers.imap.peer import Peer


async def idle(peer: Peer, command: TaggedCommand) -> None:
    command.arguments().end()
    await peer.refuse("idle-go-ahead", command)
    with peer.idling():
        line = await _news_until_a_line(peer)
    await peer.end_if_gone()
    if await peer.continued(command):
        return
    await peer.answer("ok" if line.upper() == b"DONE" else "bad-arguments", command)


async def _news_until_a_line(peer: Peer) -> bytes:
    """The client's next line, or nothing where its mailbox is gone; the one moment when reading and
    writing go on side by side."""
    folder = peer.view.folder if peer.view else None
    changed = asyncio.Event()
    if folder:
        folder.watch(changed.set)
    reading = asyncio.create_task(peer.reader.line())
    try:
        while not reading.done():
            if folder and folder.gone:
                return b""
            await peer.tell_news(expunges=True)
            changed.clear()
            await _either(reading, changed)
        return await reading
    finally:
        if folder:
            folder.unwatch(changed.set)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await reading


async def _either(reading: asyncio.Task[bytes], changed: asyncio.Event) -> None:
    """Wait for a line or for news."""
    waiting = asyncio.create_task(changed.wait())
    try:
        await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
