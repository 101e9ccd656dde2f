"""Collections of scenarios: found in folders, and chosen from by selectors."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import pydantic

from fakeservers.dialects.dialect import dialect_names, is_path
from fakeservers.dialects.providers import provider_in, provider_named
from fakeservers.security import security_named
from harness.files.compiled import Compiled
from harness.files.problems import BadInput, Problem, did_you_mean
from harness.scenario import builtin_path
from harness.scenario.model import Scenario
from harness.scenario.schemas.modeline import no_scenario, scenario_files, yaml_files
from harness.taxonomy import error_titled, protocol_of

_MOST_LACKING: Final = 5
"""Files of a folder without a scenario that are named."""
_LIKE_AN_ID: Final = re.compile(r"[a-z0-9-]*|.*[/\[].*", re.DOTALL)


def _given(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _service(scenario: Scenario) -> tuple[str, ...]:
    return () if scenario.stage is None else (protocol_of(scenario.stage),)


def _security(scenario: Scenario) -> tuple[str, ...]:
    """What the customer typed for the service that fails; where none does, for both."""
    names = _service(scenario) or ("imap", "smtp")
    return tuple(scenario.facts.typed(name).security for name in names)


FACETS: Final[dict[str, Callable[[Scenario], tuple[str, ...]]]] = {
    "error": lambda scenario: (scenario.reproduces,),
    "stage": lambda scenario: _given(scenario.stage),
    "cause": lambda scenario: _given(scenario.cause),
    "dialect": lambda scenario: (scenario.dialect,),
    "service": _service,
    "security": _security,
    "authentication": lambda scenario: ("oauth2" if scenario.customer.oauth2 else "password",),
    "advice": lambda scenario: (
        *(remedy.advice for remedy in scenario.remedies),
        *scenario.unproven,
    ),
}
"""What a selector `key=value` may ask for: the values that a scenario has."""


def load(file: Path) -> list[Scenario]:
    """See `harness.scenario.loading.load`."""
    from harness.scenario import loading  # only now: most processes know what it reads already

    return loading.load(file)


def compiled(folder: Path | None = None) -> Compiled[list[Scenario]]:
    """What is known of the files of the catalogue, or of another folder."""
    return Compiled(folder or builtin_path(), load, _rests_on, version=pydantic.VERSION)


def _rests_on(scenarios: list[Scenario]) -> set[Path] | None:
    """The files of what they break into; None: they rest on a dialect's file, too."""
    if any(is_path(scenario.dialect) for scenario in scenarios):
        return None
    lives = [scenario.life for scenario in scenarios if scenario.life]
    return {life.into_file for life in lives if life.into_file}


