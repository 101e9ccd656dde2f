"""The file format as JSON Schema, for editors. It lets placeholders of a matrix through.

An editor cannot know how cases are merged, so the schema is the looser one: loading may refuse what
it accepts. `python -m harness.scenario.schema` prints it; `scenarios/scenario.schema.json` is that
text.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from fakeservers.actions import ACTIONS
from harness.scenario.cases import FAMILY_KEYS, INSECURE_ALLOWED, Family
from harness.scenario.model import CaseFile, Facts

JsonSchema = dict[str, Any]

_PLACEHOLDER: Final = "<[A-Za-z0-9_.-]+>"
_NOTES: Final = {"title", "description", "default"}
_REQUIRED: Final = ["title", "reproduces"]
"""The keys that no case can give: the others may come from `cases`."""


class _FileFormat(GenerateJsonSchema):
    """What may be written, which is more than what the models hold."""

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchema:
        """A list of one may be written without brackets, an action without parameters bare."""
        inner = super().function_before_schema(schema)
        if inner.get("type") == "array":
            return {"anyOf": [inner["items"], inner]}
        if schema["schema"]["type"] == "tagged-union":
            bare = [name for name, action in ACTIONS.items() if action.ends]
            return {"anyOf": [{"enum": bare}, {"oneOf": inner["oneOf"]}]}
        return inner


def json_schema() -> JsonSchema:
    """The JSON Schema (2020-12) of a scenario file."""
    schema = _of(CaseFile)
    definitions: JsonSchema = schema.pop("$defs")
    family: JsonSchema = _of(Family)["properties"]
    family["cases"]["additionalProperties"] = _nullable("CaseOrSibling")
    family[INSECURE_ALLOWED] = _nullable("Case")
    case: JsonSchema = schema["properties"]
    definitions["Case"] = _mapping(case)
    definitions["CaseOrSibling"] = _mapping({**case, INSECURE_ALLOWED: _nullable("Case")})
    definitions["Change"] = _mapping(_of(Facts)["properties"])
    definitions["RemedyFile"]["properties"]["apply"] = {"$ref": "#/$defs/Change"}
    definitions["Service"].pop("required")  # an override need not repeat it
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A badinbox scenario",
        **_mapping({**case, **{key: family[key] for key in FAMILY_KEYS}}),
        "required": _REQUIRED,
        "$defs": definitions,
    }
    for part in _parts(whole):
        _tidy(part)
        _allow_placeholders(part)
    return whole


def _of(model: type[BaseModel]) -> JsonSchema:
    return model.model_json_schema(schema_generator=_FileFormat)


def _mapping(properties: JsonSchema) -> JsonSchema:
    own = copy.deepcopy(properties)
    return {"type": "object", "properties": own, "additionalProperties": False}


def _nullable(definition: str) -> JsonSchema:
    return {"anyOf": [{"$ref": f"#/$defs/{definition}"}, {"type": "null"}]}


def _tidy(part: JsonSchema) -> None:
    """Take out what only repeats the key, and defaults that are whole mappings."""
    if isinstance(part.get("title"), str) and "$schema" not in part:
        del part["title"]
    if isinstance(part.get("default"), dict):
        del part["default"]


def _parts(schema: Any) -> Iterator[JsonSchema]:
    """Every schema inside a schema, the inner ones first."""
    children = schema if isinstance(schema, list) else []
    if isinstance(schema, dict):
        children = list(schema.values())
    for child in children:
        yield from _parts(child)
    if isinstance(schema, dict):
        yield schema


def _allow_placeholders(part: JsonSchema) -> None:
    if part.get("additionalProperties") is False:
        part["patternProperties"] = {_PLACEHOLDER: True}
    if isinstance(part.get("enum"), list) or "const" in part:
        words = part.pop("enum", None) or [part.pop("const")]
        part.pop("type", None)
        part["anyOf"] = [{"enum": words}, {"type": "string", "pattern": _PLACEHOLDER}]
    elif part.get("type") in ("integer", "number", "boolean"):
        own = {key: part.pop(key) for key in list(part) if key not in _NOTES}
        part["anyOf"] = [own, {"type": "string", "pattern": f"^{_PLACEHOLDER}$"}]


def as_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
