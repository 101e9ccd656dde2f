"""One check of one scenario: a mailbox stands up, the connector checks it, the verdict is given."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cache

from fakeservers.mailbox import Mailbox, open_mailbox
from harness.connectors import Connector
from harness.connectors.connector import ask
from harness.contract.answer import Answer, NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.judging.evidence import Watch
from harness.judging.expectation import expects_timeout
from harness.judging.verdict import Judgement
from harness.runner.events import CaseResult
from harness.runner.limits import machine_is_busy
from harness.runner.outcome import USUAL_TERMS, Checked, Terms, outcome
from harness.scenario.model import Facts, Remedy, Scenario

TRIES_WHEN_LATE = 4
TOO_LATE = 0.25
"""The share of a scenario's time-out that the fakes may be late by."""
TOO_BUSY = Judgement(
    "harness-error",
    why="this process was late each time that it was tried, so that no time-out proves anything: "
    "run it where less is going on, or with fewer --jobs",
)
"""Alone, with nothing beside it, it may be tried once more."""
GRACE_S = 0.5
"""How long connections that the connector left open may go on before the mailbox is closed."""


async def run_trial(
    connector: Connector,
    scenario: Scenario,
    remedy: Remedy | None,
    deadline_s: float,
    terms: Terms = USUAL_TERMS,
) -> CaseResult:
    """Check the mailbox of the scenario, or the one in which a remedy was followed, and judge.

    Where the remedy keeps the mailbox, a first check meets the fault, and is not judged here.
    No verdict may depend on how busy the machine is. So where a time-out is to be met and this
    process was late itself, or the time-out ran out before the stage that it is meant for, the
    check was void and is made again, with twice the time. So is one on a busy machine that looks
    like that. Late each time: `harness-error`, with the judgement `TOO_BUSY`.
    """
    if not _waits(scenario, remedy):  # nothing to be late for
        return await _trial(connector, scenario, remedy, deadline_s, terms)
    for attempt in range(TRIES_WHEN_LATE):
        longer = replace(scenario, timeout_s=scenario.timeout_s * 2**attempt)
        async with lateness() as late:
            result = await _trial(connector, longer, remedy, deadline_s, terms)
        doubtful = _ran_out(result, longer.timeout_s)
        was_late = late.worst_s >= longer.timeout_s * TOO_LATE or (doubtful and machine_is_busy())
        if result.passed or not (was_late or doubtful):
            return result
    return replace(result, judgement=TOO_BUSY) if was_late else result


def _waits(scenario: Scenario, remedy: Remedy | None) -> bool:
    """Whether a time-out is to be met. Once the remedy was followed there is nothing to wait for,
    except in a mailbox that is kept: the fault is met there first."""
    return expects_timeout(scenario) and (remedy is None or remedy.keep_mailbox)


def _ran_out(result: CaseResult, timeout_s: float) -> bool:
    """Whether a time-out was met that is meant for another stage, or for none."""
    verdict = result.judgement.verdict
    return verdict in ("not-exercised", "not-cured") and result.seconds >= timeout_s


async def _trial(
    connector: Connector,
    scenario: Scenario,
    remedy: Remedy | None,
    deadline_s: float,
    terms: Terms,
) -> CaseResult:
    began = time.monotonic()
    checked = await checked_in(connector, scenario, remedy, deadline_s)
    if isinstance(checked.answer, NoAnswer) and checked.answer.suspect:
        before = checked.answer.why
        checked = await checked_in(connector, scenario, remedy, deadline_s, fresh=True)
        checked = replace(checked, answer=_asked_again(checked.answer, before))
    return outcome(scenario, remedy, checked, terms, time.monotonic() - began)


def _asked_again(answer: Answer, before: str) -> Answer:
    if isinstance(answer, Diagnosis):
        return answer
    return replace(answer, output=replace(answer.output, before=before))


async def checked_in(
    connector: Connector,
    scenario: Scenario,
    remedy: Remedy | None,
    deadline_s: float,
    *,
    fresh: bool = False,
) -> Checked:
    """What is said of a mailbox that stands for this, once it is closed: with every connection
    over, the evidence is complete. `fresh`: by one that has seen no other."""
    kept = remedy is not None and remedy.keep_mailbox
    spec = scenario.mailbox_spec(None if kept else remedy)
    first = None
    async with open_mailbox(spec) as mailbox:
        if kept:
            first = await check(connector, scenario, None, mailbox, deadline_s, fresh=fresh)
            mailbox.change(scenario.mailbox_spec(remedy))
        checked = await check(connector, scenario, remedy, mailbox, deadline_s, fresh=fresh)
    if first and first.asked:
        await first.asked.over()  # held until now: what it left behind is not the second's
    answer = await checked.asked.over() if checked.asked else checked.answer
    return replace(checked, answer=answer)


async def check(
    connector: Connector,
    scenario: Scenario,
    remedy: Remedy | None,
    mailbox: Mailbox,
    deadline_s: float,
    *,
    fresh: bool = False,
    host: str | None = None,
) -> Checked:
    """Let the connector check a mailbox that stands already, with what the customer typed; `host`:
    see `settings_of`."""
    watch = Watch(mailbox)
    settings = settings_of(scenario, remedy, mailbox, host)
    if remedy or not _waits(scenario, None):
        # No verdict may depend on how busy the machine is: patience costs nothing here.
        patience_s = max(settings.timeout_s, deadline_s / 2)
        settings = settings.model_copy(update={"timeout_s": patience_s})
    asked = await ask(connector, settings, deadline_s, fresh=fresh)
    answered_s = watch.seconds()
    await mailbox.settle(GRACE_S)
    left_open = mailbox.left_open() & {each.number for each in watch.connections()}
    return Checked(asked.answer, watch, left_open, answered_s, asked)


def settings_of(
    scenario: Scenario,
    remedy: Remedy | None,
    mailbox: Mailbox,
    host: str | None = None,
    *,
    facts: Facts | None = None,
    consent: int = 1,
) -> ConnectionSettings:
    """What the customer typed to reach this mailbox; `host`: in place of its address. `facts`,
    `consent`: see `Scenario.settings`."""
    services = mailbox.services.items()
    return scenario.settings(
        {name: (host or typed_host(service.host), service.port) for name, service in services},
        ca_file=mailbox.ca_file,
        trust_store=mailbox.trust_store,
        remedy=remedy,
        facts=facts,
        consent=consent,
    )


@cache
def typed_host(address: str) -> str:
    """What a customer types for this address: nobody types `::1`, so a name that stands for it
    alone, where this machine has one."""
    if address == "::1":
        for name in ("ip6-localhost", "localhost6"):
            with contextlib.suppress(OSError):
                if {found[4][0] for found in socket.getaddrinfo(name, None)} == {address}:
                    return name
    return address


TICK_S = 0.05


@dataclass
class Lateness:
    """`worst_s`: the longest that the event loop let somebody wait beyond the time asked for;
    `total_s`: all that it did."""

    worst_s: float = 0.0
    total_s: float = 0.0


@contextlib.asynccontextmanager
async def lateness() -> AsyncIterator[Lateness]:
    """Watch the event loop while the block runs."""
    seen = Lateness()
    ticking = asyncio.create_task(_tick(seen))
    try:
        yield seen
    finally:
        ticking.cancel()
        await asyncio.wait([ticking])  # a cancellation of our own is not to be taken for its


async def _tick(seen: Lateness) -> None:
    while True:
        asked = time.monotonic()
        await asyncio.sleep(TICK_S)
        late_s = time.monotonic() - asked - TICK_S
        seen.worst_s = max(seen.worst_s, late_s)
        seen.total_s += late_s
