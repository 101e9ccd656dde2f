"""The catalogue, read once in each process: to read it anew takes a third of a second."""

from __future__ import annotations

from functools import cache

from harness.scenario import builtin_path
from harness.scenario.catalogue import collect
from harness.scenario.model import Scenario


def whole_catalogue() -> list[Scenario]:
    """All scenarios, in a list of one's own. They are shared: nobody changes them."""
    return list(_read())


@cache
def _read() -> tuple[Scenario, ...]:
    return tuple(collect([builtin_path()]))
