"""The built-in checker at `serve --any`: is each scenario, chosen by what is typed, what it is
alone?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fakeservers.common.common_ports import CommonPorts
from fakeservers.spec import Rule
from harness.runner.events import CaseResult
from harness.scenario.model import Scenario
from harness.serving.common.guests import Guests
from harness.serving.common.opened import common_ports
from harness.serving.common.reach import Way, way_of
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand


@dataclass
class Common:
    """Common ports that are open."""

    stand: Stand
    guests: Guests
    ports: CommonPorts
    refused: list[str]
    dropped: list[str]

    async def checked(self, scenario: Scenario, tester: str = "") -> CaseResult:
        """What the built-in checker finds with what is typed for this scenario."""
        standing = await self.guests.guest(scenario, tester)
        try:
            return await standing.check()
        finally:
            await self.stand.stop(standing)


@asynccontextmanager
async def opened(others: Iterable[Scenario] = (), *, most: int = 1000) -> AsyncIterator[Common]:
    """Common ports, for a block."""
    refused: list[str] = []
    dropped: list[str] = []
    async with Stand() as stand:
        guests = Guests(stand, Library(others=list(others)), most=most, on_dropped=dropped.append)
        opening = common_ports(stand, guests, on_refused=refused.append, ports={})
        async with opening as ports:
            yield Common(stand, guests, ports, refused, dropped)


def reachable(scenarios: Iterable[Scenario], way: Way) -> list[Scenario]:
    """Those that are said to be chosen so, and can be checked at one moment, with a ClientHello
    that is as long as that of the built-in checker."""
    found = [each for each in scenarios if each.life is None and way_of(each).way == way]
    return [each for each in found if not any(rule.when.hello_over for rule in _rules(each))]


def _rules(scenario: Scenario) -> Iterator[Rule]:
    for service in scenario.facts.all_services().values():
        yield from service.rules


async def failures(scenarios: Sequence[Scenario], jobs: int = 8) -> dict[str, str]:
    """The ids of those that are not what they are alone, and why. One that fails is checked again
    by itself: a time-out that is to be met leaves no room for others."""
    found: dict[str, str] = {}
    places = asyncio.Semaphore(jobs)
    async with opened(scenarios) as common:

        async def one(scenario: Scenario) -> None:
            async with places:
                result = await common.checked(scenario)
            if not result.passed:
                again.append(scenario)

        again: list[Scenario] = []
        await asyncio.gather(*map(one, scenarios))
        for scenario in again:
            judgement = (await common.checked(scenario)).judgement
            if judgement.verdict != "passed":
                why = f"{judgement.verdict}: {judgement.why} {list(judgement.violations)}"
                found[scenario.id] = why
        found |= {f"refused {number}": why for number, why in enumerate(common.refused)}
    return found
