"""An operation of the HTTP API: its route, and what the document of the API says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.contract.answer import first_problem
from harness.serving.api.models import ProblemView
from harness.serving.api.responses import PROBLEM_TYPE
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand
from harness.serving.standing import Standing

LONGEST_BODY: Final = 1024 * 1024
"""Bytes of a request's body."""
_ABOUT: Final = (
    "The document of the control API (OpenAPI 3.1), made from its operations and their models."
)
_PARAMETER: Final = re.compile(r"\{(\w+)(:path)?\}")

Json = dict[str, Any]
RequestModel = TypeVar("RequestModel", bound=BaseModel)
Method = Literal["GET", "POST", "PUT", "DELETE"]
OperationHandler = Callable[..., Awaitable[BaseModel | Response]]


@dataclass(frozen=True)
class Call:
    """One request at a stand."""

    stand: Stand
    library: Library
    request: Request

    @property
    def standing(self) -> Standing:
        """The mailbox that the path names. Raises Absent."""
        return self.stand.get(self.request.path_params["mailbox"])


@dataclass(frozen=True)
class Operation:
    """What is at an address for a method.

    - ``handle``: is given the call, and as `body` and `query` what those models made of them.
    - ``answers``: models, which are JSON, or media types of something else, with this ``status``.
    """

    method: Method
    path: str
    summary: str
    handle: OperationHandler
    answers: tuple[type[BaseModel] | str, ...]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    status: int

    @property
    def name(self) -> str:
        """Its id in the document."""
        return self.handle.__name__

    async def answer(self, call: Call) -> Response:
        """What comes of a call. Raises what is a refusal."""
        given = {}
        if self.query:
            given["query"] = checked(self.query, dict(call.request.query_params))
        if self.body:
            given["body"] = checked(self.body, await _json(call.request))
        answer = await self.handle(call, **given)
        if isinstance(answer, Response):
            return answer
        text = answer.model_dump_json(by_alias=True)
        return Response(text, self.status, media_type="application/json")

    def described(self, schema_of: Callable[[type[BaseModel], JsonSchemaMode], Json]) -> Json:
        """What the document says of it (OpenAPI 3.1, Operation Object)."""
        found: Json = {"operationId": self.name, "summary": self.summary}
        if parameters := [*_of_path(self.path), *_of_query(self.query)]:
            found["parameters"] = parameters
        if self.body:
            schema = schema_of(self.body, "validation")
            content = {"application/json": {"schema": schema}}
            found["requestBody"] = {"required": True, "content": content}
        answer: Json = {}
        for each in self.answers:
            if isinstance(each, str):
                answer[each] = {}
            else:
                answer["application/json"] = {"schema": schema_of(each, "serialization")}
        found["responses"] = {
            str(self.status): {"description": "done", "content": answer},
            "default": {
                "description": "refused, with one sentence that says why",
                "content": {PROBLEM_TYPE: {"schema": schema_of(ProblemView, "serialization")}},
            },
        }
        return found


def routes(operations: Sequence[Operation], stand: Stand, library: Library) -> Iterator[Route]:
    """Where Starlette finds them: one for each path, so that what it says is allowed there is."""
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    for path, there in by_path.items():
        yield _route(path, there, stand, library)


def _route(path: str, there: Mapping[str, Operation], stand: Stand, library: Library) -> Route:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await there[method].answer(Call(stand, library, request))

    return Route(path, endpoint, methods=list(there))


def document(operations: Sequence[Operation]) -> Json:
    """The document of the API (OpenAPI 3.1), made from its operations and their models."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemView, "serialization")]
    wanted += [(each.body, "validation") for each in operations if each.body]
    answers = [answer for each in operations for answer in each.answers]
    wanted += [(each, "serialization") for each in answers if not isinstance(each, str)]
    references, definitions = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Json] = {}
    for each in operations:
        path = _PARAMETER.sub(r"{\1}", each.path)
        described = each.described(lambda model, mode: references[model, mode])
        paths.setdefault(path, {})[each.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "badinbox", "version": "1", "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _of_path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name, _ in _PARAMETER.findall(path)
    ]


def _of_query(model: type[BaseModel] | None) -> list[Json]:
    properties = model.model_json_schema()["properties"] if model else {}
    return [
        {"name": name, "in": "query", "required": False, "schema": _never_null(described)}
        for name, described in properties.items()
    ]


def _never_null(described: Json) -> Json:
    """What a query may be: left out, but not null."""
    (kind,) = [each for each in described.get("anyOf", [{}]) if each != {"type": "null"}]
    dropped = ("anyOf", "default") if kind else ()
    return {**{key: said for key, said in described.items() if key not in dropped}, **kind}


def checked(model: type[RequestModel], data: Any) -> RequestModel:
    """The model of the data. Raises HTTPException: what is wrong with it."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise HTTPException(422, first_problem(error)) from None


async def body_of(request: Request) -> bytes:
    """All of a request's body. Raises HTTPException where it is too long."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LONGEST_BODY:
            raise HTTPException(413, f"a body has at most {LONGEST_BODY} bytes")
    return bytes(data)


async def _json(request: Request) -> Any:
    try:
        return json.loads(await body_of(request))
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None
