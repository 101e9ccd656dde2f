"""What each key means, for the schemas: the docstrings that stand below the fields of the models.

They are read from the source, and only when a schema is made: at run time nobody needs them.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel

from fakeservers import kebab
from fakeservers.actions import BaseAction

JsonSchema = dict[str, Any]
_PROPERTIES: Final = "properties"


def describe(schema: JsonSchema, *models: type[BaseModel]) -> None:
    """Put its description at every property of `schema`, which was made of `models`: the first is
    that of the whole, the rest are those of its definitions."""
    known = {model.__name__: model for top in models for model in _all_models(top)}
    _put(schema, models[0])
    for name, definition in schema.get("$defs", {}).items():
        if name in known:
            _put(definition, known[name])


def _put(schema: JsonSchema, model: type[BaseModel]) -> None:
    for key, meaning in meanings(model).items():
        if key in schema.get(_PROPERTIES, {}):
            schema[_PROPERTIES][key]["description"] = meaning


def meanings(model: type[BaseModel]) -> Mapping[str, str]:
    """Of each key of the model, as it is written in YAML. That of an action is described by the
    first words of its file."""
    if issubclass(model, BaseAction):
        about = (sys.modules[model.__module__].__doc__ or "").partition("\n\n")[0]
        return {kebab(next(iter(model.model_fields))): _sentence(about.partition(": ")[2])}
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        generic = "[" in each.__name__  # of a class that has its own turn
        if issubclass(each, BaseModel) and each is not BaseModel and not generic:
            found |= _own(each)
    fields = model.model_fields
    return {fields[name].alias or name: text for name, text in found.items() if name in fields}


@cache
def _own(model: type[BaseModel]) -> Mapping[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for field, after in itertools.pairwise(body):
        named = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[field.target.id] = _sentence(str(after.value.value))  # type: ignore[attr-defined]
    return found


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]


def _all_models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    waiting: list[Any] = [model]
    seen: set[Any] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, type) and issubclass(each, BaseModel):
            if each in seen:
                continue
            seen.add(each)
            yield each
            waiting += [field.annotation for field in each.model_fields.values()]
        waiting += get_args(each)
