"""Where in a model a key may stand: for keys that are written at the wrong place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from fakeservers.near import near
from harness.files.problems import KeyPart, KeyPath, key_path

_MANY: Final = 3
_DEEPEST: Final = 8
_NAME: Final = "<name>"


def known_keys(model: type[BaseModel], loc: KeyPath) -> set[str]:
    """The keys that a mapping at `loc` may have."""
    return {str(name) for found in models_at(model, loc) for name in fields(found)}


def models_at(model: type[BaseModel], loc: KeyPath) -> list[type[BaseModel]]:
    """What may stand at `loc`. Parts of it that are no keys of a model (list positions, names of
    services, tags of a union) change nothing."""
    models = [model]
    for part in loc:
        found = [fields(each)[part] for each in models if part in fields(each)]
        models = [each for annotation in found for each in _models_in(annotation)] or models
    return models


def models_below(model: type[BaseModel], loc: KeyPath) -> list[type[BaseModel]]:
    """Those of the value at `loc` itself, or of its entries; none where these are no mappings."""
    found = [
        fields(each)[loc[-1]] for each in models_at(model, loc[:-1]) if loc[-1] in fields(each)
    ]
    return [below for annotation in found for below in _models_in(annotation)]


def fields(model: type[BaseModel]) -> Mapping[KeyPart, Any]:
    """The annotation of each key."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def all_places(model: type[BaseModel], path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every key that may be written, with the way to it; 0 stands for any entry of a list."""
    if len(path) > _DEEPEST:
        return
    for key, annotation in fields(model).items():
        yield (*path, key)
        for below, inner in _below(annotation, (*path, key)):
            yield from all_places(inner, below)


def _below(annotation: Any, path: KeyPath) -> Iterator[tuple[KeyPath, type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield path, annotation
        return
    kind, arguments = get_origin(annotation), get_args(annotation)
    step: KeyPath = (0,) if kind in (list, tuple) else (_NAME,) if kind is dict else ()
    for argument in arguments:
        yield from _below(argument, (*path, *step))


def belongs(loc: KeyPath, places: list[KeyPath]) -> str:
    """The end of a message about a key that may stand at some of `places`, but not at `loc`."""
    key, known = str(loc[-1]), {str(place[-1]) for place in places}
    meant = [each for each in near(key, known) if each == key or _sure(key, each)]
    fitting = [place for place in places if str(place[-1]) in meant]
    if not fitting:
        return ""
    common = max(_common(place, loc) for place in fitting)
    nearest = [place for place in fitting if _common(place, loc) == common]
    shallow = min(map(len, nearest))
    shown = [
        key_path((*loc[:common], *place[common:])) for place in nearest if len(place) == shallow
    ]
    listed = " or ".join(dict.fromkeys(shown[:_MANY]))
    return f"; it belongs at {listed}" if meant == [key] else f"; did you mean {listed}?"


def _sure(written: str, meant: str) -> bool:
    """Whether they are alike enough for a key of another place."""
    return written.rstrip("s").replace("_", "-").casefold() == meant.rstrip("s")


def _common(place: KeyPath, loc: KeyPath) -> int:
    """How far both go the same way."""
    length = 0
    for own, other in zip(place, loc, strict=False):
        numbers = isinstance(own, int) and isinstance(other, int)
        if own not in (other, _NAME) and not numbers:
            break
        length += 1
    return length
