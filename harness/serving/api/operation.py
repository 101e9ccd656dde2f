"""An operation of the control API: all that its route and its document are made of."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.contract.answer import first_problem
from harness.serving.api.problem import Refused
from harness.serving.library import Library
from harness.serving.stand import Stand
from harness.serving.standing import Standing

LONGEST_BODY: Final = 1024 * 1024
"""Bytes of a request's body."""


@dataclass(frozen=True)
class Call:
    """One request, checked: `query` and `body` are what the operation's models made of them."""

    stand: Stand
    library: Library
    request: Request
    query: Any = None
    body: Any = None

    @property
    def standing(self) -> Standing:
        """The mailbox that the path names. Raises Refused."""
        try:
            return self.stand.get(self.request.path_params["mailbox"])
        except KeyError as error:
            raise Refused(404, error.args[0]) from None


@dataclass(frozen=True)
class Operation:
    """`handle` answers with an instance of `returns`, or a response of its own."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    summary: str
    handle: Callable[[Call], Awaitable[BaseModel | Response]]
    returns: type[BaseModel] | str
    """A model, or the media type of something else."""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200

    @property
    def name(self) -> str:
        """Its id in the document."""
        return self.handle.__name__

    def route(self, stand: Stand, library: Library) -> Route:
        """Where Starlette finds it."""

        async def endpoint(request: Request) -> Response:
            query = _checked(self.query, dict(request.query_params)) if self.query else None
            body = _checked(self.body, await _json(request)) if self.body else None
            answer = await self.handle(Call(stand, library, request, query, body))
            if isinstance(answer, Response):
                return answer
            text = answer.model_dump_json(by_alias=True)
            return Response(text, self.status, media_type="application/json")

        return Route(self.path, endpoint, methods=[self.method], name=self.name)


def _checked(model: type[BaseModel], data: Any) -> BaseModel:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Refused(422, first_problem(error)) from None


async def body_of(request: Request) -> bytes:
    """All of a request's body. Raises Refused where it is too long."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LONGEST_BODY:
            raise Refused(413, f"a body has at most {LONGEST_BODY} bytes")
    return bytes(data)


async def _json(request: Request) -> Any:
    try:
        return json.loads(await body_of(request))
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
