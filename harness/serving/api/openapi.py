"""The document of the control API (OpenAPI 3.1), made from its operations and their models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from harness.serving.api.models import ProblemView
from harness.serving.api.operation import Operation
from harness.serving.api.problem import MEDIA_TYPE

Json = dict[str, Any]
_REFERENCE: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)(:path)?\}")


def document(operations: Sequence[Operation]) -> Json:
    """The whole document."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemView, "serialization")]
    wanted += [(each.body, "validation") for each in operations if each.body]
    wanted += [(e.returns, "serialization") for e in operations if not isinstance(e.returns, str)]
    references, definitions = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template=_REFERENCE
    )
    paths: Json = {}
    for each in operations:
        path = _PARAMETER.sub(r"{\1}", each.path)
        paths.setdefault(path, {})[each.method.lower()] = _described(each, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "badinbox", "version": "1", "description": __doc__},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _described(operation: Operation, references: Any) -> Json:
    found: Json = {"operationId": operation.name, "summary": operation.summary}
    if parameters := [*_of_path(operation.path), *_of_query(operation.query)]:
        found["parameters"] = parameters
    if operation.body:
        schema = references[operation.body, "validation"]
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    found["responses"] = {
        str(operation.status): {"description": "done", "content": _content(operation, references)},
        "default": {
            "description": "refused, with one sentence that says why",
            "content": {MEDIA_TYPE: {"schema": references[ProblemView, "serialization"]}},
        },
    }
    return found


def _content(operation: Operation, references: Any) -> Json:
    if isinstance(operation.returns, str):
        return {operation.returns: {}}
    schema = references[operation.returns, "serialization"]
    return {"application/json": {"schema": schema}}


def _of_path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name, _ in _PARAMETER.findall(path)
    ]


def _of_query(model: type[BaseModel] | None) -> list[Json]:
    if model is None:
        return []
    schema = model.model_json_schema()
    return [
        {"name": name, "in": "query", "required": False, "schema": described}
        for name, described in schema["properties"].items()
    ]
