"""The ordered record of one connection: both directions, also inside TLS, secrets masked.

Bytes are kept as they came; masking happens when they are shown. What a client sent becomes
visible at the next read, write or end, so that whoever parsed it has named its secrets by then.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from fakeservers.wire import EventName
from fakeservers.wire.runs import KEPT_BYTES, ByteRun, Direction, Runs
from fakeservers.wire.secrets import masked, secret_forms

SAID_BYTES = 4096
"""How much is kept, for rules and verdicts, of what the server says at one step."""
SAID_AT_LEAST_BYTES = 64
"""How much of it is kept once the steps of a connection have `SAID_IN_ALL_BYTES`: how it begins."""
SAID_IN_ALL_BYTES = 1024 * 1024
MOST_STEPS = 10_000
"""How many steps of a connection are kept: of a flood only its bytes go on."""
STEPS_REMEMBERED = 100
"""How many are left where most of a connection is forgotten."""
_STEP_BYTES = 256
"""How much memory a step takes besides what was said, about."""

_REFUSAL = re.compile(rb"\* BYE\b|[^*+ ]\S* (?:NO|BAD)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One line of a connection, or (`*`) something that happened to it."""

    time_s: float
    """Seconds since the connection was accepted."""
    direction: Direction
    text: str
    tls: bool


@dataclass
class Step:
    """Something that a connection came to, as data, and what the server said of it."""

    event: EventName
    command: str = ""
    """In upper case; of a log-in LOGIN, AUTHENTICATE or AUTH."""
    mechanism: str = ""
    """Of a log-in, whether offered or not; LOGIN for the command of IMAP."""
    tls: bool = False
    logged_in: bool = False
    """Whether somebody was, when it came to this."""
    at_s: float = 0.0
    """Seconds since the connection was accepted."""
    rules: list[str] = field(default_factory=list)
    """The rules that fired at it, as in `Evidence.fired`."""
    said: bytearray = field(default_factory=bytearray, repr=False)
    """The beginning of what the server said, from here to the next step."""


TlsProgress = Literal["none", "hello", "answered", "established"]
"""How far TLS came on a connection: `hello`, the client has begun; `answered`, the server's own
part of the handshake (its certificate, or the alert that refuses) has left."""


