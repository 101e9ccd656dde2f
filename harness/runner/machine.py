"""What this machine's system cannot do, so that a scenario cannot be reproduced on it.

The rest of the catalogue is run all the same. Linux does all of it, unless IPv6 is off; other
systems have no second loopback address, or no way for a port or a connection to say nothing at all.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from fakeservers.wire.listeners import can_listen_at, can_swallow, has_filters
from harness.scenario.life.life_steps import LifeStep
from harness.scenario.model import Facts, Remedy, Scenario

NOT_HERE = "not reproducible here"


@functools.cache
def has_address(address: str) -> bool:
    """Whether this machine has it: asked once, and not for each check."""
    return can_listen_at(address)


def irreproducible(scenario: Scenario, remedy: Remedy | None) -> str:
    """Why this machine cannot reproduce the scenario, or its remedy; empty: it can."""
    steps = [moment.step for moment in scenario.life.moments] if scenario.life else []
    wanting = _wanting([scenario.facts, *([remedy.facts] if remedy else [])], steps)
    return next((f"{NOT_HERE}: {lack}" for lack in wanting), "")


def _wanting(facts: Iterable[Facts], steps: Iterable[LifeStep]) -> Iterator[str]:
    for each in facts:
        services = each.all_services().values()
        typed = (each.customer.imap.source_address, each.customer.smtp.source_address)
        for address in (*(service.bind for service in services), *filter(None, typed)):
            if not has_address(address):
                yield f"this machine has no address {address}"
        if any(service.listen == "black-hole" for service in services):
            yield from _unable_to_swallow()
    for step in steps:
        if step.port == "black-hole":
            yield from _unable_to_swallow()
        if "silent" in (step.cut, step.link) and not has_filters():
            yield "this system lets no connection fall silent"


def _unable_to_swallow() -> Iterator[str]:
    if not can_swallow():
        yield "this system has no port that swallows packets"
