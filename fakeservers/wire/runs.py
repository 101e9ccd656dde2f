"""Which bytes went which way, in bounded memory: of a flood head and tail, and how much it was."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

Direction = Literal["C", "S", "*"]

KEPT_BYTES: Final = 65536
"""How much of one run of bytes in one direction is kept: a 10 MB line is not evidence."""
HEAD_RUNS: Final = 4096
HEAD_BYTES: Final = 4 * KEPT_BYTES
"""How much of a connection is kept from its beginning on, whichever is reached first."""
TAIL_RUNS: Final = 64
TAIL_BYTES: Final = 2 * KEPT_BYTES
"""How much is kept of what came last, the run at hand included."""
_OVERHEAD: Final = 256
"""How much memory a run takes besides its bytes, about."""


@dataclass(slots=True)
class ByteRun:
    """Bytes that went one way without anything between them."""

    time_s: float
    direction: Direction
    tls: bool
    data: bytearray
    dropped: int = 0
    """How many bytes of it are not kept."""

    @property
    def is_cut_short(self) -> bool:
        return self.direction == "C" and not self.data.endswith(b"\n")

    @property
    def size(self) -> int:
        """How many bytes it was."""
        return len(self.data) + self.dropped

    def add(self, data: bytes) -> None:
        room = max(0, KEPT_BYTES - len(self.data))
        self.data += data[:room]
        self.dropped += max(0, len(data) - room)


@dataclass
class Runs:
    """The runs of one connection, in order."""

    _head: list[ByteRun] = field(default_factory=list)
    _tail: deque[ByteRun] = field(default_factory=deque)
    _head_bytes: int = 0
    _tail_bytes: int = 0
    """Without the run at hand, which may grow."""
    _head_is_full: bool = False
    _lost_runs: int = 0
    _lost_bytes: int = 0

    def __len__(self) -> int:
        """How many there were, be they kept or not."""
        return len(self._head) + self._lost_runs + len(self._tail)

    @property
    def last(self) -> ByteRun | None:
        """The run at hand."""
        return self._tail[-1] if self._tail else self._head[-1] if self._head else None

    @property
    def memory(self) -> int:
        """About how many bytes of memory all of it takes."""
        return self._head_bytes + self._tail_bytes + _OVERHEAD * (len(self._head) + len(self._tail))

    def append(self, run: ByteRun) -> None:
        """Begin another."""
        before = len(self.last.data) if self.last else 0
        if self._tail:
            self._tail_bytes += before
        else:
            self._head_bytes += before
        self._head_is_full |= len(self._head) >= HEAD_RUNS or self._head_bytes >= HEAD_BYTES
        if not self._head_is_full:
            self._head.append(run)
            return
        self._tail.append(run)
        while len(self._tail) > TAIL_RUNS or self._tail_bytes > TAIL_BYTES:
            self._lose(self._tail.popleft())

    def _lose(self, run: ByteRun) -> None:
        self._tail_bytes -= len(run.data)
        self._lost_runs += 1
        self._lost_bytes += run.size

    def forget_most(self) -> None:
        """Keep no more than the first run and the last."""
        runs = [*self._head, *self._tail]
        for run in runs[1:-1]:
            self._lost_runs += 1
            self._lost_bytes += run.size
        self._head, self._tail = runs[:1], deque(runs[1:][-1:])
        self._head_is_full = True
        self._head_bytes = sum(len(run.data) for run in self._head) if self._tail else 0
        self._tail_bytes = 0

    def between(self, begin: int, end: int) -> Iterator[ByteRun]:
        """Those with these places, as far as they are kept."""
        head, lost = len(self._head), self._lost_runs
        yield from self._head[begin:end]
        first, stop = (max(0, place - head - lost) for place in (begin, end))
        yield from islice(self._tail, first, stop)

    def __iter__(self) -> Iterator[ByteRun]:
        """Those that are kept; in place of the others one that says how much they were."""
        yield from self._head
        if self._lost_runs:
            began_s = self._tail[0].time_s
            said = f"… {self._lost_bytes} bytes in {self._lost_runs} pieces are not kept"
            yield ByteRun(began_s, "*", False, bytearray(said, "utf-8"))
        yield from self._tail
