"""Waiting for events on behalf of a client, which may leave at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from harness.serving.api.views import event_view
from harness.serving.feed import Feed, Fits

T = TypeVar("T")


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T | None:
    """What the work returns; None, and the work cancelled, where the client leaves before that."""
    leaving = asyncio.ensure_future(_left(receive))
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait([leaving, working], return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (leaving, working):
            task.cancel()
        await asyncio.gather(leaving, working, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class TextStream(Response):
    """Texts of server-sent events (HTML, 9.2) as they come to be, until the client leaves."""

    def __init__(self, texts: AsyncGenerator[str, None]) -> None:
        super().__init__(
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
        del self.headers["content-length"]
        self._texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers},
        )
        await unless_gone(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._texts) as texts:
            async for text in texts:
                await _send(send, text)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class EventStream(TextStream):
    """The events of a feed after a number, as their views in JSON."""

    def __init__(self, feed: Feed, after: int, fits: Fits) -> None:
        super().__init__(_event_texts(feed, after, fits))


async def _event_texts(feed: Feed, after: int, fits: Fits) -> AsyncGenerator[str, None]:
    yield f": after {after}\n\n"
    async for events in feed.follow(after, fits):
        views = (event_view(event) for event in events)
        yield "".join(
            f"id: {view.number}\nevent: {view.kind}\ndata: {view.model_dump_json()}\n\n"
            for view in views
        )


async def _send(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
