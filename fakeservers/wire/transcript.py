"""What happened on one connection: its lines in both directions, also inside TLS, without secrets;
and what it came to, as data."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from fakeservers.files.patterns import kept_regex
from fakeservers.wire import EventName
from fakeservers.wire.disclosure import UserNames
from fakeservers.wire.entries import Entry, Record
from fakeservers.wire.http_disclosure import disclosure_of
from fakeservers.wire.secrets import MASK, KnownSecrets, known_secrets

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

_WHY_NOT = kept_regex(rb"(?:\+|334) eyJ")  # `{"` in base64
"""The challenge that tells why a token is refused (RFC 7628, 3.2.3): what follows says no more."""
_HTTP_ERROR = kept_regex(rb"HTTP/1\.[01] [45]")
_HTTP_WORDS = kept_regex(rb"\berror", re.IGNORECASE)
_REFUSAL = kept_regex(rb"\* BYE\b|[^*+ ]\S* (?:NO|BAD)\b", re.IGNORECASE)


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


@dataclass(frozen=True)
class Private:
    """Of a mailbox: what must not be shown, and the names that may be."""

    secrets: KnownSecrets
    names: UserNames

    @classmethod
    def of(cls, secrets: Iterable[str], names: Iterable[str]) -> Private:
        return cls(known_secrets(frozenset(map(str.encode, secrets))), UserNames(names))


NOBODYS = Private.of((), ())


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
    hello_bytes: int = 0
    """How many the ClientHello has, as it says itself; 0: there was none."""
    unheard: bool = False
    """The client had left when the server greeted it, or reset the connection instead of reading
    that."""
    mistook: bool = False
    """The client began with a ClientHello where the server does not speak TLS."""
    private: Private = field(default=NOBODYS, repr=False)
    _at: Step | None = None
    """The step at hand, be it one of those that are kept or not."""
    _said_bytes: int = 0
    _record: Record = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._record = Record(
            self.private.secrets,
            disclosure_of(self.protocol, self.private.names),
            clock=self._now,
            show=self._show,
        )

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
        """Whether the server said no at this step: NO, BAD, BYE (RFC 9051, 7.1) but to who takes
        leave, 4yz or 5yz; over HTTP 4xx or 5xx."""
        if any(map(_WHY_NOT.match, bytes(step.said).splitlines())):
            return True
        if self.protocol == "oauth":
            # Some tell an error with 200, as Zoho does.
            return bool(_HTTP_ERROR.match(step.said)) or b'"error"' in step.said
        return bool(self.refusals(step))

    def refusals(self, step: Step) -> list[bytes]:
        """The lines in which it said so: of a token endpoint, those that speak of an error."""
        lines = bytes(step.said).splitlines()
        if self.protocol == "oauth":
            return [line for line in lines if _HTTP_WORDS.search(line)]
        if self.protocol == "smtp":
            return [line for line in lines if line[:1] in b"45" and line[:3].isdigit()]
        bye = step.command == "LOGOUT"
        return [line for line in lines if _REFUSAL.match(line) and not (bye and line[:1] == b"*")]

    def received(self, data: bytes, *, tls: bool) -> None:
        """Bytes from the client."""
        if not tls and self.tls == "none" and data[:2] == b"\x16\x03":
            self.mistook = True
            self.note(f"the client began TLS, with a ClientHello of {len(data)} bytes")
            return
        self._record.received(data, tls=tls)

    def sent(self, data: bytes, *, tls: bool, goes_on: bool = False) -> None:
        """Bytes to the client. `goes_on`: with what was said before."""
        if self._at:
            self._at.said += data[: SAID_BYTES - len(self._at.said)]
        self._record.sent(data, tls=tls, goes_on=goes_on)

    def show_to(
        self, on_entry: Callable[[Transcript, Entry], None] | None, private: Private
    ) -> None:
        """It belongs to another mailbox from now on, to which all so far is shown."""
        self.on_entry, self.private = on_entry, private
        self._record.secrets = private.secrets
        for entry in self._record.entries():
            self._show(entry)

    def note(self, text: str) -> None:
        """Something that happened and is not bytes: a handshake, a rule that fired."""
        self._record.note(text)

    def began_tls(self, version: str | None) -> None:
        """A handshake has succeeded. What the client had begun to say before is void."""
        self.tls = "established"
        self._record.release()
        self.note(f"TLS established ({version})")

    def end(self, by: Literal["client", "server"], how: Literal["FIN", "RST"]) -> None:
        """Who ended the connection and how. Only the first end counts."""
        if self.ended_by is None:
            self.ended_by, self.ended_how = by, how
            self.ended_s = time.monotonic()
            self._record.release()
            self.note(f"{by} closed the connection ({how})")
            if self.on_end is not None:
                self.on_end(self)

    def learn(self, word: str) -> None:
        """The client has said this in a log-in: it must not be shown where the server says it."""
        if word not in self.private.names:
            self._record.learn(word.encode())

    def named(self, name: str) -> str:
        """A user name, unless it may be a password that was typed in the wrong place."""
        return name if not name or name in self.private.names else MASK.decode()

    def masked(self, said: str) -> str:
        """Some of what the server said, as its lines are shown."""
        return self._record.masked(said.encode()).decode()

    @property
    def memory(self) -> int:
        """About how many bytes of memory it takes."""
        return self._record.memory + self._said_bytes + _STEP_BYTES * len(self.steps)

    def forget_most(self) -> None:
        """Keep only how it began and ended: there are too many of its kind."""
        self._record.forget_most()
        del self.steps[STEPS_REMEMBERED:]

    def lines(self) -> list[Entry]:
        """The whole record so far, line by line, secrets masked."""
        return self._record.entries()

    def _show(self, entry: Entry) -> None:
        if self.on_entry is not None:
            self.on_entry(self, entry)

    def _now(self) -> float:
        return time.monotonic() - self.began_s
