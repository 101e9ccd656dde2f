"""From what a connector answered to the diagnosis that it is, if any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast, get_args

from pydantic import ValidationError

from harness.contract.answer import Answer, NoAnswer, Report, Reported, first_problem
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import did_you_mean
from harness.taxonomy import Cause, DocumentedError

_KNOWN = frozenset(get_args(DocumentedError))


class Meanings(Protocol):
    """What a connector's own codes and messages mean; see `harness.mapping`."""

    def meant(self, report: Report, cause: Cause | None) -> tuple[DocumentedError, ...]:
        """The documented errors, any of which is accepted, in a scenario of this cause; empty where
        no rule fits. Raises TimeoutError where a pattern takes for ever."""
        ...


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
        accepted = meanings.meant(report, cause) if meanings else ()
    except TimeoutError:
        why = "a pattern of the mapping takes too long on its message"
        return NoAnswer("unclear", why, answer.output)
    if not accepted and report.error in _KNOWN:
        accepted = (cast("DocumentedError", report.error),)
    if not accepted:
        return NoAnswer("unclear", _unknown(report, mapped=meanings is not None), answer.output)
    said = report.model_dump(exclude_none=True, include=set(Diagnosis.model_fields))
    error = next((each for each in expected if each in accepted), accepted[0])
    try:
        return Diagnosis.model_validate({**said, "error": error})
    except ValidationError as problem:
        why = f"its answer cannot be read: {first_problem(problem)}"
        return NoAnswer("unclear", why, answer.output)


def _unknown(report: Report, *, mapped: bool) -> str:
    where = "no rule of the mapping fits it" if mapped else "there is no mapping"
    hint = did_you_mean(report.error, _KNOWN)
    return f"error = {report.error!r:.80} is no documented error, and {where}{hint}"
