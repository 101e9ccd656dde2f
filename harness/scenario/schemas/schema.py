"""The formats of scenarios and of dialects as JSON Schema, for editors.

An editor cannot know how cases are merged, so that of scenarios is the looser one: it lets the
placeholders of a matrix through, and loading may refuse what it accepts. `python -m
harness.scenario.schemas.schema [dialect]` prints them; `scenarios/scenario.schema.json` and
`fakeservers/dialects/dialect.schema.json` are those texts.
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
from fakeservers.dialects.dialect import Dialect, dialect_names, load_dialect, manners
from fakeservers.dialects.soundness import PROTOCOLS
from fakeservers.dialects.template import DialectProtocol
from harness.scenario.cases import FAMILY_KEYS, INSECURE_ALLOWED, Family
from harness.scenario.dialect_files import WHERE
from harness.scenario.life.life_steps import BREAKS, KINDS
from harness.scenario.living.breaks_into import BreaksInto
from harness.scenario.model import CaseFile, Facts
from harness.scenario.schemas.descriptions import JsonSchema, describe
from harness.scenario.schemas.formats import published
from harness.taxonomy import CAUSES

_WITH_DIALECT: Final = ("Service", "ImapService", "SmtpService")
_PLACEHOLDER: Final = "<[A-Za-z0-9_.-]+>"
_NOTES: Final = {"title", "description", "default"}
_REQUIRED: Final[JsonSchema] = {
    "required": ["title"],
    "anyOf": [
        {"required": ["reproduces"]},
        {"required": [BREAKS]},
        {
            "required": ["cases"],
            "properties": {
                "cases": {
                    "description": "Each names what it breaks into.",
                    "additionalProperties": {"required": [BREAKS]},
                }
            },
        },
    ],
}
"""What no case can give, but for what it breaks into: all else may come from `cases`."""


class _FileFormat(GenerateJsonSchema):
    """What may be written, which is more than what the models hold."""

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchema:
        """A list of one may be written without brackets, an action without parameters bare."""
        inner = super().function_before_schema(schema)
        if inner.get("type") == "array":
            return {"anyOf": [inner["items"], inner]}
        if "__Reply" in inner.get("$ref", ""):  # its words alone may be written
            return {"anyOf": [{"type": "string"}, inner]}
        if schema["schema"]["type"] == "tagged-union":
            bare = [name for name, action in ACTIONS.items() if action.ends]
            return {"anyOf": [{"enum": bare}, {"oneOf": inner["oneOf"]}]}
        return inner


def json_schema() -> JsonSchema:
    """The JSON Schema (2020-12) of a scenario file."""
    schema = _of(CaseFile)
    describe(schema, CaseFile, *ACTIONS.values())
    definitions: JsonSchema = schema.pop("$defs")
    families = _of(Family)
    describe(families, Family)
    family: JsonSchema = families["properties"]
    family["cases"]["additionalProperties"] = _nullable("CaseOrSibling")
    meaning = family[INSECURE_ALLOWED]["description"]
    family[INSECURE_ALLOWED] = {**_nullable("Case"), "description": meaning}
    case: JsonSchema = schema["properties"]
    lives = _of(BreaksInto)
    describe(lives, BreaksInto)
    into: JsonSchema = lives["properties"]
    case[BREAKS] = into[BREAKS]
    definitions["NamedReply"]["properties"]["reply"] |= _reply_names()
    for each in (case, *(definitions[name]["properties"] for name in _WITH_DIALECT)):
        each["dialect"] = _dialect_names(each["dialect"])
    definitions["Case"] = _mapping(case)
    definitions["CaseOrSibling"] = _mapping({**case, INSECURE_ALLOWED: family[INSECURE_ALLOWED]})
    facts = {key: case[key] for key in _of(Facts)["properties"]}
    definitions["Change"] = _mapping(facts)
    definitions["RemedyFile"]["properties"]["apply"] |= {"$ref": "#/$defs/Change"}
    definitions["Service"].pop("required")  # an override need not repeat it
    _complete_steps(definitions["LifeStep"])
    whole = {
        **_mapping({**case, **{key: family[key] for key in FAMILY_KEYS}}),
        **copy.deepcopy(_REQUIRED),
        "if": {"required": [BREAKS]},
        "then": {"propertyNames": {"enum": sorted({*into, *FAMILY_KEYS} - {INSECURE_ALLOWED})}},
        "$defs": definitions,
    }
    for part in _parts(whole):
        _tidy(part)
        _allow_placeholders(part)
    return published("scenario", whole)


def _complete_steps(step: JsonSchema) -> None:
    """A step is one thing; what it changes is worded as at the top of the file."""
    step["oneOf"] = [{"required": [key]} for key in KINDS]
    words, _facts, nothing = step["properties"]["change"]["anyOf"]
    step["properties"]["change"]["anyOf"] = [words, {"$ref": "#/$defs/Change"}, nothing]


def _dialect_names(own: JsonSchema) -> JsonSchema:
    """A dialect by its name, or by the path of its file."""
    kept = {key: own[key] for key in own if key in ("description", "default")}
    path = {"type": "string", "pattern": r"\.ya?ml$"}
    return {"anyOf": [{"enum": list(dialect_names())}, path], **kept}


def _reply_names() -> JsonSchema:
    """Those of all dialects; and those that a user's own dialect may have."""
    names: set[str] = set()
    for name in dialect_names():
        dialect = load_dialect(name)
        names |= {each for protocol in PROTOCOLS for each in dialect.side(protocol).replies}
    return {"anyOf": [{"enum": sorted(names)}, {"type": "string", "pattern": _a_fault()}]}


