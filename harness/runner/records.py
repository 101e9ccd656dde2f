"""The connections of a check, as reports know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fakeservers.wire.entries import Entry
from fakeservers.wire.transcript import Transcript


@dataclass(frozen=True)
class Line:
    """One line of a transcript; `*` is something that happened. Secrets are masked."""

    time_s: float
    """Seconds since the connection was accepted."""
    direction: Literal["C", "S", "*"]
    """`C` the client, `S` the server, `*` something that happened."""
    text: str
    """What was said, without the line's end."""
    tls: bool
    """Whether it was said in TLS."""


@dataclass(frozen=True)
class ConnectionRecord:
    """One connection of a check, as the mailbox saw it."""

    service: str
    """Which port of the mailbox."""
    protocol: str
    """What is spoken there."""
    peer: str
    """Where the client connected from."""
    ended_by: Literal["client", "server"] | None
    """Who closed it first; none: nobody has."""
    ended_how: Literal["FIN", "RST"] | None
    """How it was closed: in order (FIN), or torn down (RST)."""
    lines: tuple[Line, ...]
    """What was said, in order."""


def record(transcript: Transcript) -> ConnectionRecord:
    """A transcript as reports know it."""
    return ConnectionRecord(
        service=transcript.service,
        protocol=transcript.protocol,
        peer=transcript.peer,
        ended_by=transcript.ended_by,
        ended_how=transcript.ended_how,
        lines=tuple(shown_line(entry) for entry in transcript.lines()),
    )


def shown_line(entry: Entry) -> Line:
    """A transcript's entry as reports know it."""
    return Line(round(entry.time_s, 4), entry.direction, entry.text, entry.tls)
