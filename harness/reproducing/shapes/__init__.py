"""How clients and servers write their logs: a module for each shape, and its row in `material`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fakeservers.wire.transcript import Direction
from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance

_NEVER = "(?!)"


@dataclass(frozen=True)
class Shape:
    """`sign` is found in every log of this shape, and in few others. `read`: its lines."""

    name: str
    sign: re.Pattern[str]
    read: Callable[[Iterable[str]], Iterable[Utterance]]


def sign(pattern: str) -> re.Pattern[str]:
    """A pattern whose `^` is the beginning of any line."""
    return re.compile(pattern, re.MULTILINE)


def by_line(
    *said: str,
    hidden: str = _NEVER,
    tls: str = _NEVER,
    connecting: str = _NEVER,
    tells: str = "",
    connection: str = _NEVER,
    lines_of: Callable[[str], Iterable[str]] = lambda text: [text],
) -> Callable[[Iterable[str]], Iterator[Utterance]]:
    """How to read a log in which each line tells who spoke.

    `said`: lines of the protocol from their beginning; what is in the group `S` was said by the
    server, `C` by the client, `connection` (without brackets) on which, `lines_of` makes lines of
    it. `hidden`: where the client said something, but left it out. `tls`, `connecting`: lines that
    tell of this, and `connection` where. `tells`: other lines that may tell of a failure.
    """
    patterns = [re.compile(pattern) for pattern in said]

    def read(lines: Iterable[str]) -> Iterator[Utterance]:
        for line in lines:
            found = next(filter(None, (pattern.match(line) for pattern in patterns)), None)
            if found:
                name = (found.groupdict().get("connection") or "").strip("[]")
                direction: Direction = "C" if found["S"] is None else "S"
                if direction == "C" and re.search(hidden, found["C"]):
                    yield Utterance("*", "suppressed", name)
                    continue
                yield from (Utterance(direction, each, name) for each in lines_of(found[direction]))
            elif (secured := re.search(tls, line)) or re.search(connecting, line):
                where = re.search(connection, line)
                name = where[1].strip("[]") if where else ""
                yield Utterance("*", "tls" if secured else "connecting", name)
            elif re.match(tells, line):
                yield from happened(line)

    return read
