"""What the harness itself costs round a connector."""

from __future__ import annotations

import asyncio
import sys

from bench.clock import Spent, run, spending
from bench.results import Result, milliseconds
from fakeservers.mailbox import open_mailbox
from harness.connectors import Connector
from harness.contract.answer import Answer
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.runner.runner import Runner
from harness.scenario import builtin_path
from harness.scenario.catalogue import checked, collect
from harness.scenario.model import Scenario

PAIRS = 5
COMMAND_PAIRS = 7
SELECTORS = ("unauthorized/", "imap-confirmation-error/", "connected/")
"""Enough cases for the start of two processes not to count."""


class _Null:
    """Answers at once, without looking."""

    async def start(self) -> None:
        pass

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        return Diagnosis(error="connected")

    async def close(self) -> None:
        pass


def measure_null() -> list[Result]:
    """The CPU of every check of the catalogue with a connector that costs nothing."""
    scenarios = checked(collect([builtin_path()]))
    checks = sum(1 + len(scenario.remedies) for scenario in scenarios)
    asyncio.run(_judged(scenarios[:50], _Null()))
    pairs = [
        (asyncio.run(_judged(scenarios, _Null())), asyncio.run(_stood_up(scenarios)))
        for _ in range(PAIRS)
    ]
    judged = [ours.cpu_s / checks for ours, _ in pairs]
    stood_up = [theirs.cpu_s / checks for _, theirs in pairs]
    return [
        Result(
            "a check with a null connector, CPU: its mailbox up and down",
            3.0,
            tuple(a / b for a, b in zip(judged, stood_up, strict=True)),
            f"{milliseconds('a check', judged)}, {milliseconds('a mailbox', stood_up)}",
        )
    ]


async def _judged(scenarios: list[Scenario], connector: Connector) -> Spent:
    with spending() as spent:
        async with Runner(connector) as runner:
            for scenario in scenarios:
                await runner.run_case(scenario)
    return spent


async def _stood_up(scenarios: list[Scenario]) -> Spent:
    with spending() as spent:
        for scenario in scenarios:
            for remedy in (None, *scenario.remedies):
                async with open_mailbox(scenario.mailbox_spec(remedy)):
                    pass
    return spent


def measure_command() -> list[Result]:
    """A command that stays, against the same connector as a Python callable."""
    command = f"jsonl:{sys.executable} -m bench.connector"
    pairs = [(_run(command), _run("bench.connector:check")) for _ in range(COMMAND_PAIRS)]
    lines = [ours.wall_s for ours, _ in pairs]
    python = [theirs.wall_s for _, theirs in pairs]
    return [
        Result(
            "a command that stays, wall: the same as a Python callable",
            1.2,
            tuple(a / b for a, b in zip(lines, python, strict=True)),
            f"{milliseconds('command', lines)}, {milliseconds('callable', python)}",
        )
    ]


def _run(connector: str) -> Spent:
    return run(["-m", "badinbox", "run", "--connector", connector, *SELECTORS])
