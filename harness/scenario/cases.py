"""One file, several cases: matrix, overrides and the sibling with insecure certificates allowed."""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from fakeservers.dialects.dialect import dialect_names
from fakeservers.files.base_model import Spec
from fakeservers.spec import MailboxSpec
from harness.files.problems import KeyPath, did_you_mean

Data = dict[str, Any]
TellMistake = Callable[[KeyPath, str], None]

INSECURE_ALLOWED: Final = "insecure-allowed"
FAMILY_KEYS: Final = ("matrix", "cases", INSECURE_ALLOWED)
"""Keys that speak of several cases; what they stand for is worked out here."""

EVERY_DIALECT: Final = "every-dialect"
MAX_CASES: Final = 500
_VALUE_LENGTH: Final = 60
_FAULT_KEYS: Final = frozenset({"stage", "cause", "remedy", "expect", "also-accepted"})
_CASE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_ALLOWED: Final[Data] = {"customer": {"allow-insecure-certificates": True}}


def _axis_value(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected text or a number; put it in quotes")
    if len(str(value)) > _VALUE_LENGTH:
        raise ValueError(f"expected at most {_VALUE_LENGTH} characters: it is part of the id")
    return value


AxisValue = Annotated[Any, AfterValidator(_axis_value)]


def _listed(value: Any) -> Any:
    if value != EVERY_DIALECT:
        return value
    return [name for name in dialect_names() if name != MailboxSpec().dialect]


_AXIS_SCHEMA: Final = {
    "anyOf": [
        {"const": EVERY_DIALECT},
        {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
    ]
}
Axis = Annotated[
    list[AxisValue], Field(min_length=1), BeforeValidator(_listed), WithJsonSchema(_AXIS_SCHEMA)
]


class Family(Spec):
    """The keys by which one file stands for several cases."""

    matrix: dict[str, Axis] = Field(default={})
    """Axes: every combination of their values is a case, and `<axis>` stands for the value. An axis
    is a list, or `every-dialect`: all but the one that a mailbox speaks when nothing is said."""
    cases: dict[str, dict[str, Any] | None] = Field(default={})
    """Overrides by case; null leaves a combination of the matrix out."""
    insecure_allowed: dict[str, Any] | None = None
    """What differs once "allow insecure certificates" is ticked: one more case for each case."""


@dataclass(frozen=True)
class Variant:
    """One case before it is validated, and where in the file its parts were written."""

    case: str
    """What stands between the brackets of the id; empty: no brackets."""
    data: Data
    sources: tuple[KeyPath, ...]
    """The mappings it was merged from, the one with the last word first."""
    values: Mapping[str, Any]
    """The value of each axis."""

    def id(self, stem: str) -> str:
        """The id of the case, in a file of that one."""
        return f"{stem}[{self.case}]" if self.case else stem


def merge(base: Data, override: Mapping[str, Any]) -> Data:
    """The base with the override laid over it: mappings are merged, all else is replaced."""
    merged = dict(base)
    for key, value in override.items():
        below = merged.get(key)
        merged[key] = (
            merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return merged


def substitute(value: Any, values: Mapping[str, Any]) -> Any:
    """The value with `<axis>` replaced; a text that is nothing but `<axis>` becomes the value."""
    if not values:
        return value
    if isinstance(value, str):
        return _filled(value, values)
    if isinstance(value, list):
        return [substitute(item, values) for item in value]
    if not isinstance(value, dict):
        return value
    filled: Data = {}
    for key, item in value.items():
        filled = merge(filled, {str(_filled(key, values)): substitute(item, values)})
    return filled


def _filled(text: str, values: Mapping[str, Any]) -> Any:
    for axis, value in values.items():
        if text == f"<{axis}>":
            return value
        text = text.replace(f"<{axis}>", str(value))
    return text


def expand(data: Data, family: Family, report: TellMistake) -> list[Variant]:
    """Every case of a file. What is wrong with the cases themselves is reported."""
    products = _products(family, report)
    _check_names(data, family, products, report)
    base = {key: value for key, value in data.items() if key not in FAMILY_KEYS}
    if INSECURE_ALLOWED in data:
        base[INSECURE_ALLOWED] = data[INSECURE_ALLOWED]
    variants: list[Variant] = []
    for case, values in products.items():
        override = family.cases.get(case, {})
        if override is not None:
            variants += _variants(case, base, override, values)
    return variants


def case_ids(data: Data, stem: str) -> list[str]:
    """The id of each case. Of a file with mistakes, those that are clear. Raises ValueError where
    none are."""
    own = {key: data[key] for key in FAMILY_KEYS if key in data}
    return [each.id(stem) for each in expand(data, Family.model_validate(own), lambda *_: None)]


def _products(family: Family, report: TellMistake) -> dict[str, dict[str, Any]]:
    """The values of each axis by case id."""
    if not family.matrix:
        return {case: {} for case in family.cases or [""]}
    combinations = math.prod(map(len, family.matrix.values()))
    if combinations > MAX_CASES:
        report(("matrix",), f"{combinations} combinations; expected at most {MAX_CASES}")
        return {}
    products: dict[str, dict[str, Any]] = {}
    for chosen in itertools.product(*family.matrix.values()):
        case = "-".join(map(str, chosen))
        if case in products:
            report(("matrix",), f"two combinations have the case id {case!r}")
        products[case] = dict(zip(family.matrix, chosen, strict=True))
    return products


def _check_names(
    data: Data, family: Family, products: Mapping[str, Any], report: TellMistake
) -> None:
    for axis in family.matrix:
        if not any(f"<{axis}>" in text for text in _texts(data)):
            report(("matrix", axis), f"unused: <{axis}> stands nowhere in the file")
        if f"{{{axis}}}" in str(data.get("title")):
            report(("title",), f"write <{axis}>, in place of {{{axis}}}")
    for case in products:
        path: KeyPath = ("cases", case) if case in family.cases else ("matrix",)
        if case == INSECURE_ALLOWED:
            report(path, f"the case id {case!r} is taken by the key of that name")
        elif case and not _CASE_ID.fullmatch(case):
            report(path, f"{case!r} is no case id: letters, digits and . _ + - only")
    for case in family.cases.keys() - products.keys():
        report(("cases", case), f"no combination of the matrix{did_you_mean(case, products)}")
    for case, override in family.cases.items():
        if override is None and not family.matrix:
            report(("cases", case), "expected a mapping; only a matrix has cases to leave out")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)


def _variants(
    case: str, base: Data, override: Data, values: Mapping[str, Any]
) -> Iterator[Variant]:
    """The case, and its sibling in which insecure certificates are allowed."""
    data = _override(substitute(base, values), substitute(override, values))
    sources: tuple[KeyPath, ...] = (("cases", case), ()) if case else ((),)
    allowed = data.pop(INSECURE_ALLOWED, None)
    yield Variant(case, data, sources, values)
    if allowed is not None:
        name = f"{case},{INSECURE_ALLOWED}" if case else INSECURE_ALLOWED
        own = tuple((*source, INSECURE_ALLOWED) for source in sources)
        yield Variant(name, _override(merge(data, _ALLOWED), allowed), (*own, *sources), values)


def _override(data: Data, override: Data) -> Data:
    """Merged; a case that becomes `connected` sheds what belongs to the fault of the others."""
    if override.get("reproduces") == "connected":
        data = {key: value for key, value in data.items() if key not in _FAULT_KEYS}
    return merge(data, override)