def checked(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Those that are judged at one moment; where there are only lives, these."""
    return [scenario for scenario in scenarios if not scenario.life] or list(scenarios)


def collect(
    paths: Iterable[Path | str], passed_over: list[BadInput] | None = None
) -> list[Scenario]:
    """The scenarios of files and, recursively, of folders, sorted by id and each file in its own
    order. In folders, files without the modeline are passed over. Raises BadInput with all that is
    wrong with all of them. `passed_over`: files with mistakes are left out, and what is wrong with
    each is added here; it is raised only where no scenario is left."""
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    files: dict[str, Path] = {}
    for path in map(Path, paths):
        found = _files(path)
        problems += [] if found else _without_scenario(path)
        for file in found:
            # Unlike Path.resolve it bears links in a circle.
            files.setdefault(os.path.realpath(file), file)
    with compiled() as known:
        for file in files.values():
            try:
                scenarios += known.load(file)
            except BadInput as bad:
                if passed_over is None:
                    problems += bad.problems
                else:
                    passed_over.append(bad)
    if passed_over and not scenarios:
        problems += [problem for bad in passed_over for problem in bad.problems]
    problems += _clashes(scenarios)
    if problems:
        raise BadInput(problems)
    return sorted(scenarios, key=lambda scenario: scenario.id.partition("[")[0])


def ids_in(folder: Path) -> list[str]:
    """The ids of the scenarios in a folder, sorted: far sooner than `collect`, as nothing is
    validated. Files with mistakes are passed over."""
    from harness.files.nodes import read_yaml
    from harness.files.whole_file import read_text
    from harness.scenario.cases import case_ids
    from harness.scenario.living.breaks_into import has_life
    from harness.scenario.living.loaded import FOLDER

    found = []
    for file in _files(folder):
        with contextlib.suppress(BadInput, ValueError):
            data = read_yaml(read_text(file), str(file)).data
            if not isinstance(data, dict):
                continue
            place = FOLDER if has_life(data) else data.get("reproduces")
            found += case_ids(data, f"{place}/{file.stem}")
    return sorted(found)


def _files(path: Path) -> list[Path]:
    return scenario_files(path) if path.is_dir() else [path]


def _without_scenario(folder: Path) -> Iterator[Problem]:
    """What there is instead, and what it lacks."""
    inside = yaml_files(folder)
    more = len(inside) - _MOST_LACKING
    rest = f"; its other {more} YAML files are none, either" if more > 0 else ""
    without = "" if inside else "; it has no file that ends in .yaml or .yml"
    yield Problem(str(folder), 0, "", f"no scenario is in this folder{without}{rest}")
    yield from (no_scenario(file) for file in inside[:_MOST_LACKING])


def _clashes(scenarios: Iterable[Scenario]) -> Iterator[Problem]:
    def name(scenario: Scenario) -> str:
        return scenario.id.partition("[")[0]

    for same, group in groupby(sorted(scenarios, key=name), key=name):
        first, *others = sorted({str(scenario.file) for scenario in group})
        for other in others:
            yield Problem(other, 1, "", f"the id {same!r} is taken by {first}")


def select(scenarios: Sequence[Scenario], selectors: Iterable[str]) -> list[Scenario]:
    """The scenarios that any selector fits and no excluding one, in their order; without one, all.

    A selector is an id, the beginning of one up to a `/` or `[`, a file, a folder, `key=value`
    with a key of FACETS, or a text with the title of a documented error and, perhaps, the name of a
    provider; of `key=value,key=value` all must fit. With `!` before it, it excludes. Brackets are
    letters, not patterns. Raises BadInput where one fits none, or nothing is left.
    """
    wanted = list(selectors)
    found = {selector: {s.id for s in _fitting(scenarios, bare(selector))} for selector in wanted}
    if problems := [_unknown(scenarios, bare(each)) for each, ids in found.items() if not ids]:
        raise BadInput(problems)
    chosen = [ids for selector, ids in found.items() if not excludes(selector)]
    excluded = set().union(*(ids for selector, ids in found.items() if excludes(selector)))
    inside = set().union(*chosen) if chosen else {scenario.id for scenario in scenarios}
    left = [scenario for scenario in scenarios if scenario.id in inside - excluded]
    if wanted and not left:
        raise BadInput([f"{' '.join(wanted)}: nothing is left"])
    return left


def excludes(selector: str) -> bool:
    """Whether it says what is not wanted."""
    return selector.startswith("!")


def bare(selector: str) -> str:
    """What it is about, whether that is wanted or not."""
    return selector.removeprefix("!")


def facets_of(selector: str) -> dict[str, str]:
    """The `key=value` of which it is made; empty: it is of another kind. A value may be empty."""
    pairs = [part.partition("=") for part in selector.split(",")]
    if not all(equals and "/" not in key for key, equals, _ in pairs):
        return {}
    return {key: _meant(key, value) for key, _, value in pairs}


def _meant(key: str, value: str) -> str:
    """As FACETS have it: a security mode, an error, a provider go by many names."""
    if key == "security":
        return str(security_named(value))
    if key == "error":
        return _titled(value) or value
    if key == "dialect" and value not in dialect_names():
        return provider_named(value) or value
    return value


def _fitting(scenarios: Sequence[Scenario], selector: str) -> list[Scenario]:
    if facets := facets_of(selector):
        return [
            scenario
            for scenario in scenarios
            if all(
                key in FACETS and value in FACETS[key](scenario) for key, value in facets.items()
            )
        ]
    name = selector.rstrip("/")
    beginnings = (f"{name}/", f"{name}[")
    by_id = [
        scenario
        for scenario in scenarios
        if scenario.id == name or scenario.id.startswith(beginnings)
    ]
    if by_id or not selector:
        return by_id
    if not os.path.exists(selector):
        return _named(scenarios, selector)
    place = Path(selector).resolve()
    return [scenario for scenario in scenarios if scenario.file.resolve().is_relative_to(place)]


def _titled(text: str) -> str | None:
    """The documented error whose title it is. What is written as an id is one, or is mistyped."""
    return None if _LIKE_AN_ID.fullmatch(text) else error_titled(text)


def _named(scenarios: Sequence[Scenario], text: str) -> list[Scenario]:
    """Those of the documented error, and of the provider, that a text names."""
    error = _titled(text)
    found = [scenario for scenario in scenarios if scenario.reproduces == error]
    provider = provider_in(text) if found else None
    return [scenario for scenario in found if provider in (None, scenario.dialect)]


def _unknown(scenarios: Sequence[Scenario], selector: str) -> str:
    for key, value in facets_of(selector).items():
        if key not in FACETS:
            return f"{selector!r}: unknown key {key!r}{did_you_mean(key, FACETS)}"
        values = {each for scenario in scenarios for each in FACETS[key](scenario)}
        if value not in values:
            return f"no scenario has {key} {value!r}{did_you_mean(value, values)}"
    if facets_of(selector):
        return f"no scenario has all of {selector!r}"
    if selector and os.path.exists(selector):
        return f"no scenario of this run is in {selector!r}"
    if error := _titled(selector):
        worded = sorted({each.dialect for each in scenarios if each.reproduces == error})
        whose = f"in the words of {provider_in(selector)}; there are those of {', '.join(worded)}"
        return f"no scenario has {error} {whose}"
    names = {scenario.id for scenario in scenarios}
    names |= {name.partition("[")[0] for name in names}
    names |= {name.partition("/")[0] for name in names}
    return f"no scenario fits {selector!r}{did_you_mean(selector, names)}"


def shard(scenarios: Sequence[Scenario], number: int, of: int) -> list[Scenario]:
    """Part `number`, from 1, of `of` parts, dealt out in turn so that sizes differ by one at most.

    Raises BadInput for a part that does not exist.
    """
    if not 1 <= number <= of:
        raise BadInput([f"there is no shard {number} of {of}; shards are 1 to {max(of, 1)}"])
    return list(scenarios[number - 1 :: of])


def chosen(
    selectors: Sequence[str],
    base: Path | None = None,
    passed_over: list[BadInput] | None = None,
) -> list[Scenario]:
    """The scenarios that the selectors choose from `base` (left out: the catalogue).

    Files and folders may be anywhere; what is an id in `base` too is taken as the id. Raises
    BadInput for a selector that fits nothing, and for scenario files with mistakes. `passed_over`:
    see `collect`.
    """
    base = base or builtin_path()
    files = [_file_of(base, selector) for selector in selectors]
    if not selectors or not all(files):
        elsewhere = [
            file for name, file in zip(selectors, files, strict=True) if file == Path(name)
        ]
        files = [base, *elsewhere]
    found = collect([file for file in files if file], passed_over)
    try:
        return select(found, selectors)
    except BadInput as bad:
        left_out = [problem for each in passed_over or () for problem in each.problems]
        raise BadInput([*left_out, *bad.problems]) from None


def one(selector: str, base: Path | None = None) -> Scenario:
    """The only scenario that fits. Raises BadInput where there are none or several."""
    found = chosen([selector], base)
    if len(found) > 1:
        ids = ", ".join(scenario.id for scenario in found)
        raise BadInput([f"{selector!r} stands for several cases, choose one: {ids}"])
    return found[0]


def _file_of(base: Path, selector: str) -> Path | None:
    """The file or folder that a selector is about, where its spelling tells: the rest of the
    catalogue is not read then. What is not wanted is looked for in all of it."""
    if "=" in selector or selector.startswith("!"):
        return None
    place = base / selector.rstrip("/").partition("[")[0]
    by_id = (place, place.with_name(f"{place.name}.yaml"))
    found = [path for path in by_id if not Path(selector).is_absolute() and os.path.exists(path)]
    return found[0] if found else (Path(selector) if os.path.exists(selector) else None)
