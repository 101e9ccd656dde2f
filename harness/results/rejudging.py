"""A recorded run, judged again: by another mapping or policy, in seconds, without being run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.contract.answer import Reported
from harness.files.problems import BadInput
from harness.judging.basis import Basis
from harness.judging.interpret import Meanings
from harness.judging.policy import USUAL, Policy
from harness.judging.verdict import Verdict
from harness.reports.json_report import Results, result_of
from harness.runner.events import CaseResult, RunFinished
from harness.runner.outcome import judged

_STAYS: frozenset[Verdict] = frozenset({"not-applicable", "harness-error"})
"""Verdicts that are not about an answer."""


def judged_again(
    recorded: Results, file: Path, meanings: Meanings | None, policy: Policy = USUAL
) -> RunFinished:
    """The run, with the verdicts that this mapping and this policy give; lives keep theirs, as the
    file does not have all that was seen of them. Raises BadInput where it does not say what the
    other verdicts rest on."""
    results = tuple(_again(result_of(case), file, meanings, policy) for case in recorded.cases)
    return RunFinished(results, recorded.summary.seconds, planned=recorded.summary.planned)


def _again(result: CaseResult, file: Path, meanings: Meanings | None, policy: Policy) -> CaseResult:
    result = replace(result, accepted="")
    if result.life or result.judgement.verdict in _STAYS:
        return result
    if result.basis is None:
        raise BadInput(
            [f"{file}: {result.id} does not say what its verdict rests on: run it once more"]
        )
    try:
        basis = Basis.from_data(result.basis)
    except ValueError as error:
        raise BadInput([f"{file}: the `basis` of {result.id} cannot be read: {error}"]) from None
    diagnosis, judgement = judged(basis, meanings, policy)
    if not isinstance(basis.answer, Reported):  # masked where it was recorded
        diagnosis = result.diagnosis
    return replace(result, diagnosis=diagnosis, judgement=judgement)
