"""From a file with a life to what is run: which failure, and what holds after each step."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fakeservers.happenings.changes import check_places
from harness.files.problems import KeyPath, did_you_mean
from harness.scenario.cases import Data, merge
from harness.scenario.life.life_steps import BEGAN, BREAKS, LifeStep, usual_steps
from harness.scenario.living.breaking import Breaking, breaking
from harness.scenario.living.breaks_into import BreaksInto
from harness.scenario.living.worked_out import (
    StepFinding,
    WhatFails,
    met_anew,
    moments,
    step_findings,
)
from harness.scenario.model import Facts, Life, Scenario
from harness.taxonomy import STAGE_GROUPS, least_retrying

FOLDER: Final = "life"
"""Where lives stand, and how their ids begin."""
_ID: Final = re.compile(r"[a-z-]+/[A-Za-z0-9._-]+(\[[^\]]+\])?")

Load = Callable[[Path], list[Scenario]]
ReadFacts = Callable[[int, Data], Facts | None]
"""The facts that data are; None: it was told what is wrong with them, at the step of that number.
"""


class NoTarget(Exception):
    """There is no such scenario to break into; the message says what there is."""


def misplaced(folder: str, place: str | None) -> str:
    """What is wrong with a file in this folder whose ids begin otherwise."""
    says = f"life or {BREAKS} is missing" if folder == FOLDER else f"the folder says {folder!r}"
    return f"{says}: write that, or move the file to {place}/"


def target(name: str, places: Sequence[Path], load: Load) -> Scenario:
    """The scenario of that id, in the first of the folders that has its file. Raises NoTarget;
    BadInput where that file has mistakes."""
    if not _ID.fullmatch(name):
        raise NoTarget(f"expected the id of a scenario, such as {_EXAMPLE}")
    stem = name.partition("[")[0]
    files = [place / f"{stem}{suffix}" for place in places for suffix in (".yaml", ".yml")]
    file = next((each for each in files if os.path.isfile(each)), None)
    if file is None:
        known = {str(path.relative_to(place))[:-5] for place in places for path in _inside(place)}
        raise NoTarget(f"no scenario is called {stem!r}{did_you_mean(stem, known)}")
    cases = {each.id: each for each in load(file)}
    if name not in cases and "[" not in name:
        several = _some([each.removeprefix(stem) for each in cases])
        raise NoTarget(f"{stem} is several cases: write one of {several} behind it")
    if name not in cases:
        raise NoTarget(f"{stem} has other cases{did_you_mean(name, cases) or ': ' + _some(cases)}")
    if cases[name].life or cases[name].reproduces == "connected":
        raise NoTarget("expected a scenario that fails, and is no life itself")
    return cases[name]


_EXAMPLE: Final = "unauthorized/bad-password-imap[gmail]"
_SHOWN: Final = 8


def _inside(place: Path) -> Iterator[Path]:
    return (path for path in place.glob("*/*.yaml") if path.parent.name != FOLDER)


def _some(ids: Collection[str]) -> str:
    more = ", …" if len(ids) > _SHOWN else ""
    return ", ".join([*ids][:_SHOWN]) + more


def broken_data(data: Data) -> tuple[Data, list[KeyPath]]:
    """The data of a file with all its changes until the connector is to name an error: those of the
    failure that it stands for. And where these changes are written, the last one first."""
    broken, places = dict(data), list[KeyPath]()
    steps = data.get("life")
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict) or step.get("says", "connected") != "connected":
            break
        change = step.get("change")
        if change == BEGAN:
            broken, places = dict(data), []
        elif isinstance(change, dict):
            broken = merge(broken, change)
            places.insert(0, ("life", number, "change"))
    return broken, places


def as_data(facts: Facts) -> Data:
    """The facts as a file has them."""
    data: Data = json.loads(facts.model_dump_json(by_alias=True))
    return data


@dataclass(frozen=True)
class Lived:
    """A life, and what is wrong with its steps, by their path below `life`."""

    life: Life | None
    findings: tuple[StepFinding, ...]


def lived(
    steps: Sequence[LifeStep],
    broken: Scenario,
    how: Breaking,
    read: ReadFacts,
    into: Scenario | None,
) -> Lived:
    """The life in which a mailbox becomes that of the scenario. `into`: the one that was named, if
    one was."""
    at = as_data(how.begins)
    moved: list[StepFinding] = []

    def changed(number: int, change: Mapping[str, Any]) -> Facts | None:
        nonlocal at
        at = merge(at, change)
        facts = read(number, at)
        if facts and (why := _moves(how.begins, facts)):
            moved.append(((number, "change"), why))
        return facts

    found = moments(steps, how, broken, changed)
    failure = WhatFails(
        broken.reproduces,
        frozenset(each.error for each in broken.also_accepted),
        tuple(each.advice for each in broken.remedies),
        into is not None,
        not (broken.stage or "").startswith("smtp"),
        met_anew(broken),
        broken.stage in STAGE_GROUPS["send"],
    )
    wrong = [*moved, *step_findings(steps, how.begins, failure)]
    named = (into.id, into.file) if into else (None, None)
    return Lived(Life(how.begins, tuple(found), *named), tuple(wrong))


def _moves(before: Facts, after: Facts) -> str:
    """Why no mailbox that runs becomes the other; empty: it can."""
    services = before.all_services()
    ports = {name: services[each.port_of or name].port for name, each in services.items()}
    try:
        check_places(before.mailbox_spec(), after.mailbox_spec(), ports)
    except ValueError as error:
        return str(error)
    return ""


def life_into(file: BreaksInto, broken: Scenario, read: ReadFacts) -> tuple[Scenario, Lived]:
    """What a file of `breaks-into` stands for, but for its id and place. Raises CannotBegin."""
    how = breaking(broken)
    same = [each for each in broken.remedies if not _moves(how.broken, each.facts)]
    sends = (broken.stage or "").startswith("smtp")
    curable = same[0].advice if same else None
    opens = broken.stage in STAGE_GROUPS["confirm"]
    cause = broken.cause
    tried = cause is not None and least_retrying(cause, broken.stage).manner != "not"
    usual = usual_steps(broken.reproduces, sends=sends, curable=curable, opens=opens, passes=tried)
    steps = file.life or usual
    becomes = replace(
        broken,
        title=file.title,
        source=tuple(dict.fromkeys([*file.source, *broken.source])),
        notes=file.notes,
        timeout_s=file.timeout_s,
        facts=how.broken,
        remedies=tuple(same),
    )
    return becomes, lived(steps, becomes, how, read, broken)
