"""What the API answers besides a model: refusals, and events for as long as the client stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from harness.files.problems import BadInput
from harness.serving.api.models import ProblemView
from harness.serving.api.views import event_view
from harness.serving.feed import EventFits, Feed
from harness.serving.language import language_of
from harness.serving.refusals import Declined
from harness.texts import LANGUAGES, load_page_texts

PROBLEM_TYPE: Final = "application/problem+json"
"""RFC 9457."""

T = TypeVar("T")


def problem(status: int, detail: str) -> Response:
    """The response that says what went wrong."""
    title = HTTPStatus(status).phrase
    view = ProblemView(title=title, status=status, detail=" ".join(detail.split()))
    return JSONResponse(view.model_dump(), status, media_type=PROBLEM_TYPE)


def refusal(error: Exception, language: str = LANGUAGES[0]) -> tuple[int, str]:
    """The status of what a handler raised, and the sentence that says why."""
    texts = load_page_texts(language)["problems"]
    match error:
        case Declined():
            return error.status, error.said(language)
        case BadInput():
            return 422, str(error)
        case HTTPException(status_code=status, detail=detail):
            return status, texts[_WORDED[status]] if status in _WORDED else detail
    return 500, texts["ours"].format(what=f"{type(error).__name__}: {error}")


_WORDED: Final = {404: "nothing", 405: "method"}
"""In place of what Starlette says where it finds no route."""


async def explained(request: Request, error: Exception) -> Response:
    """The response to an exception of a handler."""
    response = problem(*refusal(error, language_of(request.headers)))
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


HANDLED: Final = (BadInput, HTTPException, Exception)
"""What `explained` is registered for."""


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
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await unless_gone(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._texts) as texts:
            async for text in texts:
                await _send(send, text)
        await _send(send, "", more=False)


async def _send(send: Send, text: str, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})


async def event_texts(feed: Feed, after: int, fits: EventFits) -> AsyncGenerator[str, None]:
    """The events after a number, as their views in JSON, for a TextStream."""
    yield f": after {after}\n\n"
    async for events in feed.follow(after, fits):
        yield "".join(
            f"id: {view.number}\nevent: {view.kind}\ndata: {view.model_dump_json()}\n\n"
            for view in map(event_view, events)
        )
