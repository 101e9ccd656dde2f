"""A rule of a mapping: what it looks at in an answer, and what such an answer means."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from fakeservers.files.base_model import Spec
from harness.contract.answer import ServiceReport
from harness.judging.interpret import Meaning
from harness.taxonomy import CAUSES, Cause, DocumentedError, Stage, errors_at, errors_of

PATTERN_S: Final = 0.5
"""How long one pattern may take on one text, in seconds."""


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _under(key: str) -> Callable[[Any], Any]:
    """What is no mapping is short for one with this key alone."""
    return lambda value: value if isinstance(value, dict | Spec) else {key: value}


def _written(value: Any) -> Any:
    """Numbers, `true` and `null` are compared as they are written."""
    if isinstance(value, list):
        return [_written(each) for each in value]
    return json.dumps(value) if value is None or isinstance(value, int | float) else value


def _pattern(text: str) -> str:
    import regex  # only now: most who know of mappings have none

    try:
        regex.compile(text)
    except regex.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Pattern = Annotated[
    str, AfterValidator(_pattern), WithJsonSchema({"type": "string", "format": "regex"})
]
Texts = Annotated[list[str], BeforeValidator(_listed, json_schema_input_type=str | list[str])]
Patterns = Annotated[
    list[Pattern], BeforeValidator(_listed, json_schema_input_type=str | list[str])
]
Meant = Literal[DocumentedError, "server-words"]
"""`server-words`: it claims nothing, and shows what the server said."""
SomeMeant = Annotated[list[Meant], Field(min_length=1)]
Errors = Annotated[SomeMeant, BeforeValidator(_listed, json_schema_input_type=Meant | SomeMeant)]
"""One documented error, or a list of those that are accepted."""
SomeCauses = Annotated[list[Cause], Field(min_length=1)]
Causes = Annotated[SomeCauses, BeforeValidator(_listed, json_schema_input_type=Cause | SomeCauses)]


class Wanted(Spec):
    """Texts, any of which is wanted: whole ones, or regular expressions that are looked for."""

    exact: Texts = []
    """Whole texts."""
    pattern: Patterns = []
    """Regular expressions that are looked for."""

    @model_validator(mode="after")
    def _wants_something(self) -> Self:
        if not (self.exact or self.pattern):
            raise ValueError("required: a text, `exact` or `pattern`")
        return self

    def fits(self, text: str) -> bool:
        """Raises TimeoutError where a pattern takes for ever."""
        if text in self.exact or not self.pattern:
            return text in self.exact
        import regex

        return any(regex.search(each, text, timeout=PATTERN_S) for each in self.pattern)


Scalar = str | int | float | bool | None
Exactly = Annotated[
    Wanted, BeforeValidator(_under("exact"), json_schema_input_type=str | list[str] | Wanted)
]
"""Plain texts are meant exactly."""
Matching = Annotated[
    Wanted, BeforeValidator(_under("pattern"), json_schema_input_type=str | list[str] | Wanted)
]
"""Plain texts are regular expressions."""
Value = Annotated[
    Wanted,
    BeforeValidator(
        lambda value: _under("exact")(_written(value)),
        json_schema_input_type=Scalar | list[Scalar] | Wanted,
    ),
]
"""As `Exactly`, and what JSON has besides texts."""


class Means(Spec):
    """What an answer means: the documented error, and what else is read from it."""

    error: Errors
    """The documented error; several: it cannot tell them apart."""
    stage: Stage | None = None
    """Where it failed."""
    cause: Causes | None = None
    """Several: the first is named, the others are candidates."""
    ask_password: bool | None = None
    """Whether its user is asked for the password again."""

    @field_validator("stage", "cause", "ask_password")
    @classmethod
    def _of_a_failure(cls, value: Any, info: ValidationInfo) -> Any:
        if value not in (None, False) and info.data.get("error") == ["connected"]:
            raise ValueError("whoever says 'connected' names none")
        return value

    @field_validator("stage")
    @classmethod
    def _where_it_may_happen(cls, stage: Stage | None, info: ValidationInfo) -> Stage | None:
        if stage and not _goes_with(info.data, possible := errors_at(stage)):
            raise ValueError(f"{stage} never gives {_named(info)}; it gives: {_listing(possible)}")
        return stage

    @field_validator("cause")
    @classmethod
    def _why_it_may_happen(cls, causes: list[Cause] | None, info: ValidationInfo) -> Any:
        stage: Stage | None = info.data.get("stage")
        for cause in causes or ():
            if stage and stage not in (stages := CAUSES[cause].stages):
                at = f"{cause!r} is not possible at {stage}"
                raise ValueError(f"{at}; possible at: {', '.join(stages)}")
            if not _goes_with(info.data, possible := errors_of(cause, stage)):
                gives = f"{cause!r} never gives {_named(info)}"
                raise ValueError(f"{gives}; it gives: {_listing(possible)}")
        return causes


def _goes_with(said: dict[str, Any], possible: set[DocumentedError]) -> bool:
    """Whether one of the errors is possible; what claims nothing, or is told apart no further, goes
    with everything."""
    errors = set(said.get("error", ()))
    return not errors or bool(errors & {*possible, "server-words", "unclassified"})


def _named(info: ValidationInfo) -> str:
    return " or ".join(map(repr, info.data["error"]))


def _listing(errors: set[DocumentedError]) -> str:
    return ", ".join(sorted(errors))


Meaningful = Annotated[
    Means, BeforeValidator(_under("error"), json_schema_input_type=Meant | SomeMeant | Means)
]


class MappingRule(Spec):
    """When an answer has this `code`, a message that matches and this in its `raw`, it means that.

    `code` is looked for in the answer's `error`: a text is meant exactly. `message` is looked for
    in the answer's message: a text is a regular expression. `raw`: by the path of its keys, such as
    `response.code`. All that are given must fit.
    """

    code: Exactly | None = None
    """What the answer's `error` is: a text is meant exactly."""
    message: Matching | None = None
    """What is in the answer's message: a text is a regular expression."""
    raw: dict[str, Value] = Field(default={})
    """What is in its `raw`, by the path of keys, such as `response.code`."""
    means: Meaningful
    """What such an answer means: a documented error, or several that it cannot tell apart."""
    for_cause: dict[Cause, Meaningful] = Field(default={})
    """What is accepted instead in scenarios of one cause."""

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        if self.code is None and self.message is None and not self.raw:
            raise ValueError("required: `code`, `message` or both, or `raw`")
        return self

    def fits(self, report: ServiceReport) -> bool:
        """Raises TimeoutError where a pattern takes for ever."""
        if self.code is not None and not self.code.fits(report.error):
            return False
        if self.message is not None and not self.message.fits(report.message or ""):
            return False
        return all(_fits_at(path, wanted, report.raw) for path, wanted in self.raw.items())

    def meaning(self, cause: Cause | None, rule: str) -> Meaning:
        """In a scenario of this cause; `rule`: where it is written."""
        means = self.for_cause.get(cause, self.means) if cause else self.means
        return Meaning(
            errors=tuple(means.error),
            stage=means.stage,
            causes=tuple(means.cause or ()),
            ask_password=means.ask_password,
            rule=rule,
        )


def _fits_at(path: str, wanted: Wanted, raw: Any) -> bool:
    """Whether what stands there is wanted. A key may have a dot in it; the items of a list have
    numbers."""
    if isinstance(raw, list):
        raw = {str(number): item for number, item in enumerate(raw)}
    if not isinstance(raw, dict):
        return False
    if path in raw:
        value = raw[path]
        return wanted.fits(value if isinstance(value, str) else json.dumps(value))
    first, dot, rest = path.partition(".")
    return bool(dot) and first in raw and _fits_at(rest, wanted, raw[first])
