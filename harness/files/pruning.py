"""A file without what a model cannot read of it, so that the rest can be looked at all the same."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.files.problems import KeyPart, KeyPath

_Model = TypeVar("_Model", bound=BaseModel)
_ROUNDS: Final = 4
"""What is taken out may leave something incomplete, which is taken out in turn."""
_STAND_IN: Final = "stand-in"
"""For a text that is required at the top."""


def rest_of(
    data: Any, validate: Callable[[Any], _Model]
) -> tuple[_Model, frozenset[KeyPath]] | None:
    """What `validate` makes of the data without its mistakes, and where those were; None where too
    little is left."""
    data, pruned = copy.deepcopy(data), set[KeyPath]()
    for _ in range(_ROUNDS):
        try:
            return validate(data), frozenset(pruned)
        except ValidationError as error:
            found = {_written(data, each) for each in error.errors(include_url=False)}
            pruned |= found
            if () in found:
                return None
            _take_out(data, found)
    return None


def _written(data: Any, details: ErrorDetails) -> KeyPath:
    """The way to what a mistake is about, as far as it is written: tags of unions are not. Of what
    lacks something, the way to the whole; of the top, to what it lacks."""
    at: Any = data
    path: list[KeyPart] = []
    for part in details["loc"]:
        inside = range(len(at)) if isinstance(at, list) else at if isinstance(at, dict) else ()
        if part in inside:
            path.append(part)
            at = at[part]
    if details["type"] == "missing" and not path:
        return (details["loc"][-1],)
    return tuple(path)


def _take_out(data: Any, paths: Iterable[KeyPath]) -> None:
    """The last of a list first, so that the others keep their places."""
    for *above, last in sorted(paths, key=_deepest_and_last, reverse=True):
        at = data
        for part in above:
            at = at[part]
        if not above and last not in at:
            at[last] = _STAND_IN
        else:
            del at[last]


def _deepest_and_last(path: KeyPath) -> tuple[int, int]:
    return len(path), path[-1] if isinstance(path[-1], int) else -1
