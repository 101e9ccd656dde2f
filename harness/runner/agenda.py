"""Which scenario is run next, and what came of those that are done."""

from __future__ import annotations

from collections.abc import Sequence

from fakeservers.actions.delay import Delay
from harness.judging.expectation import expects_timeout
from harness.runner.events import CaseResult
from harness.scenario.model import Scenario


class Agenda:
    """Scenarios with the longest waits are begun first, so that the waits overlap; the results are
    in the order given. With `stop_early` they end with the first scenario that did not pass."""

    def __init__(self, scenarios: Sequence[Scenario], stop_early: bool) -> None:
        self._scenarios = scenarios
        places = range(len(scenarios))
        self._todo = iter(sorted(places, key=lambda place: -_wait_s(scenarios[place])))
        self._stop_early = stop_early
        self._end = len(scenarios)
        self._done: dict[int, tuple[CaseResult, ...]] = {}

    def next(self) -> tuple[int, Scenario] | None:
        """The next scenario and its place; None: there is no more to do."""
        place = next((place for place in self._todo if place < self._end), None)
        return None if place is None else (place, self._scenarios[place])

    def done(self, place: int, results: tuple[CaseResult, ...]) -> None:
        self._done[place] = results
        if self._stop_early and not all(result.passed for result in results):
            self._end = min(self._end, place + 1)

    def results(self) -> tuple[CaseResult, ...]:
        places = sorted(place for place in self._done if place < self._end)
        return tuple(result for place in places for result in self._done[place])


def _wait_s(scenario: Scenario) -> float:
    """How long a check is likely to do nothing, in seconds. Only the order depends on it."""
    rules = [r for service in scenario.facts.all_services().values() for r in service.rules]
    delays = [a.delay_s for rule in rules for a in rule.then if isinstance(a, Delay)]
    return sum(delays) + (scenario.timeout_s if expects_timeout(scenario) else 0.0)
