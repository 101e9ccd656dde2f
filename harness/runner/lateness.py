"""How late this process was: where the fakes answer late themselves, a time-out proves nothing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

TICK_S = 0.05


@dataclass
class Lateness:
    """`worst_s`: the longest that the event loop let somebody wait beyond the time asked for."""

    worst_s: float = 0.0


@contextlib.asynccontextmanager
async def lateness() -> AsyncIterator[Lateness]:
    """Watch the event loop while the block runs."""
    seen = Lateness()
    ticking = asyncio.create_task(_tick(seen))
    try:
        yield seen
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking


async def _tick(seen: Lateness) -> None:
    while True:
        asked = time.monotonic()
        await asyncio.sleep(TICK_S)
        seen.worst_s = max(seen.worst_s, time.monotonic() - asked - TICK_S)
