"""What happens at a mailbox, for a page that shows it live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from harness.serving.feed import Feed, Happening
from harness.serving.page.dialogue import pieces, since_reset
from harness.serving.page.rendering import render
from harness.serving.page.steps import step_rows
from harness.serving.standing import Standing

PACE_S: Final = 0.04
"""A page is told at once, and then no more often than this: many lines come in one piece."""

MOST_NEWS: Final = 3
"""Sentences that are said at a time."""


async def live(feed: Feed, standing: Standing) -> AsyncGenerator[str, None]:
    """Server-sent events: `dialogue` begins anew, `lines` adds to it, `steps` are those
    of the checker, `news` is for those who do
    not see it, `changed` names what else is to be asked for again, `stopped` is the last."""

    def fits(event: Happening) -> bool:
        return event.mailbox == standing.id

    after = feed.last
    so_far = since_reset(feed.since(0, fits))
    steps = [event for event in so_far if event.kind == "step"]
    yield _event("dialogue", pieces(standing, so_far)) + _steps(steps)
    async for events in feed.follow(after, fits):
        kinds = {event.kind for event in events}
        if "stopped" in kinds:
            yield _event("stopped", "")
            return
        afresh = kinds & {"reset", "started"}
        new = since_reset(events)
        html = pieces(standing, new)
        yield _event("dialogue" if afresh else "lines", html) if afresh or html else ""
        if afresh or "step" in kinds:
            steps = [] if afresh else steps
            steps += [event for event in new if event.kind == "step"]
            yield _steps(steps)
        if told := [sentence for event in events if (sentence := _news(event))]:
            yield _event("news", "; ".join(told[-MOST_NEWS:]))
        if changed := kinds & {"message", "remedy", "rules", "reset"}:
            yield _event("changed", " ".join(sorted(changed)))
        await asyncio.sleep(PACE_S)


def _news(event: Happening) -> str:
    where = f"{event.service} #{event.connection}"
    match event.kind:
        case "fired":
            return f"{where}: {event.about} fired"
        case "closed":
            return f"{where}: closed by the {event.about}"
        case "login":
            return f"{where}: log-in {event.about}"
        case "message":
            return f"{where}: a message was received"
        case "checked":
            return f"Checked: {event.about}"
    return ""


def _steps(events: Sequence[Happening]) -> str:
    return _event("steps", render("steps.html.j2", steps=step_rows(events)))


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
