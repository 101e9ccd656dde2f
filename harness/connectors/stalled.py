"""A process that is to answer line after line, but was made for one check: it would be waited for
in vain, and is told as that at once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from harness.connectors.process import ConnectorProcess, Lost
from harness.contract.answer import ONE_CHECK

LOOK_S: Final = 1.0
"""How often it is looked what a process does that has not answered yet."""
REACTION_S: Final = 0.5
"""How long one that waits for the end of its input takes to answer it."""
_READS_NO_MORE: Final = f"it answered one line, and reads no other; {ONE_CHECK}"
_WAITS_FOR_THE_END: Final = f"it does not answer a line before its input has ended; {ONE_CHECK}"


class Stalled(Lost):
    """It would never have answered."""


async def answer_to(line: bytes, process: ConnectorProcess, *, first: bool) -> bytes:
    """What the process answers. Raises `Lost`; `Stalled` as soon as it can be seen that it waits
    for something else. `first`: it has answered nothing yet, so that it may wait for the end of
    its input."""
    asking = asyncio.ensure_future(process.ask(line))
    try:
        while not await _done(asking, LOOK_S):
            first = first and not process.has_connections  # who connects has read what was asked
            if not process.sleeps or await _done(asking, LOOK_S) or not process.sleeps:
                continue
            if process.unread_bytes:
                raise Stalled(_READS_NO_MORE)
            if first:
                first = False
                process.end_input()
                if await _done(asking, REACTION_S) and asking.exception() is None:
                    raise Stalled(_WAITS_FOR_THE_END)
        return await asking
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError, Lost):
            await asking


async def _done(asking: asyncio.Future[bytes], within_s: float) -> bool:
    await asyncio.wait([asking], timeout=within_s)
    return asking.done()
