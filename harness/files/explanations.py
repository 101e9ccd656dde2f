"""What the errors of a model mean to whoever wrote the file: what to write instead."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fakeservers.near import near
from harness.files.elsewhere import all_places, belongs, fields, known_keys, models_at, models_below
from harness.files.problems import KeyPath, did_you_mean, in_quotes
from harness.files.quantities import meant_number

Places = Iterable[KeyPath]

_EXPECTED: Final = {
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "date_parsing": "expected a day, such as 2027-01-31",
    "date_from_datetime_parsing": "expected a day, such as 2027-01-31",
    "datetime_parsing": "expected a moment, such as 2027-01-31T09:30:00Z",
    "datetime_from_date_parsing": "expected a moment, such as 2027-01-31T09:30:00Z",
    "datetime_type": "expected a moment, such as 2027-01-31T09:30:00Z",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
}
_NUMBERS: Final = ("int_type", "int_from_float", "float_type")
_SUBJECTS: Final = {
    "Input should be": "expected",
    "List should": "the list should",
    "Tuple should": "the list should",
    "String should": "the text should",
}
_OTHER_WORDS: Final = {
    "idling": ("idle",), "message": ("seen",), "delivered": ("seen",), "received": ("seen",),
    "disconnected": ("failing",), "broken": ("failing",), "close": ("fin",),
    "closed": ("fin", "refused"), "reset": ("rst",),
    "timeout": ("black-hole",), "ok": ("connected",), "working": ("connected",),
    "deleted": ("gone",), "restored": ("back",), "\\Spam": ("\\Junk",), "\\Bin": ("\\Trash",),
}  # fmt: skip
"""What a value is also called, where it is one of those that may stand there."""
_COLON: Final = ' because of the ": " in it'
_QUOTED: Final = re.compile(r"'([^']*)'")
_BEGUN: Final = re.compile(r"([\w-]+)\s*([:=.])\s*(\S.*)")
_KEY_AND_VALUE: Final = re.compile(r"([\w-]+)(?:[:=]| +) *(\S.*)")
_SEVERAL: Final = re.compile(r"[,|/ ]+(?:(?:or|and) )?")
_MANY: Final = 14
_LONG: Final = 40
_FEW: Final = 3


def explained(
    error: ValidationError, model: type[BaseModel], places: Places = ()
) -> Iterator[tuple[KeyPath, str]]:
    """The path and the message of every mistake that `model` found. Values that may be secret are
    not repeated. `places`: keys that may stand somewhere, besides those of the model."""
    every = error.errors(include_url=False)
    missing: defaultdict[KeyPath, list[str]] = defaultdict(list)
    for details in every:
        if details["type"] == "missing":
            missing[tuple(details["loc"][:-1])].append(str(details["loc"][-1]))
    told = [tuple(details["loc"]) for details in every]
    for details, loc in zip(every, told, strict=True):
        if details["type"] == "extra_forbidden":
            lacking = missing[loc[:-1]]
            yield loc, _unknown_key(model, loc, lacking if len(lacking) == 1 else [], places)
        elif details["type"] != "too_short" or not any(_is_below(each, loc) for each in told):
            yield loc, _message(details, model)


def _is_below(path: KeyPath, other: KeyPath) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _unknown_key(model: type[BaseModel], loc: KeyPath, lacking: list[str], places: Places) -> str:
    key, known = str(loc[-1]), known_keys(model, loc[:-1])
    begun = _BEGUN.match(key)
    if begun and begun[1] in known:
        below = f"{{{begun[3]}: …}}" if begun[2] == "." else begun[3]
        return f"unknown key; write '{begun[1]}: {below}', with a space after the colon"
    if near(key, known):
        return f"unknown key{did_you_mean(key, known)}"
    for each in models_at(model, loc[:-1]):
        if meant := getattr(each, "other_words", {}).get(key):
            return (
                f"unknown key; {meant}" if " " in meant else f"unknown key; did you mean {meant!r}?"
            )
    elsewhere = belongs(loc, [*all_places(model), *places])
    if not elsewhere and lacking:
        return f"unknown key; did you mean {lacking[0]!r}?"
    return f"unknown key{elsewhere or did_you_mean(key, known)}"


def _message(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, written = details["type"], details["input"]
    if kind == "missing":
        return _required(model, tuple(details["loc"]), written)
    if kind == "literal_error":
        return _not_one_of(details)
    if kind == "string_type":
        return _no_text(written)
    if kind in ("list_type", "tuple_type"):
        return f"expected a list{_listed(written, models_below(model, tuple(details['loc'])))}"
    if kind in ("dict_type", "model_type"):
        if kind == "dict_type":
            return f"expected a mapping{_named(written)}"
        return f"expected a mapping{_mapped(written, model, tuple(details['loc']))}"
    if kind in _NUMBERS:
        number = meant_number(written)
        hint = "; it is empty" if written is None else f"; write {number}" if number else ""
        return _EXPECTED[kind] + hint
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind == "too_short" and isinstance(written, list | tuple) and not written:
        return "the list is empty: write an entry at least"
    message = details["msg"].removeprefix("Value error, ")
    for subject, ours in _SUBJECTS.items():
        message = message.replace(subject, ours)
    return message.replace(" after validation", "")


def _required(model: type[BaseModel], loc: KeyPath, written: Any) -> str:
    if cut_off := _cut_off(model, loc, written):
        return f"required; or {cut_off!r} belongs to the entry above: take its '- ' away"
    found = (fields(each).get(loc[-1]) for each in models_at(model, loc[:-1]))
    words = [word for annotation in found for word in _words(annotation)]
    return f"required: one of {', '.join(words)}" if 0 < len(words) <= _MANY else "required"


def _cut_off(model: type[BaseModel], loc: KeyPath, written: Any) -> str:
    """The key with which an entry of a list begins that lacks an earlier one, as where somebody
    has begun each key with `- `."""
    is_entry = len(loc) > 1 and isinstance(loc[-2], int) and loc[-2] > 0
    if not is_entry or not isinstance(written, dict) or not written:
        return ""
    first = str(next(iter(written)))
    for each in models_at(model, loc[:-1]):
        keys = [*fields(each)]
        if first in keys and loc[-1] in keys[: keys.index(first)]:
            return first
    return ""


def _words(annotation: Any) -> Iterator[str]:
    """The words that may stand there, where nothing else may."""
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif get_origin(annotation) is Annotated:
        yield from _words(get_args(annotation)[0])


def _no_text(written: Any) -> str:
    if written is None:
        return "expected text; it is empty"
    if isinstance(written, bool):
        return "expected text; yes, no, on, off, true and false are none unless in quotes"
    if isinstance(written, list):
        return "expected text, not a list"
    if isinstance(written, dict) and list(written.values()) == [None]:
        name = next(iter(written))
        return f"expected text; put it in quotes, or write <{name}> for an axis of the matrix"
    return f"expected text; put it in quotes{_COLON if isinstance(written, dict) else ''}"


def _listed(written: Any, models: list[type[BaseModel]]) -> str:
    """How it is written as a list. `models`: those of its entries."""
    if isinstance(written, dict) and written:
        first = next(iter(written))
        if len(written) == 1 and isinstance(written[first], list):
            return f"; take {first!r} away, its entries belong here"
        if not models or any(first in fields(each) for each in models):
            return f"; put '- ' before {first!r}"
    if models:
        return "; it is empty" if written is None else ", each entry with a '- ' of its own"
    if isinstance(written, str) and 0 < len(written) <= _LONG and "\n" not in written:
        return f"; write [{', '.join(re.split(r'[, ]+', written.strip()))}]"
    return ""


def _named(written: Any) -> str:
    """How a mapping of names is written."""
    if isinstance(written, list):
        keys = (key for each in written if isinstance(each, dict) for key in each)
        first = next((each for each in written if isinstance(each, str)), next(keys, "name"))
        return f" without '- ', such as '{first}: …'"
    return "; it is empty" if written is None else ""


def _mapped(written: Any, model: type[BaseModel], loc: KeyPath) -> str:
    """How it is written as a mapping with the keys of a model."""
    models = models_at(model, loc)
    keys = sorted({str(key) for each in models for key in fields(each)})
    if written is None:
        return "; it is empty" + _listing(keys)
    if isinstance(written, list):
        return _without_dash(written, models) + _listing(keys)
    if isinstance(written, bool) or not loc:
        return _listing(keys)
    if isinstance(written, str) and written in keys:
        return f"; write {{{written}: …}}"
    found = _KEY_AND_VALUE.fullmatch(written) if isinstance(written, str) else None
    if found and found[1] in keys:
        return f"; write '{found[1]}: {found[2]}', with a colon and a space"
    if taking := _taking(models, written):
        return f"; write {' or '.join(f'{{{key}: {written}}}' for key in taking[:_FEW])}"
    return did_you_mean(written, keys) if near(str(written), keys) else _listing(keys)


def _listing(keys: list[str]) -> str:
    return f"; its keys: {', '.join(keys)}" if 0 < len(keys) <= _MANY else ""


def _without_dash(written: list[Any], models: list[type[BaseModel]]) -> str:
    """What is said of a list where a mapping is due."""
    taking = _taking(models, written)
    if len(taking) == 1:
        return f"; write '{taking[0]}:' above the list, and indent the list further"
    known = {key for each in models for key in fields(each)}
    entries = [key for each in written if isinstance(each, dict) for key in each]
    return ", without '- '" if entries and known.issuperset(entries) else ", not a list"


def _taking(models: list[type[BaseModel]], written: Any) -> list[str]:
    """The keys that may have this value where nothing else is said."""
    return [str(key) for each in models for key in fields(each) if _takes(each, str(key), written)]


def _takes(model: type[BaseModel], key: str, value: Any) -> bool:
    """Whether the value can be that of the key, and is all that has to be said."""
    try:
        model.model_validate({key: value})
    except (ValidationError, LookupError, ValueError):
        return False
    return True


def _not_one_of(details: ErrorDetails) -> str:
    expected = details["ctx"]["expected"]
    words = [word.replace("\\\\", "\\") for word in _QUOTED.findall(expected)]
    written = details["input"]
    if not words:  # a number, or true, alone
        return f"expected {expected.lower()}{', or leave it out' if written is False else ''}"
    if isinstance(written, bool) and len(words) == 1:
        return f"expected {words[0]}"
    if isinstance(written, bool):
        return "yes, no, on, off, true and false are no words unless in quotes"
    if isinstance(written, int | float) and str(written) in words:
        return f'put it in quotes: "{written}"'
    if isinstance(written, dict | list):
        form = "a mapping" if isinstance(written, dict) else "a list"
        return f"expected {_one_of(words)}; not {form}"
    if not isinstance(written, str):
        return f"expected {_one_of(words)}{'; it is empty' if written is None else ''}"
    if "password" in details["loc"]:  # it may be one
        return f"expected {_one_of(words)}{did_you_mean(written, words).partition('; known')[0]}"
    several = _SEVERAL.split(written.strip())
    if len(several) > 1 and set(several) <= set(words):
        return f"expected {_one_of(words)}, or a list; write [{', '.join(several)}]"
    told = f"unknown word {in_quotes(written)}"
    other = [word for word in _OTHER_WORDS.get(written.strip(), ()) if word in words]
    if found := other or near(written, words):
        return f"{told}; did you mean {' or '.join(map(in_quotes, found))}?"
    return f"{told}; expected {_one_of(words)}"


def _one_of(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return f"one of {', '.join(words[:_MANY])}{', …' if len(words) > _MANY else ''}"