@dataclass
class Transcript:
    """What happened on one connection, in order, and how it ended."""

    number: int
    service: str
    protocol: str
    peer: str
    on_entry: Callable[[Transcript, Entry], None] | None = None
    on_end: Callable[[Transcript], None] | None = None
    ended_by: Literal["client", "server"] | None = None
    ended_how: Literal["FIN", "RST"] | None = None
    fired: list[str] = field(default_factory=list)
    """The faults that were delivered on it, as in `Evidence.fired`."""
    began_s: float = field(default_factory=time.monotonic)
    ended_s: float | None = None
    """Both on the monotonic clock."""
    steps: list[Step] = field(default_factory=list)
    """What it came to, in order; see `Step`."""
    tls: TlsProgress = "none"
    unheard: bool = False
    """The client had left when the server greeted it, or reset the connection instead of reading
    that."""
    mistook: bool = False
    """The client began with a ClientHello where the server does not speak TLS."""
    _at: Step | None = None
    """The step at hand, be it one of those that are kept or not."""
    _runs: Runs = field(default_factory=Runs)
    _secrets: set[bytes] = field(default_factory=set)
    _shown: int = 0
    _said_bytes: int = 0

    def breaks_off(self) -> None:
        """The client is gone, or resets the connection."""
        self.unheard = self.unheard or (self.at_greeting and not self.mistook)

    @property
    def at_greeting(self) -> bool:
        """Whether it has come to nothing after the greeting yet."""
        return not self.steps or self.steps[-1].event in ("connect", "greeting")

    def came_to(self, step: Step) -> Step:
        """The next step; where the last one is the same and nothing was said of it, that one."""
        last = self._at
        if last and (last.event, last.command) == (step.event, step.command) and not last.said:
            last.mechanism = last.mechanism or step.mechanism
            return last
        if last:
            if self._said_bytes > SAID_IN_ALL_BYTES:
                del last.said[SAID_AT_LEAST_BYTES:]
            self._said_bytes += len(last.said)
        step.at_s = self._now()
        if len(self.steps) < MOST_STEPS:
            self.steps.append(step)
        self._at = step
        return step

    def commands(self, *, tls: bool | None = None) -> list[str]:
        """The commands that it was given, in upper case: in cleartext, inside TLS, or all."""
        return [
            step.command
            for step in self.steps
            if step.event == "command" and tls in (None, step.tls)
        ]

    def refused(self, step: Step) -> bool:
        """Whether the server said no at this step: NO, BAD, BYE (RFC 9051, 7.1), 4yz or 5yz."""
        lines = bytes(step.said).splitlines()
        if self.protocol == "smtp":
            return any(line[:1] in b"45" and line[:3].isdigit() for line in lines)
        return any(_REFUSAL.match(line) for line in lines)

    def received(self, data: bytes, *, tls: bool) -> None:
        """Bytes from the client."""
        if not tls and self.tls == "none" and data[:2] == b"\x16\x03":
            self.mistook = True
            self.note(f"the client began TLS, with a ClientHello of {len(data)} bytes")
            return
        self._add("C", data, tls)

    def sent(self, data: bytes, *, tls: bool) -> None:
        """Bytes to the client."""
        if self._at:
            self._at.said += data[: SAID_BYTES - len(self._at.said)]
        self.settle()
        self._add("S", data, tls)
        self.settle()

    def note(self, text: str) -> None:
        """Something that happened and is not bytes: a handshake, a rule that fired."""
        self.settle()
        self._runs.append(ByteRun(self._now(), "*", False, bytearray(text, "utf-8")))
        self.settle()

    def end(self, by: Literal["client", "server"], how: Literal["FIN", "RST"]) -> None:
        """Who ended the connection and how. Only the first end counts."""
        if self.ended_by is None:
            self.ended_by, self.ended_how = by, how
            self.ended_s = time.monotonic()
            self.note(f"{by} closed the connection ({how})")
            if self.on_end is not None:
                self.on_end(self)

    def add_secret(self, secret: bytes) -> None:
        """Mask these bytes, in every form, from the beginning on."""
        self._secrets.update(form for form in secret_forms(secret) if form)

    def settle(self, *, whole_lines: bool = False) -> None:
        """Show what is complete to whoever watches live.

        `whole_lines`: but not the beginning of a line of the client's: the secret in it is not
        known before its end has come.
        """
        complete = len(self._runs)
        if whole_lines and (last := self._runs.last) and last.is_cut_short:
            complete -= 1
        if self.on_entry is not None:
            for run in self._runs.between(self._shown, complete):
                for entry in self._entries(run):
                    self.on_entry(self, entry)
        self._shown = max(self._shown, complete)

    @property
    def memory(self) -> int:
        """About how many bytes of memory it takes."""
        return self._runs.memory + self._said_bytes + _STEP_BYTES * len(self.steps)

    def forget_most(self) -> None:
        """Keep only how it began and ended: there are too many of its kind."""
        self._runs.forget_most()
        del self.steps[STEPS_REMEMBERED:]

    def lines(self) -> list[Entry]:
        """The whole record so far, line by line, secrets masked."""
        return [entry for run in self._runs for entry in self._entries(run)]

    def _now(self) -> float:
        return time.monotonic() - self.began_s

    def _add(self, direction: Direction, data: bytes, tls: bool) -> None:
        last = self._runs.last
        # What is shown stays as it is, but of a flood only the count goes on.
        open_ = len(self._runs) > self._shown or (last and last.dropped and len(data) >= KEPT_BYTES)
        if not last or not open_ or last.direction != direction or last.tls != tls:
            last = ByteRun(self._now(), direction, tls, bytearray())
            self._runs.append(last)
        last.add(data)

    def _masked(self, run: ByteRun) -> bytes:
        data = bytes(run.data)
        if run.direction == "*":
            return data
        return masked(data, self._secrets, wire=True)

    def _entries(self, run: ByteRun) -> list[Entry]:
        text = self._masked(run).decode("utf-8", errors="backslashreplace")
        lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        entries = [Entry(run.time_s, run.direction, line, run.tls) for line in lines]
        if run.dropped:
            entries.append(Entry(run.time_s, "*", f"… and {run.dropped} bytes more", run.tls))
        return entries
