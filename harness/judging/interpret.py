"""From what a connector answered to the diagnosis that it is, if any."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, cast, get_args

from pydantic import Field, ValidationError

from harness.contract.answer import Answer, NoAnswer, Report, Reported, ServiceReport, first_problem
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import did_you_mean
from harness.taxonomy import Cause, DocumentedError, Stage
from harness.taxonomy import Protocol as ServiceName

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

    def meant(self, report: ServiceReport, cause: Cause | None) -> Meaning | None:
        """In a scenario of this cause; None where no rule fits. Raises TimeoutError where a pattern
        takes for ever."""
        ...


class Reading(Diagnosis):
    """A diagnosis as it was read from an answer, with what only the judge needs.

    ``mapped_by``: the rule of a mapping that decided. ``shows``: where it claims nothing, the text
    that must hold the server's words. ``elsewhere``: the failures that it tells of other services,
    in its own words.
    """

    mapped_by: str = Field(default="", exclude=True)
    shows: str | None = Field(default=None, exclude=True)

    elsewhere: dict[ServiceName, str] = Field(default={}, exclude=True)

    def plain(self) -> Diagnosis:
        return Diagnosis.model_validate(self.model_dump())


def interpret(
    answer: Answer,
    meanings: Meanings | None,
    expected: Sequence[DocumentedError],
    cause: Cause | None,
    service: ServiceName | None = None,
) -> Diagnosis | NoAnswer:
    """The diagnosis. Of several errors that an answer may mean, the first one `expected` is taken.

    `service`: where the fault is, for answers that have a result for each. Never raises.
    """
    if not isinstance(answer, Reported):
        return answer

    def read(report: ServiceReport) -> Reading | NoAnswer:
        return _read(report, meanings, expected, cause)

    report = answer.report
    found = _decisive(report, service, read) if report.results else read(report)
    return replace(found, output=answer.output) if isinstance(found, NoAnswer) else found


def _decisive(
    report: Report, service: ServiceName | None, read: Callable[[ServiceReport], Reading | NoAnswer]
) -> Reading | NoAnswer:
    """Of several results that of the faulty service; where nothing is wrong, the first failure, as
    it is connected only where all are. Else what it says of the whole."""
    parts = {name: read(part) for name, part in report.results.items()}
    failed = {name: part for name, part in parts.items() if _failed(part)}
    decisive = parts.get(service) if service else next(iter(failed.values()), None)
    if decisive is None:
        decisive = read(report)
    if isinstance(decisive, NoAnswer):
        return decisive
    read_parts = [decisive, *(part for part in parts.values() if isinstance(part, Reading))]
    together = {
        "ask_password": any(part.ask_password for part in read_parts),
        "warnings": sorted({warning for part in read_parts for warning in part.warnings}),
        "elsewhere": {
            name: report.results[name].error
            for name, part in failed.items()
            if part is not decisive
        },
    }
    return decisive.model_copy(update=together)


def _failed(part: Reading | NoAnswer) -> bool:
    return isinstance(part, NoAnswer) or part.error != "connected"


def _read(
    report: ServiceReport,
    meanings: Meanings | None,
    expected: Sequence[DocumentedError],
    cause: Cause | None,
) -> Reading | NoAnswer:
    try:
        meaning = meanings.meant(report, cause) if meanings else None
    except TimeoutError:
        return NoAnswer("unclear", "a pattern of the mapping takes too long on its message")
    if meaning is None and report.error in _KNOWN:
        meaning = Meaning((cast("DocumentedError", report.error),))
    if meaning is None:
        return NoAnswer("unclear", _unknown(report, mapped=meanings is not None))
    try:
        return _reading(report, meaning, expected)
    except ValidationError as problem:
        by = f" (by {meaning.rule})" if meaning.rule else ""
        return NoAnswer("unclear", f"its answer cannot be read: {first_problem(problem)}{by}")


def _reading(
    report: ServiceReport, meaning: Meaning, expected: Sequence[DocumentedError]
) -> Reading:
    """Raises ValidationError."""
    said = report.model_dump(exclude_none=True, include=set(Diagnosis.model_fields))
    error = next((each for each in expected if each in meaning.errors), meaning.errors[0])
    shows = (report.message or "") if error == SERVER_WORDS else None
    known = {"error": "unclassified" if error == SERVER_WORDS else error, **meaning.said()}
    return Reading.model_validate({**said, **known, "mapped_by": meaning.rule, "shows": shows})


def _unknown(report: ServiceReport, *, mapped: bool) -> str:
    where = "no rule of the mapping fits it" if mapped else "there is no mapping"
    hint = did_you_mean(report.error, _KNOWN)
    return f"error = {report.error!r:.80} is no documented error, and {where}{hint}"
