"""What changed between two runs, or between two connectors. Pure but for reading the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import ValidationError

from harness.files.explanations import explained
from harness.files.problems import BadInput, Problem, key_path
from harness.files.whole_file import read_bytes
from harness.reports.json_report import CaseEntry, Results, results_from_stream

_MOST_BYTES: Final = 1 << 30
Kind = Literal["worse", "better", "otherwise", "gone", "new"]
KINDS: dict[Kind, str] = {
    "worse": "passed before, not any more",
    "better": "passes now",
    "otherwise": "did not pass, and still does not, but in another way",
    "gone": "only in the first",
    "new": "only in the second",
}


@dataclass(frozen=True)
class ChangedCheck:
    """One check that came out differently; what it was, and what it is."""

    check: str
    kind: Kind
    before: str = ""
    after: str = ""


def read_results(file: Path) -> Results:
    """What `badinbox run --json` wrote, or has written so far (`….part`). Raises BadInput.

    >>> import badinbox, pathlib, tempfile
    >>> chosen = badinbox.load_scenarios("connected/working[implicit-tls]")
    >>> results = badinbox.run(badinbox.check, chosen)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "results.json")
    ...     written = file.write_text(results.model_dump_json())
    ...     isinstance(results, badinbox.Results), badinbox.read_results(file) == results
    (True, True)
    """
    try:
        content = read_bytes(file, _MOST_BYTES)
        if content.startswith(b'{"badinbox_run"'):
            return results_from_stream(content)
        return Results.model_validate_json(content)
    except ValidationError as error:
        path, message = next(explained(error, Results))
        why = f"not what `badinbox run --json` writes: {message}"
        raise BadInput([Problem(str(file), 0, key_path(path), why)]) from None


def changes(before: Results, after: Results) -> Iterator[ChangedCheck]:
    """In the order of the catalogue, what is gone first."""
    old = {_name(case): case for case in before.cases if case.verdict != "not-applicable"}
    new = {_name(case): case for case in after.cases if case.verdict != "not-applicable"}
    for name, case in old.items():
        if name not in new:
            yield ChangedCheck(name, "gone", _outcome(case))
    for name, case in new.items():
        was = old.get(name)
        if was is None:
            yield ChangedCheck(name, "new", after=_outcome(case))
        elif _outcome(was) != _outcome(case):
            yield ChangedCheck(name, _kind(was, case), _outcome(was), _outcome(case))


def _kind(was: CaseEntry, now: CaseEntry) -> Kind:
    if was.verdict == "passed":
        return "worse"
    return "better" if now.verdict == "passed" else "otherwise"


def _name(case: CaseEntry) -> str:
    return f"{case.id} after {case.remedy or 'the remedy'}" if case.phase == "remedy" else case.id


def _outcome(case: CaseEntry) -> str:
    """The verdict, with what makes one different from another of the same name."""
    said = case.diagnosis.error if case.diagnosis else ""
    if case.verdict in ("wrong", "not-cured") and said:
        return f"{case.verdict} (said {said})"
    if case.verdict == "misbehaved":
        return f"misbehaved ({', '.join(case.violations)})"
    return case.verdict
