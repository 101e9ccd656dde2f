"""The control API on its two sockets: a Unix one for this user, loopback TCP with a token."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from harness.files.problems import BadInput
from harness.serving.api.guard import READY, Guard
from harness.serving.api.operation import document, routes
from harness.serving.api.operations import OPERATIONS
from harness.serving.api.responses import HANDLED, explained
from harness.serving.api.runtime import listening_at, runtime_folder
from harness.serving.page.rendering import refused
from harness.serving.page.routes import page_routes
from harness.serving.placing import label
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand

_HOST: Final = "127.0.0.1"
_LAST_ANSWERS_S: Final = 1


@dataclass(frozen=True)
class Api:
    """Where the control API is to be reached."""

    url: str
    token: str
    socket: str

    @property
    def page(self) -> str:
        """The address to open in a browser."""
        return self.page_of("")

    def page_of(self, scenario_id: str) -> str:
        """The same of one mailbox; where no id is given, where one is chosen."""
        path = f"s/{label(scenario_id)}" if scenario_id else ""
        return f"{self.url}/{path}?token={self.token}"


@asynccontextmanager
async def control_api(
    stand: Stand, library: Library, *, port: int = 0, token: str = "", path: Path | None = None
) -> AsyncIterator[Api]:
    """Serve the API as long as the block runs.

    `port`: 0 is any free one. `token`: left out, one is made. `path`: of the Unix socket; left out,
    in the user's runtime folder. Raises BadInput where it cannot listen.
    """
    token = token or secrets.token_urlsafe(24)
    path = path or runtime_folder() / f"serve-{os.getpid()}.sock"
    app = _application(stand, library)
    async with AsyncExitStack() as stack:
        tcp = stack.enter_context(_tcp(port))
        bound = tcp.getsockname()[1]
        unix = stack.enter_context(listening_at(path))
        await stack.enter_async_context(_served(app, unix))
        await stack.enter_async_context(_served(Guard(app, token, bound, refused), tcp))
        stack.callback(stand.feed.close)  # else those who wait for events would be waited for
        yield Api(f"http://{_HOST}:{bound}", token, str(path))


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


@contextmanager
def _tcp(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((_HOST, port))
    except OSError as error:
        raise BadInput([f"cannot listen on {_HOST} port {port}: {error.strerror}"]) from None
    with listener:
        yield listener


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
async def _served(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
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
