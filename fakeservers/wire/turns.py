"""Fair turns: all conversations share one thread, and none may keep it from the others.

A socket with data in it is read at once, and so is one written to that has room: nobody would ever
wait for a client that sends without end. So work is counted, and after a turn's worth of it whoever
else has something to do comes first. It is counted, not timed, so that it is the same everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

STEPS_PER_TURN = 8
"""A turn's worth of work, one to three milliseconds of it: who waits does so for three or four."""
BYTES_PER_STEP = 16384
"""How many bytes that are only looked through, copied or encrypted, are the work of one step."""

LINES_PER_STEP = 8
"""How many lines are recorded with the work of one step."""
_LINES_PER_TURN = LINES_PER_STEP * STEPS_PER_TURN


def some_lines(data: bytes) -> Iterator[bytes]:
    """The data in pieces that are recorded in one turn each, cut behind a line's end."""
    begin = 0
    while data.count(b"\n", begin) > _LINES_PER_TURN:
        end = begin
        for _ in range(_LINES_PER_TURN):
            end = data.index(b"\n", end) + 1
        yield data[begin:end]
        begin = end
    yield data[begin:]


class Turns:
    """The work of one conversation since the others last had their turn."""

    def __init__(self) -> None:
        self._steps = 0.0

    async def work(self, steps: float = 1, *, on_bytes: int = 0, on_lines: int = 0) -> None:
        """So much was done, or is about to be; a step is what one short command takes. Let others
        come first where it is a turn's worth."""
        self._steps += steps + on_bytes / BYTES_PER_STEP + on_lines / LINES_PER_STEP
        if self._steps >= STEPS_PER_TURN:
            self._steps = 0.0
            await asyncio.sleep(0)
