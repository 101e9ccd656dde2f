"""A file as a model; and what its errors mean to whoever wrote it: where, and what was expected."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.files.nodes import Node, read_yaml
from harness.files.problems import BadInput, KeyPart, KeyPath, Problem, did_you_mean, key_path

_EXPECTED: Final = {
    "missing": "required",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
}
_SUBJECTS: Final = {
    "Input should be": "expected",
    "List should": "the list should",
    "Tuple should": "the list should",
    "String should": "the text should",
}
_COLON: Final = ' because of the ": " in it'
_QUOTED: Final = re.compile(r"'([^']*)'")
_MANY: Final = 14
_Model = TypeVar("_Model", bound=BaseModel)


def explained(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[KeyPath, str]]:
    """The path and the message of every mistake that `model` found. Values that may be secret are
    not repeated."""
    for details in error.errors(include_url=False):
        yield tuple(details["loc"]), _message(details, model)


def _message(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, loc = details["type"], details["loc"]
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(loc[-1], _known_keys(model, loc[:-1]))}"
    if kind == "literal_error":
        return _not_one_of(details)
    if kind == "string_type":
        mapping = isinstance(details["input"], dict)
        return f"expected text; put it in quotes{_COLON if mapping else ''}"
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    message = details["msg"].removeprefix("Value error, ")
    for subject, ours in _SUBJECTS.items():
        message = message.replace(subject, ours)
    return message


def _not_one_of(details: ErrorDetails) -> str:
    words = _QUOTED.findall(details["ctx"]["expected"])
    written = details["input"]
    if "password" in details["loc"] or not isinstance(written, str):
        return f"expected one of {', '.join(words)}"
    near = difflib.get_close_matches(written, words, n=1)
    if near:
        return f"unknown word {written!r}; did you mean {near[0]!r}?"
    listed = ", ".join(words[:_MANY]) + (", …" if len(words) > _MANY else "")
    return f"unknown word {written!r}; expected one of {listed}"


def _known_keys(model: type[BaseModel], loc: tuple[KeyPart, ...]) -> set[str]:
    """The keys that a mapping at `loc` may have. Parts of `loc` that are no keys of a model (list
    positions, names of services, tags of a union) change nothing."""
    models = [model]
    for part in loc:
        fields = [fields[part] for fields in map(_fields, models) if part in fields]
        models = [found for annotation in fields for found in _models_in(annotation)] or models
    return {str(name) for found in models for name in _fields(found)}


def _fields(model: type[BaseModel]) -> Mapping[KeyPart, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def follow(node: Node, path: KeyPath, names: Mapping[str, str]) -> tuple[Node, KeyPath]:
    """As far along `path` as the file goes, and the keys as they are written there.

    `names`: what a key with placeholders, as written, stands for in this case. A list of one may be
    written without its brackets. A tag of a union, which repeats the key before it, is passed over.
    """
    found: list[KeyPart] = []
    for key in path:
        if isinstance(key, int):
            if key < len(node.items):
                node = node.items[key]
                found.append(key)
            continue
        written = next((own for own in node.entries if names.get(own, own) == key), None)
        if written is not None:
            node = node.entries[written]
            found.append(written)
        elif not found or found[-1] != key:
            break
    return node, tuple(found)


def read_model(file: Path, model: type[_Model]) -> _Model:
    """The file as `model`. Raises BadInput."""
    return read_with_lines(file, model)[0]


def read_with_lines(file: Path, model: type[_Model]) -> tuple[_Model, Node]:
    """The file as `model`, and as it is written. Raises BadInput."""
    root = read_yaml(read_text(file), str(file))
    return validated(root.data, model, file, root), root


def read_text(file: Path) -> str:
    """Raises BadInput."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput([f"{file}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise BadInput([f"{file}: not UTF-8"]) from None


def validated(data: object, model: type[_Model], file: Path, root: Node) -> _Model:
    """`data`, which stands in the file as `root` says, as `model`. Raises BadInput."""
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = []
        for path, message in explained(error, model):
            node, found = follow(root, path, {})
            missing = message == "required" and path
            written = (*found, path[-1]) if missing else found
            problems.append(Problem(str(file), node.line, key_path(written), message))
        raise BadInput(sorted(problems)) from None
