"""The base of every model that is read from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticKnownError

_BUILDING: Final = RLock()


def kebab(name: str) -> str:
    """The YAML spelling of a field's name: `max_message_bytes` is written `max-message-bytes`."""
    return name.replace("_", "-")


def _is_true(value: Any) -> Any:
    if value is not True:
        raise PydanticKnownError("literal_error", {"expected": "True"})
    return value


OnlyTrue = Annotated[Literal[True], BeforeValidator(_is_true)]
"""`true`, and not 1, which pydantic takes for it."""


def _no_truth(expected: Literal["int_type", "float_type"]) -> BeforeValidator:
    """As JSON Schema has it: pydantic takes `true` for 1."""

    def check(value: Any) -> Any:
        if isinstance(value, bool):
            raise PydanticKnownError(expected)
        return value

    return BeforeValidator(check)


whole: Final = _no_truth("int_type")
"""Behind bounds in an `Annotated`: before them, pydantic's schema names them wrongly."""
Whole = Annotated[int, whole]
Number = Annotated[float, _no_truth("float_type")]


class Spec(BaseModel):
    """A frozen model that refuses unknown keys and reads kebab-case ones."""

    other_words: ClassVar[Mapping[str, str]] = {}
    """What people write for a key, and the key: they are told which one it is here."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=kebab,
        populate_by_name=True,
        defer_build=True,  # most processes validate few of them: they know what was read already
    )

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """As pydantic's; in one thread at a time, the others then find it built. None of what is
        generic: it is asked for where its parameters are given, and nobody validates with it."""
        if cls.__pydantic_generic_metadata__["parameters"]:
            return None
        with _BUILDING:
            return super().model_rebuild(**options)
