"""The lines of one connection, as they may be shown, in bounded memory.

Each is masked once, when it comes, and kept so: nothing here has a secret in it. What a client says
is withheld until its line is whole, whatever the packets, so that it is known what it says. Of a
flood the head and the tail are kept, and how much it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.disclosure import Disclosure
from fakeservers.wire.secrets import Hiding, KnownSecrets

Direction = Literal["C", "S", "*"]

KEPT_BYTES: Final = 65536
"""How much is kept of what goes one way with nothing between: a 10 MB line is not evidence."""
HEAD_LINES: Final = 4096
HEAD_BYTES: Final = 4 * KEPT_BYTES
"""How much of a connection is kept from its beginning on, whichever is reached first."""
TAIL_LINES: Final = 64
TAIL_BYTES: Final = 2 * KEPT_BYTES
"""How much is kept of what came last."""
_OVERHEAD: Final = 256
"""How much memory a line takes besides its text, about."""

_LINES: Final = kept_regex(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a connection, or (`*`) something that happened to it."""

    time_s: float
    """Seconds since the connection was accepted."""
    direction: Direction
    text: str
    tls: bool


class Record:
    """The lines so far. `show` is called with each as it comes, `clock` tells the time of one."""

    def __init__(
        self,
        secrets: KnownSecrets,
        disclosure: Disclosure,
        *,
        clock: Callable[[], float],
        show: Callable[[Entry], None],
    ) -> None:
        self._secrets = secrets
        self._disclosure = disclosure
        self._hiding = {"C": Hiding(secrets, wire=True), "S": Hiding(secrets, wire=True)}
        self._clock = clock
        self._show = show
        self._kept = _Kept()
        self._withheld = bytearray()
        """The beginning of a line of the client's."""
        self._too_long = False
        """Whether as much of it as is kept has been shown already."""
        self._way: tuple[Direction, bool] = ("*", False)
        """Where the last line went, and whether inside TLS."""
        self._room = KEPT_BYTES
        self._dropped = 0

    def received(self, data: bytes, *, tls: bool) -> None:
        """Bytes from the client."""
        self._turn("C", tls)
        ended, newline, rest = data.rpartition(b"\n")
        if newline:
            for line in (bytes(self._withheld) + ended).split(b"\n"):
                self._client(line, whole=True)
            self._withheld.clear()
        self._withheld += rest
        if self._disclosure.ends_with(len(self._withheld)):
            self._client(bytes(self._withheld), whole=True)
            self._withheld.clear()
        if len(self._withheld) > KEPT_BYTES:
            self._client(bytes(self._withheld), whole=False)
            self._withheld.clear()
            self._too_long = True

    def sent(self, data: bytes, *, tls: bool, goes_on: bool = False) -> None:
        """Bytes to the client. `goes_on`: with what was said before."""
        self._turn("S", tls, anew=not goes_on and (not self._dropped or len(data) < KEPT_BYTES))
        for line in _LINES.findall(data):
            self._disclosure.heard(line)
            if self._room:
                text = self._hiding["S"].shown(self._disclosure.repeated(line))
                self._add(text.removesuffix(b"\n").removesuffix(b"\r"), len(line))
            else:
                self._dropped += len(line)

    def note(self, text: str) -> None:
        """Something that happened and is not bytes, in our own words."""
        self._turn("*", False)
        self._tell(text)

    def release(self) -> None:
        """What the client has begun is not gone on with."""
        if self._withheld:
            self._turn("C", self._way[1])
            self._client(bytes(self._withheld), whole=False)
        self._withheld.clear()
        self._too_long = False
        self._disclosure.begin_anew()

    def learn(self, word: bytes) -> None:
        """The server may say this, and it must not be shown."""
        self._disclosure.learn(word)

    @property
    def secrets(self) -> KnownSecrets:
        """What must not be shown from here on."""
        return self._secrets

    @secrets.setter
    def secrets(self, secrets: KnownSecrets) -> None:
        self._secrets = self._hiding["C"].secrets = self._hiding["S"].secrets = secrets

    def entries(self) -> list[Entry]:
        """All that is kept so far."""
        return [*self._kept.entries(), *self._flood()]

    @property
    def memory(self) -> int:
        """About how many bytes of memory it takes."""
        return self._kept.memory

    def forget_most(self) -> None:
        """Keep only how it began and ended."""
        self._kept.forget_most()

    def masked(self, said: bytes) -> bytes:
        """The same of some of what the server said."""
        return self._secrets.masked(self._disclosure.repeated(said), wire=True)

    def _client(self, line: bytes, *, whole: bool) -> None:
        text = self._disclosure.shown(line.removesuffix(b"\r"), len(line) + whole, whole=whole)
        if self._too_long:
            self._room = 0
        self._too_long = self._too_long and not whole
        if not self._room:
            self._dropped += len(line) + whole
        elif text is not None:
            shown = self._hiding["C"].shown(text + b"\n" * whole).removesuffix(b"\n")
            self._add(shown, len(line) + whole)

    def _turn(self, direction: Direction, tls: bool, *, anew: bool = False) -> None:
        """What is said now goes that way; of a flood that has ended it is told how much it was."""
        if self._way == (direction, tls) and not anew:
            return
        for entry in self._flood():
            self._keep(entry, 0)
        self._way, self._room, self._dropped = (direction, tls), KEPT_BYTES, 0

    def _add(self, text: bytes, size: int) -> None:
        """A line, of which the wire had so many bytes."""
        self._tell(text[: self._room].decode("utf-8", "backslashreplace"), size)
        self._dropped += max(0, size - self._room)
        self._room = max(0, self._room - size)

    def _tell(self, text: str, size: int = 0) -> None:
        self._keep(Entry(self._clock(), self._way[0], text, self._way[1]), size)

    def _flood(self) -> list[Entry]:
        if not self._dropped:
            return []
        return [Entry(self._clock(), "*", f"… and {self._dropped} bytes more", self._way[1])]

    def _keep(self, entry: Entry, size: int) -> None:
        self._kept.add(entry, size)
        self._show(entry)


