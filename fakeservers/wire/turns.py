"""Fair turns: all conversations share one thread, and none may keep it from the others. And the
pace of what is sent.

A socket with data in it is read at once, and so is one written to that has room: nobody would ever
wait for a client that sends without end. So work is counted, and after a turn's worth of it whoever
else has something to do comes first. It is counted, not timed, so that it is the same everywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

STEPS_PER_TURN = 8
"""A turn's worth of work, one to three milliseconds of it: who waits does so for three or four."""
BYTES_PER_STEP = 16384
"""How many bytes that are only looked through, copied or encrypted, are the work of one step."""

LINES_PER_STEP = 8
"""How many lines are recorded with the work of one step."""
_LINES_PER_TURN = LINES_PER_STEP * STEPS_PER_TURN
CHUNK_BYTES = 65536
"""How many bytes are sent at once."""


def some_lines(data: bytes) -> Iterator[bytes]:
    """The data in pieces that are recorded in one turn each, cut behind a line's end."""
    begin = 0
    while begin < (end := _behind_lines(data, begin)) < len(data):
        yield data[begin:end]
        begin = end
    yield data[begin:]


def _behind_lines(data: bytes, begin: int) -> int:
    """Where so many lines have ended as are recorded in a turn; 0: there are fewer."""
    for _ in range(_LINES_PER_TURN):
        begin = data.find(b"\n", begin) + 1
        if not begin:
            break
    return begin


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


@dataclass
class Pace:
    """How replies leave: whole, in slices, or only so many bytes of them."""

    suffix: bytes = b""
    _slice_bytes: int = 0
    _pause_s: float = 0.0
    _left: int | None = None
    _then: Literal["hang", "close"] = "close"

    def slice(self, size: int, pause_s: float) -> None:
        """Send in pieces of `size` bytes from here on, `pause_s` seconds apart."""
        self._slice_bytes, self._pause_s = size, pause_s

    def limit(self, size: int, then: Literal["hang", "close"]) -> None:
        """After `size` more bytes say nothing more, or close."""
        self._left, self._then = size, then

    def take(self, data: bytes) -> tuple[bytes, Literal["hang", "close"] | None]:
        """What may leave of `data` with the suffix, and what to do when that is not all."""
        data, self.suffix = data + self.suffix, b""
        if self._left is None:
            return data, None
        allowed, self._left = data[: self._left], max(0, self._left - len(data))
        return allowed, self._then if len(allowed) < len(data) or not self._left else None

    async def pieces(self, data: bytes) -> AsyncIterator[bytes]:
        """The data as it is to leave; what is large, in pieces in any case."""
        size = self._slice_bytes or CHUNK_BYTES
        for start in range(0, len(data), size):
            if start and self._pause_s:
                await asyncio.sleep(self._pause_s)
            yield data[start : start + size]
