"""What is told of the scenarios of the catalogue where none is read: kept from one process to the
next, and made anew once a file of it has changed."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from fakeservers.files.kept import files_told, kept
from harness.scenario import builtin_path

if TYPE_CHECKING:
    from harness.scenario.model import Scenario

T = TypeVar("T")


class CaseSummary(NamedTuple):
    """One scenario. `unproven`: the advices that cannot be followed yet. `facets`: by the keys of
    selectors, the values that it has."""

    id: str
    title: str
    unproven: tuple[str, ...]
    facets: dict[str, tuple[str, ...]]


def kept_of_catalogue(name: str, make: Callable[[], T]) -> T:
    """What `make` returns, which rests on the files of the catalogue, and is kept by this name."""
    files = "\n".join(sorted(files_told(str(builtin_path()))))
    return kept(name, make, blake2b(files.encode(errors="surrogateescape")).hexdigest())


def summaries() -> list[CaseSummary]:
    """All of the catalogue, sorted by id. Raises BadInput where a file has mistakes."""
    return kept_of_catalogue("summaries", _made)


def _made() -> list[CaseSummary]:
    from harness.scenario.catalogue import collect

    return list(map(summary, collect([builtin_path()])))


def summary(scenario: Scenario) -> CaseSummary:
    """That of a scenario which was read."""
    from harness.scenario.catalogue import FACETS

    facets = {key: values(scenario) for key, values in FACETS.items()}
    return CaseSummary(scenario.id, scenario.title, tuple(scenario.unproven), facets)
