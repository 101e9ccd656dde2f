"""The dialogues at a mailbox as pieces of HTML, bounded, for a page that is shown live.

They are made of the feed's events, from the last reset on: what a page is given first and what it
is given later cannot overlap, nor leave a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from harness.reports.sequence import Row, sequence_row
from harness.serving.feed import Happening
from harness.serving.page.rendering import render
from harness.serving.standing import Standing

MOST_CONNECTIONS: Final = 30
MOST_LINES: Final = 120
"""Of a connection. So many are in the page at a time: the last ones."""


@dataclass
class _News:
    """What a batch of events has of one connection."""

    key: str
    title: str
    protocol: str
    peer: str = ""
    closed: str = ""
    fired: bool = False
    rows: list[Row] = field(default_factory=list)
    left_out: int = 0

    def add(self, event: Happening) -> None:
        if event.kind == "connection":
            self.peer = event.about
        elif event.kind == "closed":
            self.closed = event.about
        elif event.kind == "fired":
            self.fired = True
        elif event.line is not None:
            self.rows.append(sequence_row(self.protocol, event.line, ""))

    def bound(self) -> None:
        self.left_out = max(0, len(self.rows) - MOST_LINES)
        del self.rows[: self.left_out]


def since_reset(events: Iterable[Happening]) -> list[Happening]:
    """Those after the last reset, all where there was none."""
    found: list[Happening] = []
    for event in events:
        if event.kind in ("reset", "started"):
            found.clear()
        else:
            found.append(event)
    return found


def pieces(standing: Standing, events: Iterable[Happening]) -> str:
    """The HTML of what is new at each connection; `page.js` puts it where it belongs."""
    services = standing.mailbox.spec.services
    found: dict[str, _News] = {}
    for event in events:
        if event.connection is None:
            continue
        key = f"{event.service}-{event.connection}"
        if key not in found:
            title = f"{event.service} #{event.connection}"
            protocol = services[event.service].protocol if event.service in services else ""
            found[key] = _News(key, title, protocol)
        found[key].add(event)
    if not found:
        return ""
    last = list(found.values())[-MOST_CONNECTIONS:]
    for news in last:
        news.bound()
    return render("pieces.html.j2", connections=last, left_out=len(found) - len(last))
