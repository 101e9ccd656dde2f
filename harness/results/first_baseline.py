"""A first baseline: all that did not pass, in as few groups as say no more than that. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import yaml

from harness.judging.policy import severity
from harness.judging.verdict import Verdict
from harness.runner.events import CaseResult

FIRST_DAYS: Final = 90
"""How long what is accepted for a start may stay."""
UNEXPLAINED: Final = "not looked at yet"
_FEW: Final = 3
"""As many checks as are named by their ids, whatever they have in common."""
_MOSTLY: Final = 0.5
"""The share of the checks of one error that must deviate so, for all of them to be accepted so."""
_NOT_THEIRS: Final[frozenset[Verdict]] = frozenset({"passed", "not-applicable"})

Written = dict[str, Any]
_HEADER: Final = """\
# Deviations that are known and accepted until a day. `badinbox run --baseline FILE` fails on
# others, on those that have run out, and on entries that are no longer needed. Say why, and until
# when. An entry is about one check (`id`), or about all that `ids` (`*` is any text), `error`,
# `stage`, `cause`, `said`, `phase`, `verdict` and `violations` choose together.
"""


def first_baseline(results: Sequence[CaseResult], today: date) -> str:
    """The text of a baseline, for a person to go through."""
    entries = [  # each with a date of its own: YAML would write one object as an alias
        {**entry, "reason": UNEXPLAINED, "until": today + timedelta(days=FIRST_DAYS)}
        for entry in (*_of_violations(results), *_of_verdicts(results))
    ]
    return _HEADER + yaml.safe_dump({"accepted": entries}, sort_keys=False, allow_unicode=True)


def _of_violations(results: Sequence[CaseResult]) -> Iterator[Written]:
    """One entry for each; a danger is accepted only where it was seen."""
    found: defaultdict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        if result.judgement.verdict == "misbehaved":
            for violation in result.judgement.violations:
                found[violation].append(result)
    together: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for violation, there in found.items():
        if severity(violation) != "danger" and len(there) > _FEW:
            yield {"verdict": "misbehaved", "violations": [violation]}
        else:
            together[tuple(map(id, there))].append(violation)
    for violations in together.values():
        accepted = {"verdict": "misbehaved", "violations": violations}
        yield from _where(found[violations[0]], results, accepted)


def _of_verdicts(results: Sequence[CaseResult]) -> Iterator[Written]:
    """One entry for what was said in place of an error, where most of its checks came out so; else
    for those that did."""
    found: defaultdict[tuple[Any, ...], list[CaseResult]] = defaultdict(list)
    for result in results:
        if result.judgement.verdict not in _NOT_THEIRS | {"misbehaved"}:
            said = result.diagnosis.error if result.diagnosis else None
            key = (result.judgement.verdict, result.phase, result.reproduces, said)
            found[key].append(result)
    for (verdict, phase, error, said), there in found.items():
        alike = [each for each in results if (each.phase, each.reproduces) == (phase, error)]
        accepted = {**({"said": said} if said else {}), "verdict": verdict}
        if len(there) > _FEW and len(there) >= _MOSTLY * len(alike):
            yield {"error": error, "phase": phase, **accepted}
        else:
            yield from _where(there, results, accepted)


def _where(
    there: Sequence[CaseResult], results: Sequence[CaseResult], accepted: Written
) -> Iterator[Written]:
    """An entry for each phase, with the ids."""
    for phase in ("fault", "remedy"):
        run = {result.id for result in results if result.phase == phase}
        ids = list(_short({each.id for each in there if each.phase == phase}, run))
        named = {"phase": phase} if phase != "fault" or len(ids) > 1 or "*" in "".join(ids) else {}
        if len(ids) == 1 and phase == "fault" and "*" not in ids[0]:
            yield {"id": ids[0], **accepted}
        elif ids:
            yield {"ids": ids, **named, **accepted}


def _short(ids: set[str], run: Iterable[str]) -> Iterator[str]:
    """The ids, in order; with `*` where all that was run of a folder or file is there."""
    left = dict.fromkeys(sorted(ids))
    for parts in ("/", "["):
        groups: defaultdict[str, set[str]] = defaultdict(set)
        for name in run:
            if parts in name:
                groups[name.partition(parts)[0] + parts].add(name)
        for beginning, members in groups.items():
            if len(members) > 1 and members <= left.keys():
                yield f"{beginning}*{']' if parts == '[' else ''}"
                left = {name: None for name in left if name not in members}
    yield from left
