"""What happens at a mailbox as pieces of HTML, bounded, for a page that shows it live.

They are made of the feed's events, from the last reset on: what a page is given first and what it
is given later cannot overlap, nor leave a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.reports.html import SequenceRow, sequence_row
from harness.serving.feed import EventFits, Feed, FeedEvent
from harness.serving.page.life_panel import life_panel
from harness.serving.page.rendering import render
from harness.serving.standing import Standing
from harness.texts import load_page_texts, load_report_texts

MOST_CONNECTIONS: Final = 30
MOST_LINES: Final = 120
"""Of a connection. So many are in the page at a time: the last ones."""
PACE_S: Final = 0.04
"""A page is told at once, and then no more often than this: many lines come in one piece."""
LIFE_PACE_S: Final = 0.2
"""The same of a life, whose time line is drawn anew each time."""
_OF_LIFE: Final = frozenset(
    {"state", "life-step", "order", "verdict", "login", "connection", "message", "reset"}
)
MOST_NEWS: Final = 3
"""Sentences that are said at a time."""


async def live(feed: Feed, standing: Standing, language: str = "en") -> AsyncGenerator[str, None]:
    """Server-sent events: `dialogue` begins anew, `lines` adds to it, `steps` are those of the
    checker, `life` is how far a life has come, `news` is for those who do not see it, `changed`
    names what else is to be asked for again, `stopped` is the last."""

    after = feed.last
    so_far = _so_far(feed, standing)
    steps = [event for event in so_far if event.kind == "step"]
    yield _life(standing, language) + _event("dialogue", pieces(standing, so_far, language))
    yield _steps(steps, language)
    async for events in feed.follow(after, _of(standing)):
        kinds = {event.kind for event in events}
        if "stopped" in kinds:
            yield _event("stopped", "")
            return
        afresh = kinds & {"reset", "started"}
        new = since_reset(events)
        html = pieces(standing, new, language)
        yield _event("dialogue" if afresh else "lines", html) if afresh or html else ""
        if afresh or "step" in kinds:
            steps = [] if afresh else steps
            steps += [event for event in new if event.kind == "step"]
            yield _steps(steps, language)
        if told := [each for event in events if (each := _news(event, language))]:
            yield _event("news", "; ".join(told[-MOST_NEWS:]))
        if changed := kinds & {"message", "remedy", "rules", "reset", "order"}:
            yield _event("changed", " ".join(sorted(changed)))
        if standing.living and kinds & _OF_LIFE:
            yield _life(standing, language)
            await asyncio.sleep(LIFE_PACE_S)
        await asyncio.sleep(PACE_S)


def _life(standing: Standing, language: str) -> str:
    panel = life_panel(standing, language)
    return _event("life", render("life.html.j2", language, **panel)) if standing.living else ""


def first_paint(feed: Feed, standing: Standing, language: str) -> dict[str, Any]:
    """What the page shows of the dialogue and of the checker's steps before it is live."""
    so_far = _so_far(feed, standing)
    steps = [event for event in so_far if event.kind == "step"]
    return {**_connections(standing, so_far, language), "steps": step_rows(steps)}


def _of(standing: Standing) -> EventFits:
    return lambda event: event.mailbox == standing.id


def _so_far(feed: Feed, standing: Standing) -> list[FeedEvent]:
    return since_reset(feed.since(0, _of(standing)))


def _news(event: FeedEvent, language: str) -> str:
    texts = load_page_texts(language)
    sentence = texts["news"].get(event.about if event.kind == "login" else event.kind, "")
    side = event.about.partition(" ")[0]
    told: str = sentence.format(
        where=f"{event.service} #{event.connection}",
        about=event.about,
        side=texts["sides"].get(side, side),
        verdict=load_report_texts(language)["verdicts"].get(event.about, ""),
    )
    return told


def _steps(events: Sequence[FeedEvent], language: str) -> str:
    return _event("steps", render("steps.html.j2", language, steps=step_rows(events)))


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


@dataclass(frozen=True)
class StepRow:
    """How one step went: started, done, failed or not-reached."""

    name: str
    state: str


def step_rows(events: Iterable[FeedEvent]) -> list[StepRow]:
    """All five, in order, after events of the kind `step`; none where there was no such event."""
    states: dict[str, str] = {}
    for event in events:
        name, _, states[name] = event.about.partition(" ")
    if not states:
        return []
    return [
        StepRow(name, states.get(name, "not-reached")) for name in load_page_texts("en")["steps"]
    ]


@dataclass
class _Piece:
    """What a batch of events has of one connection."""

    key: str
    title: str
    protocol: str
    language: str
    peer: str = ""
    closed: str = ""
    """By which side."""
    fired: bool = False
    rows: list[SequenceRow] = field(default_factory=list)
    left_out: int = 0

    def add(self, event: FeedEvent) -> None:
        if event.kind == "connection":
            self.peer = event.about
        elif event.kind == "closed":
            self.closed = event.about.partition(" ")[0]
        elif event.kind == "fired":
            self.fired = True
        elif event.line is not None:
            self.rows.append(sequence_row(self.protocol, event.line, "", self.language))

    def bound(self) -> None:
        self.left_out = max(0, len(self.rows) - MOST_LINES)
        del self.rows[: self.left_out]


def since_reset(events: Iterable[FeedEvent]) -> list[FeedEvent]:
    """Those after the last reset, all where there was none."""
    found: list[FeedEvent] = []
    for event in events:
        if event.kind in ("reset", "started"):
            found.clear()
        else:
            found.append(event)
    return found


def pieces(standing: Standing, events: Iterable[FeedEvent], language: str = "en") -> str:
    """The HTML of what is new at each connection; `page.js` puts it where it belongs."""
    found = _connections(standing, events, language)
    return render("pieces.html.j2", language, **found) if found["connections"] else ""


def _connections(standing: Standing, events: Iterable[FeedEvent], language: str) -> dict[str, Any]:
    """The last ones, and how many before them are left out."""
    services = standing.mailbox.spec.services
    found: dict[str, _Piece] = {}
    for event in events:
        if event.connection is None:
            continue
        key = f"{event.service}-{event.connection}"
        if key not in found:
            title = f"{event.service} #{event.connection}"
            protocol = services[event.service].protocol if event.service in services else ""
            found[key] = _Piece(key, title, protocol, language)
        found[key].add(event)
    last = list(found.values())[-MOST_CONNECTIONS:]
    for piece in last:
        piece.bound()
    return {"connections": last, "left_out": len(found) - len(last)}
