"""What each key means, for the schemas: the docstrings that stand below the fields of the models,
or what the docstring of the class says of a field, behind its name.

They are read from the source, and only when a schema is made: at run time nobody needs them.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from pydantic import BaseModel

from fakeservers.actions import BaseAction
from fakeservers.files.base_model import kebab

JsonSchema = dict[str, Any]
_PROPERTIES: Final = "properties"
_SAID_OF_FIELDS: Final = re.compile(
    r"((?:``\w+``(?:, )?)+):\s(.+?)(?=\s+(?:- )?``\w+``(?:, ``\w+``)*:\s|\n\s*\n|\Z)", re.DOTALL
)
"""In the docstring of a class: names, and what they mean."""


def describe(schema: JsonSchema, *models: type[BaseModel]) -> None:
    """Put its description at every property of `schema`, which was made of `models`: the first is
    that of the whole, the rest are those of its definitions."""
    known = {kind.__name__: kind for top in models for kind in _all_kinds(top)}
    _put(schema, models[0])
    for name, definition in schema.get("$defs", {}).items():
        if name in known:
            _put(definition, known[name])


def _put(schema: JsonSchema, kind: type) -> None:
    for key, meaning in meanings(kind).items():
        if key in schema.get(_PROPERTIES, {}):
            schema[_PROPERTIES][key]["description"] = meaning


def meanings(kind: type) -> Mapping[str, str]:
    """Of each key of a model or a dataclass, as it is written in YAML or JSON. That of an action is
    described by the first words of its file."""
    if issubclass(kind, BaseAction):
        about = (sys.modules[kind.__module__].__doc__ or "").partition("\n\n")[0]
        return {kebab(next(iter(kind.model_fields))): _sentence(about.partition(": ")[2])}
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        generic = "[" in each.__name__  # of a class that has its own turn
        if _is_described(each) and each is not BaseModel and not generic:
            found |= _own(each)
    if not issubclass(kind, BaseModel):
        return found
    described = kind.model_fields
    return {
        described[name].alias or name: text for name, text in found.items() if name in described
    }


def _is_described(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, BaseModel) or is_dataclass(kind))


@cache
def _own(kind: type) -> Mapping[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {
        name: _sentence(meaning)
        for names, meaning in _SAID_OF_FIELDS.findall(kind.__doc__ or "")
        for name in re.findall(r"\w+", names)
    }
    for field, after in itertools.pairwise(body):
        named = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[field.target.id] = _sentence(str(after.value.value))  # type: ignore[attr-defined]
    return found


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]


def _all_kinds(kind: type) -> Iterator[type]:
    """A model, and the models and dataclasses that its fields are of."""
    waiting: list[Any] = [kind]
    seen: set[Any] = set()
    while waiting:
        each = waiting.pop()
        if _is_described(each):
            if each in seen:
                continue
            seen.add(each)
            yield each
            waiting += _annotations(each)
        waiting += get_args(each)


def _annotations(kind: Any) -> list[Any]:
    if issubclass(kind, BaseModel):
        return [field.annotation for field in kind.model_fields.values()]
    hints = get_type_hints(kind)
    return [hints[field.name] for field in fields(kind)]