_SIDES: Final[dict[DialectProtocol, str]] = {
    "imap": "ImapSide",
    "smtp": "SmtpSide",
    "oauth": "OAuthSide",
}


def _a_fault() -> str:
    return rf"^({'|'.join(CAUSES)})(-at-({WHERE}))?(-[2-9])?(@.+)?$"


def dialect_schema() -> JsonSchema:
    """The JSON Schema (2020-12) of the file of a dialect."""
    schema = _of(Dialect)
    describe(schema, Dialect)
    del schema["properties"]["name"]
    schema["required"].remove("name")
    for protocol in PROTOCOLS:
        _name_replies(schema["$defs"][_SIDES[protocol]]["properties"], protocol)
    for part in _parts(schema):
        _tidy(part)
    return published("dialect", schema)


def _name_replies(side: JsonSchema, protocol: DialectProtocol) -> None:
    """Of one side: the manners that there are, and how faults are named."""
    plain = load_dialect("plain").side(protocol)
    of_manners = rf"^({'|'.join(sorted(manners(protocol)))})@.+$"
    for part, replies, pattern in (
        ("manners", plain.manners, of_manners),
        ("faults", plain.faults, _a_fault()),
    ):
        said = side[part]["additionalProperties"]
        side[part] |= {
            "additionalProperties": False,
            "patternProperties": {pattern: said},
            "properties": {
                name: {**said, "description": f"The RFCs' own words: {replies[name].wording}"}
                for name in sorted(replies)
                if "@" not in name
            },
        }


def _of(model: type[BaseModel]) -> JsonSchema:
    return model.model_json_schema(schema_generator=_FileFormat)


def _mapping(properties: JsonSchema) -> JsonSchema:
    own = copy.deepcopy(properties)
    return {"type": "object", "properties": own, "additionalProperties": False}


def _nullable(definition: str) -> JsonSchema:
    return {"anyOf": [{"$ref": f"#/$defs/{definition}"}, {"type": "null"}]}


def _tidy(part: JsonSchema) -> None:
    """Take out what only repeats the key, and defaults that are whole mappings or nothing."""
    if isinstance(part.get("title"), str):
        del part["title"]
    if "default" in part and (part["default"] is None or isinstance(part["default"], dict)):
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
    elif "pattern" in part:
        part["pattern"] += f"|{_PLACEHOLDER}"


def as_text(schema: JsonSchema) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text(dialect_schema() if sys.argv[1:] == ["dialect"] else json_schema()))
