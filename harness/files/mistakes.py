"""A file as a model; every mistake in it told with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from harness.files.explanations import Places, explained
from harness.files.nodes import Node, read_yaml
from harness.files.problems import BadInput, KeyPart, KeyPath, Problem, key_path
from harness.files.whole_file import read_text

_Model = TypeVar("_Model", bound=BaseModel)


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


def read_with_lines(file: Path, model: type[_Model], places: Places = ()) -> tuple[_Model, Node]:
    """The file as `model`, and as it is written. `places`: see `explained`. Raises BadInput."""
    root = read_yaml(read_text(file), str(file))
    return validated(root, model, file, places), root


def validated(root: Node, model: type[_Model], file: Path, places: Places = ()) -> _Model:
    """What stands in the file, `root`, as `model`. `places`: see `explained`. Raises BadInput."""
    try:
        return model.model_validate(root.data, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = []
        for path, message in explained(error, model, places):
            node, found = follow(root, path, {})
            missing = message.startswith("required") and path[-1:] != found[-1:]
            written = (*found, path[-1]) if missing else found
            problems.append(Problem(str(file), node.line, key_path(written), message))
        raise BadInput(sorted(problems)) from None
