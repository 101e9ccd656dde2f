"""The reference of the control API, made of its own document (OpenAPI 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docs.site.markdown import cell, code, page_text, table
from docs.site.schema_tables import kind, objects
from harness.serving.api.operation import document
from harness.serving.api.operations import OPERATIONS


def pages() -> dict[str, str]:
    return {"reference/api": page_text(_page())}


def _page() -> Iterator[str]:
    told = document(OPERATIONS)
    yield from ("# Every operation of the control API", "")
    yield from ("How it is reached, and examples, is told in [its own page](../api.md).", "")
    yield from ("## Operations", "")
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield from _operation(f"{method.upper()} {path}", operation)
    schemas = told["components"]["schemas"]
    yield from ("## Objects", "")
    yield from objects(told, schemas, "###")


def _operation(name: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (f"### `{name}`", "", f"{operation['summary']}.", "")
    rows = [
        (code(each["name"]), each["in"], kind(each["schema"]), _about(each["schema"]))
        for each in operation.get("parameters", ())
    ]
    yield from table(("parameter", "in", "what it is", ""), rows)
    if body := operation.get("requestBody"):
        yield from (f"Body: {_content(body)}.", "")
    for status, answer in operation["responses"].items():
        content = _content(answer)
        what = f": {content}" if content else ""
        yield from (f"- {status}, {cell(answer['description'])}{what}",)
    yield ""


def _about(schema: dict[str, Any]) -> str:
    return cell(schema.get("description") or "")


def _content(part: dict[str, Any]) -> str:
    """What is sent: an object, or a media type of something else."""
    kinds = []
    for media, content in part.get("content", {}).items():
        what = content.get("schema", {})
        named = bool(what) and "json" in media
        kinds.append(f"{kind(what)} (`{media}`)" if named else f"`{media}`")
    return " or ".join(kinds)
