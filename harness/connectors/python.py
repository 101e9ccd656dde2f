"""Anyone's Python callable as a connector, in worker processes that can be killed.

The callable, sync or async, is given `ConnectionSettings` and returns a `Diagnosis` or a dict with
at least `error`. A worker serves one check after the other; one that hangs, dies or says what
cannot be read is killed and replaced.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from harness.answer import Answer, NoAnswer, Output, Reported, read_report
from harness.connectors.base import UnknownConnector
from harness.connectors.process import ConnectorProcess, Lost, kill_marked
from harness.settings import ConnectionSettings

WORKER = Path(__file__).with_name("worker.py")
START_S = 60.0
"""How long a worker may take to import the connector, whatever the deadline of a check is."""


class PythonCallable:
    """The connector `module:callable`. The current folder is on its import path."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._idle: list[ConnectorProcess] = []
        self._all: set[ConnectorProcess] = set()

    async def start(self) -> None:
        """Load the callable in a first worker. Raises `UnknownConnector` when that fails."""
        try:
            self._idle.append(await self._worker())
        except Lost as lost:
            raise UnknownConnector(f"connector {self._target}: {lost}") from None
        except TimeoutError:
            raise UnknownConnector(
                f"connector {self._target} was not loaded within {START_S:g} s"
            ) from None

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        try:
            worker = await self._worker()
        except (Lost, TimeoutError) as lost:
            return NoAnswer("crashed", f"the connector could not be started again: {lost!s}")
        kept = False
        try:
            async with asyncio.timeout(deadline_s):
                message = await worker.ask(settings.model_dump_json().encode() + b"\n")
            kept = True
            return _read(json.loads(message), worker.output)
        except Lost as lost:
            return NoAnswer("crashed", f"the connector crashed: {lost}", worker.output)
        except TimeoutError:
            why = f"no answer within {deadline_s:g} s; it was killed"
            return NoAnswer("timed-out", why, worker.output)
        finally:
            if kept:
                self._idle.append(worker)
            else:
                await self._remove(worker)

    async def close(self) -> None:
        for worker in list(self._all):
            await self._remove(worker)
        self._idle.clear()
        kill_marked()

    async def _worker(self) -> ConnectorProcess:
        if self._idle:
            worker = self._idle.pop()
            worker.forget_output()
            return worker
        async with asyncio.timeout(START_S):
            worker = await _started(self._target)
        self._all.add(worker)
        return worker

    async def _remove(self, worker: ConnectorProcess) -> None:
        await worker.kill()
        self._all.discard(worker)


async def _started(target: str) -> ConnectorProcess:
    """A process that has loaded the callable. Raises `Lost` when it cannot be loaded."""
    worker = await ConnectorProcess.start([sys.executable, "-P", str(WORKER)], {})
    try:
        first = json.dumps({"target": target, "path": sys.path}).encode() + b"\n"
        loaded = json.loads(await worker.ask(first))
        if "failed" in loaded:
            raise Lost(str(loaded["failed"]))
    except BaseException:
        await worker.kill()
        raise
    return worker


def _read(message: dict[str, Any], output: Output) -> Answer:
    if "raised" in message:
        return NoAnswer("crashed", f"the connector raised {message['raised']}", output)
    if "unreadable" in message:
        return NoAnswer("unclear", f"answered {message['unreadable']}", output)
    report = read_report(message.get("returned"))
    return report if isinstance(report, NoAnswer) else Reported(report, output)
