"""Python callables that stay, in processes of their own."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from harness.contract.answer import NoAnswer, Reported
from harness.contract.staying import Failing

from ..conftest import SETTINGS, answers, gone
from .conftest import AGAIN, PACE, begun, connecting, ended, failure

LIVES = """\
import asyncio, os, sys, time
from harness.contract.staying import Connected, Failing, MessageSeen

async def right(settings, pace, orders):
    print("for people")
    raw = [settings.model_dump(mode="json"), pace.model_dump(), os.getpid()]
    yield Failing(error="EAUTH", raw=raw)
    while True:
        try:
            order = await asyncio.wait_for(anext(orders), 0.001)
        except TimeoutError:
            continue
        except StopAsyncIteration:
            break
        if order.settings:
            yield {"state": "failing", "error": order.settings.password}

async def by_loop(settings, pace, orders):
    yield {"state": "connected"}
    async for order in orders: pass
    yield {"state": "stopped"}

def both(settings, pace=None, orders=None):
    return by_loop(settings, pace, orders) if orders else {"error": "connected"}

async def in_time(settings, pace, orders): return by_loop(settings, pace, orders)
def check(settings): return {"error": "connected"}
def plain(settings, pace, orders): return {"error": "connected"}

async def raises(settings, pace, orders):
    yield Connected()
    raise KeyError("token")

async def exits(settings, pace, orders):
    yield Connected()
    sys.exit(3)

async def unfit(settings, pace, orders):
    yield {"state": "failing", "error": "x", "raw": object()}

async def word(settings, pace, orders):
    yield "connected"

async def blocks(settings, pace, orders):
    with open("pid", "w") as file: print(os.getpid(), file=file)
    yield Connected()
    time.sleep(1000)

async def floods(settings, pace, orders):
    while True: yield {"state": "connected"}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lives.py").write_text(LIVES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_life() -> None:
    async def lived() -> None:
        async with connecting("lives:right") as connector:
            life = await begun(connector)
            first = await life.state()
            assert isinstance(first, Failing) and first.error == "EAUTH"
            settings, pace, pid = first.raw
            assert settings == SETTINGS.model_dump(mode="json") and pace == PACE.model_dump()
            assert pid != os.getpid()
            await life.stay.tell(AGAIN)
            second = await life.state()
            assert isinstance(second, Failing) and second.error == "another"
            output = await life.stay.end(60.0)
            assert [each.state for each in life.said] == ["failing", "failing", "stopped"]
            assert (output.exit_code, output.stderr, output.lapses) == (0, "for people", set())
            assert gone(pid)

    asyncio.run(lived())


@pytest.mark.parametrize("name", ["by_loop", "both", "in_time"])
def test_forms_of_one_that_stays(name: str) -> None:
    said, output = ended(f"lives:{name}", 60.0)
    assert [each.state for each in said] == ["connected", "stopped"]
    assert (output.exit_code, output.lapses) == (0, set())


def test_one_that_stays_is_also_asked_for_a_check() -> None:
    [answer] = answers("lives:both")
    assert isinstance(answer, Reported) and answer.report.error == "connected"


CRASHED = "the connector crashed: its process ended with exit status"
FAILURES = {
    "check": NoAnswer(
        "crashed",
        "the connector could not be started: lives:check has no parameter `orders`: it cannot stay",
    ),
    "raises": NoAnswer("crashed", f"{CRASHED} 1; printed: KeyError: 'token'"),
    "exits": NoAnswer("crashed", f"{CRASHED} 3"),
    "plain": NoAnswer(
        "crashed",
        f"{CRASHED} 1; printed: TypeError: it returned a value of type dict; "
        "expected an async iterator of states",
    ),
    "unfit": NoAnswer(
        "crashed",
        f"{CRASHED} 1; printed: TypeError: Object of type object is not JSON serializable",
    ),
    "word": NoAnswer("unclear", "said what is no object with `state`: 'connected'"),
    "floods": NoAnswer("unclear", "said more than 10000 states in one life"),
}


@pytest.mark.parametrize(("name", "answer"), FAILURES.items(), ids=FAILURES)
def test_it_fails(name: str, answer: NoAnswer) -> None:
    assert failure(f"lives:{name}") == answer


def test_one_that_blocks_is_killed(folder: Path) -> None:
    said, output = ended("lives:blocks", 0.4)
    assert [each.state for each in said] == ["connected"] and output.lapses == {"did-not-end"}
    assert gone(int((folder / "pid").read_text()))