class _Kept:
    """The first entries and the last, each with the bytes that it was on the wire."""

    def __init__(self) -> None:
        self._head: list[tuple[Entry, int]] = []
        self._tail: deque[tuple[Entry, int]] = deque()
        self._head_bytes = 0
        self._tail_bytes = 0
        self._lost = 0
        self._lost_bytes = 0

    @property
    def memory(self) -> int:
        """About how many bytes of memory all of it takes."""
        return self._head_bytes + self._tail_bytes + _OVERHEAD * (len(self._head) + len(self._tail))

    def add(self, entry: Entry, size: int) -> None:
        """One more."""
        room = len(self._head) < HEAD_LINES and self._head_bytes < HEAD_BYTES
        if room and not self._lost and not self._tail:
            self._head.append((entry, size))
            self._head_bytes += len(entry.text)
            return
        self._tail.append((entry, size))
        self._tail_bytes += len(entry.text)
        while len(self._tail) > TAIL_LINES or self._tail_bytes > TAIL_BYTES:
            entry, size = self._tail.popleft()
            self._tail_bytes -= len(entry.text)
            self._lose(size)

    def forget_most(self) -> None:
        """Keep no more than the first and the last."""
        kept = [*self._head, *self._tail]
        for _, size in kept[1:-1]:
            self._lose(size)
        self._head, self._tail = kept[:1], deque(kept[1:][-1:])
        self._head_bytes = sum(len(entry.text) for entry, _ in self._head)
        self._tail_bytes = sum(len(entry.text) for entry, _ in self._tail)

    def _lose(self, size: int) -> None:
        self._lost += 1
        self._lost_bytes += size

    def entries(self) -> list[Entry]:
        """With one in place of those between."""
        head, tail = ([entry for entry, _ in each] for each in (self._head, self._tail))
        if not self._lost:
            return [*head, *tail]
        said = f"… {self._lost_bytes} bytes in {self._lost} lines are not kept"
        return [*head, Entry(tail[0].time_s, "*", said, False), *tail]
