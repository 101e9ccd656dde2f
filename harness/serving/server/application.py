"""What speaks HTTP at the sockets of the control API: its operations, and the page."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from harness.serving.api.guard import READY, Guard
from harness.serving.api.operation import document, routes
from harness.serving.api.operations import OPERATIONS
from harness.serving.api.responses import HANDLED, explained
from harness.serving.page.rendering import refused
from harness.serving.page.routes import page_routes
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand

_LAST_ANSWERS_S: Final = 1


@asynccontextmanager
async def served(
    stand: Stand, library: Library, token: str, *, tcp: socket.socket, unix: socket.socket
) -> AsyncIterator[None]:
    """Answer at both sockets as long as the block runs; over TCP whoever knows the token."""
    app = _application(stand, library)
    guarded = Guard(app, token, tcp.getsockname()[1], refused)
    async with _answered(app, unix), _answered(guarded, tcp):
        yield


def _application(stand: Stand, library: Library) -> Starlette:
    """What both sockets serve: the API and the page."""
    return Starlette(
        routes=[
            Route(READY, _ready),
            Route("/v1/openapi.json", _document),
            *routes(OPERATIONS, stand, library),
            *page_routes(stand, library),
        ],
        exception_handlers={kind: explained for kind in HANDLED},
    )


async def _ready(_request: Request) -> Response:
    """For probes, which have no token: this is served only once the mailboxes stand."""
    return PlainTextResponse("ready\n")


async def _document(_request: Request) -> Response:
    return JSONResponse(document(OPERATIONS))


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command's business."""
        yield


@asynccontextmanager
async def _answered(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        loop="none",
        http="h11",  # httptools loses the body of a request that offers HTTP/2, as Java's do
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    try:
        if not serving.done():  # done before it is ready: it has failed
            yield
    finally:
        server.should_exit = True
        await serving
