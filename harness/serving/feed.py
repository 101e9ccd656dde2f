"""What happens at the mailboxes of a stand, numbered, for any number of readers.

Readers ask for what came after a number, and wait where there is nothing yet: nobody polls, a slow
reader costs no memory, and one that leaves while it waits leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from harness.runner.records import Line

FeedKind = Literal[
    "started",
    "stopped",
    "remedy",
    "reset",
    "rules",
    "step",
    "checked",
    "verdict",
    "connection",
    "fired",
    "login",
    "token-request",
    "message",
    "idle",
    "fetched",
    "closed",
    "state",
    "life-step",
    "order",
    "line",
]

KEPT = 20_000
"""How many events are kept at least."""


@dataclass(frozen=True)
class FeedEvent:
    """One event of one mailbox; secrets are masked.

    - ``mailbox``: the id of its scenario. ``service``, ``connection``: where at it, if anywhere.
    - ``about``: the peer of a connection, the label of the rule that fired, how a log-in ended, a
      message's id, who closed and how, the advice that was followed, a step of the checker's and
      its state, a verdict; of a life: the state that the product said, the number of a step and the
      step, an order to the product.
    - ``line``: of the transcript, where ``kind`` is `line`.
    """

    number: int
    kind: FeedKind
    mailbox: str
    service: str = ""
    connection: int | None = None
    about: str = ""
    line: Line | None = None


EventFits = Callable[[FeedEvent], bool]


class Feed:
    """The events of one stand. `on_happening` is called with each, at once."""

    def __init__(self, on_happening: Callable[[FeedEvent], None] | None = None) -> None:
        self._events: list[FeedEvent] = []
        self.last = 0
        """The number of the last event; 0: there was none."""
        self._on_happening = on_happening
        self._waiting: set[asyncio.Future[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many readers wait."""
        return len(self._waiting)

    def publish(
        self,
        kind: FeedKind,
        mailbox: str,
        *,
        service: str = "",
        connection: int | None = None,
        about: str = "",
        line: Line | None = None,
    ) -> None:
        """Number it, keep it, and tell everybody."""
        self.last += 1
        event = FeedEvent(self.last, kind, mailbox, service, connection, about, line)
        self._events.append(event)
        if len(self._events) > 2 * KEPT:
            del self._events[:KEPT]
        if self._on_happening is not None:
            self._on_happening(event)
        self._wake()

    def close(self) -> None:
        """End every wait, now and from now on."""
        self._closed = True
        self._wake()

    def since(self, after: int, fits: EventFits) -> list[FeedEvent]:
        """The events that are kept with a higher number."""
        skipped = max(0, after - (self.last - len(self._events)))
        return [event for event in self._events[skipped:] if fits(event)]

    async def wait(self, after: int, fits: EventFits, timeout_s: float) -> list[FeedEvent]:
        """The events after that number, waiting for the first; none where time is up first."""
        try:
            async with asyncio.timeout(timeout_s):
                async for found in self.follow(after, fits):
                    return found
        except TimeoutError:
            pass
        return []

    async def follow(self, after: int, fits: EventFits) -> AsyncIterator[list[FeedEvent]]:
        """All events after that number, in batches as they happen, until `close`."""
        while True:
            found = self.since(after, fits)
            after = self.last
            if found:
                yield found
            if self._closed:
                return
            if after == self.last:  # else more happened while the reader was busy
                await self._changed()

    async def _changed(self) -> None:
        change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(change)
        try:
            await change
        finally:
            self._waiting.discard(change)

    def _wake(self) -> None:
        for change in self._waiting:
            if not change.done():
                change.set_result(None)
