"""The baseline: deviations that a team knows of and accepts for a while, each with a reason.

A run with a baseline fails on what is not in it, on what has run out, and on entries that are no
longer needed: so it only ever gets shorter. Pure but for reading the file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from fakeservers.files.base_model import Spec
from harness.files.mistakes import read_model
from harness.files.problems import did_you_mean
from harness.judging.evidence import Phase
from harness.judging.verdict import Verdict
from harness.runner.events import CaseResult
from harness.taxonomy import Advice, Cause, DocumentedError, Stage


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Listed = Annotated[
    tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | list[str])
]


class Accepted(Spec):
    """One deviation: the check, as it is named in reports, or a group of checks, and the verdict
    that is accepted.

    `ids`: with `*` for any text; like `error` (what the scenario reproduces), `stage`, `cause` (as
    they are expected) and `said` (the documented error that was named) it chooses the checks: all
    that are given must fit. A group is of both phases where none is given.

    `violations` are those that are accepted of `misbehaved`, the verdict that they stand for; what
    several entries accept of one check adds up; others still fail.
    """

    other_words = {"scenario": "id", "check": "id", "because": "reason", "expires": "until"}

    id: str | None = None
    """One check, as reports name it."""
    ids: Listed = ()
    """Several checks by the ids of their scenarios; `*` is any text."""
    error: DocumentedError | None = None
    """Those whose scenarios reproduce this documented error."""
    stage: Stage | None = None
    """Those that fail at this stage."""
    cause: Cause | None = None
    """Those of this cause."""
    said: DocumentedError | None = None
    """Those of which this documented error was said."""
    phase: Phase | None = None
    """Left out beside `id`: `fault`."""
    remedy: Advice | None = None
    """The advice that was followed, of the remedy phase."""
    verdict: Verdict | None = None
    """What is accepted of them."""
    violations: Listed = ()
    """What is accepted of `misbehaved`; others still fail."""
    reason: str = Field(min_length=1)
    """Why it is accepted; required."""
    until: date
    """The last day."""

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        chosen = (self.id, self.ids, self.error, self.stage, self.cause, self.said, self.violations)
        if not any(chosen):
            raise ValueError("required: `id`, `ids`, or another key that says which checks")
        if self.id and self.ids:
            raise ValueError("`id` is one check, `ids` are several: not both")
        if self.verdict is None and not self.violations:
            raise ValueError("required: `verdict`, or `violations`")
        return self

    @property
    def name(self) -> str:
        """What it is about, on one line."""
        keys = {"error": self.error, "stage": self.stage, "cause": self.cause, "said": self.said}
        told = [f"{key}={value}" for key, value in keys.items() if value]
        ids = [self.id] if self.id else [*self.ids[:2], *(["…"] if len(self.ids) > 2 else [])]
        return " ".join([*ids, *told]) or "all checks"

    @property
    def what(self) -> str:
        """What is accepted."""
        return self.verdict or ", ".join(self.violations)

    def about(self, result: CaseResult) -> bool:
        """Whether it means this check, however that came out."""
        phase = self.phase or ("fault" if self.id else None)
        wanted = {
            "phase": (phase, result.phase),
            "remedy": (self.remedy, result.remedy),
            "error": (self.error, result.reproduces),
            "stage": (self.stage, result.expected.stage),
            "cause": (self.cause, result.expected.cause),
        }
        if self.id and (self.id, self.remedy) != (result.id, result.remedy):
            return False
        if self.ids and not any(fits(pattern, result.id) for pattern in self.ids):
            return False
        return all(own in (None, there) for own, there in wanted.values())

    def covers(self, result: CaseResult) -> bool:
        """Whether the result is such a deviation; if `misbehaved`, at least in a part."""
        said = result.diagnosis.error if result.diagnosis else None
        if not self.about(result) or self.said not in (None, said):
            return False
        verdict = result.judgement.verdict
        if verdict != (self.verdict or "misbehaved"):
            return False
        return verdict != "misbehaved" or bool(
            set(result.judgement.violations).intersection(self.violations)
        )


def fits(pattern: str, name: str) -> bool:
    """Whether it is this id; `*` stands for any text."""
    if pattern == name:
        return True
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


class Baseline(Spec):
    """All that is accepted."""

    accepted: list[Accepted]
    """Deviations that are known: others fail, and so does an entry that is out of date."""


@dataclass(frozen=True)
class Compared:
    """The results, with those that are accepted marked, and what is wrong with the baseline."""

    results: tuple[CaseResult, ...]
    complaints: tuple[str, ...]


def load_baseline(file: Path) -> Baseline:
    """Read it. Raises BadInput."""
    return read_model(file, Baseline)


def compare(
    results: Sequence[CaseResult], baseline: Baseline, today: date, *, whole: bool = True
) -> Compared:
    """Accept what the baseline covers. Entries for checks that were not run say nothing.

    `whole`: all that there is was run, so that a group that covers nothing is not needed.
    """
    entries = baseline.accepted
    complaints = [told for entry in entries for told in _complaints(entry, results, today, whole)]
    valid = [entry for entry in entries if today <= entry.until]
    return Compared(tuple(_marked(result, valid) for result in results), tuple(complaints))


def _complaints(
    entry: Accepted, results: Sequence[CaseResult], today: date, whole: bool
) -> Iterator[str]:
    covered = [result for result in results if entry.covers(result)]
    if covered and today > entry.until:
        times = f", in {len(covered)} checks" if len(covered) > 1 else ""
        yield f"{entry.name}: {entry.what} was accepted until {entry.until} ({entry.reason}){times}"
    unknown = _unknown(entry, results) if whole else []
    yield from unknown
    if entry.id:
        if any(result.passed for result in results if entry.about(result)):
            yield f"{entry.id}: {entry.what} is accepted, but it passes now: take the entry out"
    elif not covered and whole and not unknown:
        yield f"{entry.name}: {entry.what} is accepted, but nothing is so now: take the entry out"
    elif covered:
        for pattern in entry.ids:
            if (whole or "*" not in pattern) and _all_pass(entry, pattern, results):
                yield f"{pattern}: {entry.what} is accepted, but it passes now: take the id out"


def _unknown(entry: Accepted, results: Sequence[CaseResult]) -> list[str]:
    """That one of its ids is nowhere among all that there is: misspelt, or of another version."""
    there = {result.id for result in results}
    patterns = [each for each in entry.ids if not any(fits(each, one) for one in there)]
    if entry.id and entry.id not in there:
        patterns.append(entry.id)
    return [f"{each}: no scenario has this id{did_you_mean(each, there)}" for each in patterns]


def _all_pass(entry: Accepted, pattern: str, results: Sequence[CaseResult]) -> bool:
    """Whether the checks of one of its ids were run, and pass."""
    checks = [each for each in results if fits(pattern, each.id) and entry.about(each)]
    return bool(checks) and all(each.passed for each in checks)


def _marked(result: CaseResult, entries: Sequence[Accepted]) -> CaseResult:
    if result.passed:
        return result
    covering = [entry for entry in entries if entry.covers(result)]
    if result.judgement.verdict == "misbehaved":
        accepted = {name for entry in covering for name in entry.violations}
        if not accepted.issuperset(result.judgement.violations):
            return result
    reasons = dict.fromkeys(f"{entry.reason} (until {entry.until})" for entry in covering)
    return replace(result, accepted="; ".join(reasons))
