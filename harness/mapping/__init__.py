"""The mapping: what a connector's own codes and messages mean, as a YAML file of rules.

The first rule that fits an answer says what it means; what no rule fits must be the id of a
documented error itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fakeservers import Spec
from harness.contract.answer import Report
from harness.files.mistakes import read_model
from harness.taxonomy import Cause, DocumentedError

PATTERN_S = 0.5
"""How long one pattern may take on one message, in seconds."""


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _pattern(text: str) -> str:
    import regex  # only now: most who know of mappings have none

    try:
        regex.compile(text)
    except regex.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Errors = Annotated[list[DocumentedError], Field(min_length=1), BeforeValidator(_listed)]
"""One documented error, or a list of those that are accepted."""


class MappingRule(Spec):
    """When an answer has this `code` and a message that matches, it means these errors.

    `code` is the answer's `error`, exactly. `message` is a regular expression that is looked for in
    the answer's message. Both given, both must fit.
    """

    code: str | None = None
    message: Annotated[str, AfterValidator(_pattern)] | None = None
    means: Errors
    for_cause: dict[Cause, Errors] = Field(default={})
    """What is accepted instead in scenarios of one cause."""

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        if self.code is None and self.message is None:
            raise ValueError("required: `code`, `message` or both")
        return self

    def fits(self, report: Report) -> bool:
        """Raises TimeoutError where the pattern takes for ever."""
        if self.code is not None and self.code != report.error:
            return False
        if self.message is None:
            return True
        import regex

        found = regex.search(self.message, report.message or "", timeout=PATTERN_S)
        return found is not None


class Mapping(Spec):
    """The rules, in the order in which they are tried. `connector`: whose codes these are."""

    connector: str = ""
    rules: list[MappingRule]

    def meant(self, report: Report, cause: Cause | None) -> tuple[DocumentedError, ...]:
        """See `harness.judging.interpret.Meanings`."""
        rule = next((rule for rule in self.rules if rule.fits(report)), None)
        if rule is None:
            return ()
        return tuple(rule.for_cause.get(cause, rule.means) if cause else rule.means)


def load_mapping(file: Path) -> Mapping:
    """Read a mapping. Raises BadInput.

    >>> import badinbox, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "mapping.yaml")
    ...     written = file.write_text("rules: [{code: E_AUTH, means: unauthorized}]")
    ...     meanings = badinbox.load_mapping(file)
    >>> with badinbox.mailbox("unauthorized/bad-password-imap[gmail]") as mailbox:
    ...     badinbox.check(mailbox.settings).error
    ...     mailbox.judge({"error": "E_AUTH"}, meanings).passed
    'unauthorized'
    True
    """
    return read_model(file, Mapping)
