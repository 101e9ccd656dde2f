"""A JSON Schema as tables for people: the keys of each object, what they may be, what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from docs.site.markdown import cell, code, prose, table

Schema = dict[str, Any]

_SHOWN: Final = 12
"""Of so many values all are named in a row; of more, the first ones."""
_FEW: Final = 3
_PLAIN: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}


def objects(schema: Schema, definitions: Schema, level: str = "##") -> Iterator[str]:
    """The definitions, each with a heading that `kind` links to."""
    for name, definition in definitions.items():
        yield from (f"{level} `{name}`", "")
        yield from described(definition)


def described(schema: Schema) -> Iterator[str]:
    """What it is for, and its keys."""
    for paragraph in (schema.get("description") or "").split("\n\n"):
        yield from (_paragraph(paragraph), "")
    required = set(schema.get("required", ()))
    rows = list(_rows(schema.get("properties", {}), required))
    yield from table(("key", "what it is", ""), rows)
    if not rows:
        yield from (f"It is {kind(schema, itself=True)}.", "")


def _paragraph(text: str) -> str:
    """Lists stay lists."""
    items = re.split(r"\n(?=- )", text)
    return "\n".join(
        f"- {prose(each[2:])}" if each.startswith("- ") else prose(each) for each in items
    )


def _rows(properties: Schema, required: set[str]) -> Iterator[tuple[str, str, str]]:
    for name, schema in properties.items():
        about = cell(schema.get("description") or "")
        default = schema.get("default")
        usual = f" Left out: {code(json.dumps(default))}." if default not in (None, [], {}) else ""
        needed = "; required" if name in required else ""
        yield code(name), f"{kind(schema)}{needed}", f"{about}{usual}"


def kind(schema: Schema | bool, *, itself: bool = False) -> str:
    """What a value may be, in words; an object is a link to its own table."""
    if isinstance(schema, bool):
        return "anything"
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return _one_of([code(str(each)) for each in schema["enum"]])
    if not itself and (several := list(dict.fromkeys(_alternatives(schema)))):
        return _one_of(several)
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', True))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object, by name: {kind(schema['additionalProperties'])}"
    return _typed(schema)


def _alternatives(schema: Schema | bool) -> Iterator[str]:
    """What it may be, in words, one by one; nothing where it is no choice."""
    if isinstance(schema, dict):
        for union in ("anyOf", "oneOf", "allOf"):
            for each in filter(_says, schema.get(union, ())):
                yield from list(_alternatives(each)) or [kind(each)]


def _says(schema: Schema | bool) -> bool:
    """Whether it says what the value is, not only what it must not lack."""
    return isinstance(schema, bool) or bool(schema.keys() - {"required", "not", "if", "then"})


def _typed(schema: Schema) -> str:
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else types
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = f", {low} to {high}" if low is not None and high is not None else ""
    return (" or ".join(_PLAIN[name] for name in names) or "anything") + bounds


def _one_of(several: list[str]) -> str:
    if len(several) > _SHOWN:
        return f"{', '.join(several[:_FEW])} or one of {len(several) - _FEW} more"
    return " or ".join(filter(None, [", ".join(several[:-1]), several[-1]]))
