"""Anyone's Python callable as a connector, in worker processes that can be killed.

The callable, sync or async, is given `ConnectionSettings` and returns a `Diagnosis` or a dict with
at least `error`. A worker serves one check after the other; one that hangs, dies or says what
cannot be read is killed and replaced.

One that stays has the parameters `pace` and `orders` besides, and returns an async iterator of
states, as an async generator function does; without them it is called for a check.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any, Final

from harness.connectors.connector import ENTRY_POINTS, Asked, UnknownConnector
from harness.connectors.pool import Pool
from harness.connectors.process import ConnectorProcess, Environment, Lost
from harness.connectors.staying import Heard, Stay
from harness.connectors.staying.by_lines import stay_by_lines
from harness.connectors.staying.hearing import Lives
from harness.contract.answer import Answer, NoAnswer, Output, Reported, read_report
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Pace

WORKER = Path(__file__).with_name("worker.py")
START_S = 60.0
"""How long a worker may take to import the connector, whatever the deadline of a check is."""


def connector(name: str) -> PythonCallable | None:
    """`module:callable`, or a name that stands for one among the entry points."""
    module, _, function = name.partition(":")
    if all(part.isidentifier() for part in [*module.split("."), *function.split(".")]):
        return None if module == "jsonl" else PythonCallable(name)
    if ":" in name or " " in name or "/" in name:
        return None
    from importlib.metadata import entry_points

    found = entry_points(group=ENTRY_POINTS, name=name)
    return next((PythonCallable(each.value) for each in found), None)


class PythonCallable:
    """The connector `module:callable`. The current folder is on its import path."""

    a_process_each: Final = True

    def __init__(self, target: str) -> None:
        self._target = target
        self._pool = Pool(self._worker, forgiving=True)
        self._lives = Lives()
        self._numbers = itertools.count(1)

    async def start(self) -> None:
        """Load the callable in a first worker. Raises `UnknownConnector` when that fails."""
        try:
            await self._pool.prepare({})
        except Lost as lost:
            raise UnknownConnector(f"connector {self._target}: {lost}") from None
        except TimeoutError:
            raise UnknownConnector(
                f"connector {self._target} was not loaded within {START_S:g} s"
            ) from None

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        return await (await self.ask(settings, deadline_s)).over()

    async def ask(
        self, settings: ConnectionSettings, deadline_s: float, *, fresh: bool = False
    ) -> Asked:
        line = settings.model_dump_json().encode() + b"\n"
        return await self._pool.ask(line, {}, deadline_s, _read, fresh=fresh)

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        """A worker for each life."""
        life = str(next(self._numbers))
        starting = self._worker({}, stay=True)
        return self._lives.begun(await stay_by_lines(starting, settings, pace, life, heard))

    async def close(self) -> None:
        await self._lives.close()
        await self._pool.close()

    async def _worker(self, environment: Environment, *, stay: bool = False) -> ConnectorProcess:
        """A process that has loaded the callable. Raises `Lost` when it cannot be loaded."""
        async with asyncio.timeout(START_S):
            worker = await ConnectorProcess.start([sys.executable, "-P", str(WORKER)], environment)
            try:
                first = {"target": self._target, "path": sys.path, "stay": stay}
                loaded = json.loads(await worker.ask(json.dumps(first).encode() + b"\n"))
                if "failed" in loaded:
                    raise Lost(str(loaded["failed"]))
            except BaseException:
                await worker.kill()
                raise
        return worker


def _read(line: bytes, output: Output) -> Answer:
    message: dict[str, Any] = json.loads(line)
    if "raised" in message:
        return NoAnswer("crashed", f"the connector raised {message['raised']}", output)
    if "unreadable" in message:
        return NoAnswer("unclear", f"answered {message['unreadable']}", output)
    report = read_report(message.get("returned"))
    return report if isinstance(report, NoAnswer) else Reported(report, output)
