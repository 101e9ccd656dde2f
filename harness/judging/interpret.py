"""From what a connector answered to the diagnosis that it is, if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast, get_args

from pydantic import Field, ValidationError

from harness.contract.answer import Answer, NoAnswer, Report, Reported, first_problem
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import did_you_mean
from harness.taxonomy import Cause, DocumentedError, Stage

SERVER_WORDS = "server-words"
_KNOWN = frozenset({*get_args(DocumentedError), SERVER_WORDS})


@dataclass(frozen=True)
class Meaning:
    """What an answer means by a rule of a mapping.

    - ``errors``: any of which is accepted; `server-words`: it claims nothing, and shows what the
      server said.
    - ``stage``, ``causes`` (the first is named, the others are candidates), ``ask_password``: what
      the rule says of them; else what the answer itself says.
    - ``rule``: where it is written, `file:line`.
    """

    errors: tuple[DocumentedError | Literal["server-words"], ...]
    stage: Stage | None = None
    causes: tuple[Cause, ...] = ()
    ask_password: bool | None = None
    rule: str = ""

    def said(self) -> dict[str, Any]:
        """What it sets in a diagnosis, besides the error."""
        named = {"cause": self.causes[0], "candidates": list(self.causes)} if self.causes else {}
        known = {"stage": self.stage, "ask_password": self.ask_password, "rule": self.rule or None}
        return named | {key: value for key, value in known.items() if value is not None}


class Meanings(Protocol):
    """What a connector's own codes and messages mean; see `harness.mapping`."""

    def meant(self, report: Report, cause: Cause | None) -> Meaning | None:
        """In a scenario of this cause; None where no rule fits. Raises TimeoutError where a pattern
        takes for ever."""
        ...


class Reading(Diagnosis):
    """A diagnosis as it was read from an answer, with what only the judge needs.

    ``mapped_by``: the rule of a mapping that decided. ``shows``: where it claims nothing, the text
    that must hold the server's words.
    """

    mapped_by: str = Field(default="", exclude=True)
    shows: str | None = Field(default=None, exclude=True)

    def plain(self) -> Diagnosis:
        return Diagnosis.model_validate(self.model_dump())


def interpret(
    answer: Answer,
    meanings: Meanings | None,
    expected: Sequence[DocumentedError],
    cause: Cause | None,
) -> Diagnosis | NoAnswer:
    """The diagnosis. Of several errors that an answer may mean, the first one `expected` is taken.

    Never raises.
    """
    if not isinstance(answer, Reported):
        return answer
    report = answer.report
    try:
        meaning = meanings.meant(report, cause) if meanings else None
    except TimeoutError:
        why = "a pattern of the mapping takes too long on its message"
        return NoAnswer("unclear", why, answer.output)
    if meaning is None and report.error in _KNOWN:
        meaning = Meaning((cast("DocumentedError", report.error),))
    if meaning is None:
        return NoAnswer("unclear", _unknown(report, mapped=meanings is not None), answer.output)
    try:
        return _reading(report, meaning, expected)
    except ValidationError as problem:
        by = f" (by {meaning.rule})" if meaning.rule else ""
        why = f"its answer cannot be read: {first_problem(problem)}{by}"
        return NoAnswer("unclear", why, answer.output)


def _reading(report: Report, meaning: Meaning, expected: Sequence[DocumentedError]) -> Reading:
    """Raises ValidationError."""
    said = report.model_dump(exclude_none=True, include=set(Diagnosis.model_fields))
    error = next((each for each in expected if each in meaning.errors), meaning.errors[0])
    shows = (report.message or "") if error == SERVER_WORDS else None
    known = {"error": "unclassified" if error == SERVER_WORDS else error, **meaning.said()}
    return Reading.model_validate({**said, **known, "mapped_by": meaning.rule, "shows": shows})


def _unknown(report: Report, *, mapped: bool) -> str:
    where = "no rule of the mapping fits it" if mapped else "there is no mapping"
    hint = did_you_mean(report.error, _KNOWN)
    return f"error = {report.error!r:.80} is no documented error, and {where}{hint}"
