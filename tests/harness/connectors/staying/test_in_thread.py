"""Blocking callables that stay, in threads of this process."""

from __future__ import annotations

import asyncio
import queue
import threading

import pytest

from harness.connectors.inprocess import InProcess
from harness.connectors.staying.in_thread import Stayer
from harness.contract.answer import NoAnswer
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import MOST_STATES, Connected, Failing, Order, Pace, SayState, Stopped

from .conftest import AGAIN, PACE, Life, begun

Orders = queue.Queue[Order]


def right(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
    assert pace == PACE
    say(Connected())
    while not (order := orders.get()).stop:
        assert order.settings and order.check
        say(Failing(error=order.settings.password))
    say(Stopped())


def raises(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
    say(Connected())
    raise ValueError("no token")


def exits(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
    raise SystemExit(3)


def forgets(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
    say(Connected())


def repeats(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
    say(Stopped())
    say(Connected())


def floods(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
    for _ in range(MOST_STATES + 10):
        say(Connected())


def connector(stayer: Stayer | None) -> InProcess:
    return InProcess(lambda settings: NoAnswer("crashed", "not asked"), stayer=stayer)


def test_a_life() -> None:
    async def lived() -> None:
        life = await begun(connector(right))
        assert (await life.state()).state == "connected"
        await life.stay.tell(AGAIN)
        said = await life.state()
        assert isinstance(said, Failing) and said.error == "another"
        output = await life.stay.end(60.0)
        assert output.lapses == set() and await life.stay.end(0) is output
        assert [each.state for each in life.said] == ["connected", "failing", "stopped"]

    asyncio.run(lived())


FAILURES = {
    raises: "the connector raised ValueError: no token",
    exits: "the connector raised SystemExit: 3",
    forgets: "it did not say `stopped`",
    repeats: "said a state that comes after `stopped`: connected",
    floods: f"said more than {MOST_STATES} states in one life",
    None: "the connector could not be started: it does not stay connected",
}


@pytest.mark.parametrize(("stayer", "why"), FAILURES.items())
def test_it_fails(stayer: Stayer | None, why: str) -> None:
    async def lived() -> Life:
        life = await begun(connector(stayer))
        await life.failed()
        await life.stay.tell(AGAIN)
        await life.stay.end(60.0)
        return life

    last = asyncio.run(lived()).said[-1]
    assert isinstance(last, NoAnswer) and last.why == why


def test_one_that_does_not_end_is_left_behind_and_heard_no_more() -> None:
    release, over = threading.Event(), threading.Event()

    def deaf(settings: ConnectionSettings, pace: Pace, say: SayState, orders: Orders) -> None:
        say(Connected())
        release.wait()
        say(Failing(error="late"))
        over.set()

    async def lived() -> None:
        one = connector(deaf)
        life = await begun(one)
        await life.state()
        assert (await life.stay.end(0.1)).lapses == {"did-not-end"}
        await one.close()
        release.set()
        await asyncio.to_thread(over.wait)
        await asyncio.sleep(0)
        assert [each.state for each in life.said] == ["connected"]

    asyncio.run(lived())
