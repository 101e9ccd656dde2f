"""The application that both sockets serve."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.serving.api.operations import OPERATIONS
from harness.serving.api.problem import HANDLED, explained
from harness.serving.library import Library
from harness.serving.page.routes import Page
from harness.serving.stand import Stand


def application(stand: Stand, library: Library) -> Starlette:
    """The control API of a stand, and its page."""
    routes = [operation.route(stand, library) for operation in OPERATIONS]
    return Starlette(
        routes=[Route("/v1/openapi.json", _document), *routes, *Page(stand, library).routes()],
        exception_handlers={kind: explained for kind in HANDLED},
    )


async def _document(_request: Request) -> Response:
    from harness.serving.api.openapi import document  # few ask for it

    return JSONResponse(document(OPERATIONS))
