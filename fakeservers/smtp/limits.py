"""How many errors a connection may make (`SmtpBehaviour.error_limits`)."""

from __future__ import annotations

from collections.abc import Sequence

from fakeservers.dialects.behaviour import ErrorLimit


class Errors:
    """The errors of one connection, counted for each limit."""

    def __init__(self, limits: Sequence[ErrorLimit]) -> None:
        self._limits = limits
        self._counts = [0] * len(limits)

    def count(self, name: str, command: str, reply: bytes) -> ErrorLimit | None:
        """Count a reply to a command, if it is an error; the limit that ends the connection."""
        general = name.partition("@")[0]
        names = {name, general, f"{general}@{command}"}
        reached: ErrorLimit | None = None
        for number, limit in enumerate(self._limits):
            counts = (
                reply[:1] in (b"4", b"5")
                if limit.of is None
                else bool(names.intersection(limit.of))
            )
            self._counts[number] += counts
            over = self._counts[number] > limit.allowed - (limit.said == "afterwards")
            if counts and over and reached is None:
                reached = limit
        return reached
