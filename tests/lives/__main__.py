"""`python -m tests.lives`: the table."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.contract.capabilities import EVERYTHING
from harness.runner.events import RunFinished
from harness.runner.runner import Runner
from harness.scenario.model import Scenario
from harness.taxonomy import CAUSES, least_retrying
from tests.catalogue import whole_catalogue
from tests.harness.runner.life import liars, momentary
from tests.harness.runner.life.liars import Lying
from tests.lives import __doc__ as about

JOBS = 32


@dataclass(frozen=True)
class Liar:
    """`concerns`: in which lives it lies. `caught`: by which verdict it is to be caught there."""

    connector: Lying
    concerns: Callable[[Scenario], bool]
    caught: str


def _kinds(scenario: Scenario) -> list[str]:
    assert scenario.life
    return [moment.step.kind for moment in scenario.life.moments]


def _fails(scenario: Scenario) -> bool:
    """Whether an error is to be said."""
    assert scenario.life
    said = [moment.step.says for moment in scenario.life.moments]
    return any(each not in (None, "connected") for each in said)


def _recovers(scenario: Scenario) -> bool:
    assert scenario.life
    said = [moment.step.says for moment in scenario.life.moments if moment.step.says]
    return _fails(scenario) and said[-1] == "connected"


def _delivers(scenario: Scenario, least: int = 1) -> bool:
    """Whether so many messages come in and are to be told."""
    assert scenario.life
    steps = [moment.step for moment in scenario.life.moments]
    return sum(step.deliver or 0 for step in steps) >= least and "seen" in _kinds(scenario)


def _asks_in_vain(scenario: Scenario) -> bool:
    causes = {scenario.cause, *(also.cause for also in scenario.also_accepted)} - {None}
    return _fails(scenario) and not any(CAUSES[each].ask for each in causes if each)


def _cannot_succeed(scenario: Scenario) -> bool:
    """Whether what is refused is refused at a log-in, where each try is seen."""
    if not _fails(scenario) or scenario.cause is None or scenario.stage is None:
        return False
    seen = scenario.stage.endswith("-login")
    return seen and least_retrying(scenario.cause, scenario.stage).manner == "not"


def _wants_no_app_password(scenario: Scenario) -> bool:
    return _fails(scenario) and "unauthorized-app-password-required" not in _right(scenario)


def _blames_nobody(scenario: Scenario) -> bool:
    """Whether the credentials are not what fails, and no token is refused, as a new one is had."""
    blamed = any(each.startswith("unauthorized") for each in _right(scenario))
    assert scenario.life
    return not blamed and scenario.life.begins.customer.oauth2 is None


def _right(scenario: Scenario) -> set[str]:
    return {scenario.reproduces, *(also.error for also in scenario.also_accepted)}


def _waits_seen(scenario: Scenario) -> bool:
    """Whether it is tried again and again while IMAP keeps somebody out, and no try takes long."""
    if not _fails(scenario) or scenario.cause is None or scenario.stage != "imap-login":
        return False
    grows = least_retrying(scenario.cause, scenario.stage).manner == "grows"
    often = grows and scenario.cause not in ("silent-server", "timeout", "quota-exceeded")
    return often and not {"wait-s", "at-most"}.isdisjoint(_kinds(scenario))


LIARS = {
    "always-connected": Liar(Lying(liars.always_connected), _fails, "unnoticed"),
    "hammers": Liar(Lying(liars.honest, hammers=True), _cannot_succeed, "hammered"),
    "drops-each-third": Liar(
        Lying(liars.drops_each_third), lambda each: _delivers(each, 3), "lost-mail"
    ),
    "repeats": Liar(Lying(liars.repeats), _delivers, "duplicated-mail"),
    "never-recovers": Liar(Lying(liars.never_recovers), _recovers, "not-recovered"),
    "asks-password": Liar(Lying(liars.asks_password), _asks_in_vain, "misbehaved"),
    "wrong-first": Liar(Lying(liars.wrong_first), _wants_no_app_password, "wrong"),
    "blames-password": Liar(
        Lying(liars.blames_password), lambda each: _blames_nobody(each) and _fails(each), "wrong"
    ),
    "blames-at-mail": Liar(
        Lying(liars.blames_at_mail), lambda each: _blames_nobody(each) and _delivers(each), "wrong"
    ),
    "blames-for-a-moment": Liar(Lying(momentary.blames_for_a_moment), _delivers, "wrong"),
    "invents-mail": Liar(Lying(liars.invents_mail), _delivers, "misbehaved"),
    "names-a-late-try": Liar(Lying(liars.names_a_late_try), _waits_seen, "misbehaved"),
}


async def verdicts(connector: Lying, lives: Sequence[Scenario]) -> dict[str, str]:
    """The verdict on it in each of the lives."""
    async with Runner(connector, does=EVERYTHING, jobs=JOBS, keeps_basis=False) as runner:
        async for event in runner.run(lives):
            if isinstance(event, RunFinished):
                return {each.id: each.judgement.verdict for each in event.results}
    raise AssertionError("a run ends with RunFinished")


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.lives", description=about)
    parser.add_argument("names", nargs="*", metavar="LIAR", help=", ".join(LIARS))
    parser.add_argument("--honest", type=int, metavar="N", help="repeat without lies")
    given = parser.parse_args()
    lives = [each for each in whole_catalogue() if each.life]
    if given.honest:
        return _honest(lives, given.honest)
    print("| liar | lives that concern it | caught | otherwise |\n|---|---|---|---|")
    missed = 0
    for name in given.names or LIARS:
        liar = LIARS[name]
        concerned = [each for each in lives if liar.concerns(each)]
        found = asyncio.run(verdicts(liar.connector, concerned))
        other = {id_: verdict for id_, verdict in found.items() if verdict != liar.caught}
        missed += sum(verdict == "passed" for verdict in other.values())
        told = ", ".join(f"{id_} {verdict}" for id_, verdict in other.items())
        caught = len(found) - len(other)
        print(f"| {name} | {len(found)} | {caught} {liar.caught} | {told} |", flush=True)
    return 1 if missed else 0


def _honest(lives: Sequence[Scenario], times: int) -> int:
    differ: Counter[tuple[str, str]] = Counter()
    for _ in range(times):
        found = asyncio.run(verdicts(Lying(liars.honest), lives))
        differ.update(each for each in found.items() if each[1] != "passed")
    print(f"{times * len(lives)} lives, {sum(differ.values())} not passed")
    for (id_, verdict), count in differ.items():
        print(f"  {count} x {id_} {verdict}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
