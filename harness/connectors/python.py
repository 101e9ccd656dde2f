"""Anyone's Python callable as a connector, in worker processes that can be killed.

The callable, sync or async, is given `ConnectionSettings` and returns a `Diagnosis` or a dict with
at least `error`. A worker serves one check after the other; one that hangs, dies or says what
cannot be read is killed and replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

from harness.connectors.answer import read_answer
from harness.connectors.base import UnknownConnector
from harness.settings import ConnectionSettings
from harness.verdict import Answer, NoAnswer

WORKER = Path(__file__).with_name("worker.py")
LONGEST_ANSWER = 4 * 1024 * 1024
KEPT_OUTPUT = 2000
START_S = 60.0
"""How long a worker may take to import the connector, whatever the deadline of a check is."""


class _Lost(Exception):
    """The worker ended, or said something that is not the protocol; the message says what."""


class _Worker:
    """One process, alive between checks."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._output = b""
        self._draining = asyncio.create_task(self._drain())

    @classmethod
    async def start(cls, target: str) -> _Worker:
        """Start a process and load the callable. Raises `_Lost` when it cannot be loaded."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(WORKER)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_ANSWER,
            start_new_session=True,  # a group of its own: its children are killed with it
        )
        worker = cls(process)
        try:
            first = await worker.ask(json.dumps({"target": target, "path": sys.path}))
        except BaseException:
            await worker.kill()
            raise
        if "failed" in first:
            await worker.kill()
            raise _Lost(str(first["failed"]))
        return worker

    async def ask(self, line: str) -> dict[str, object]:
        """Send one line, await the answer. Raises `_Lost`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            await self._process.stdin.drain()
            answer = await self._process.stdout.readline()
        except ConnectionError:
            answer = b""
        except ValueError:
            raise _Lost(f"its answer is longer than {LONGEST_ANSWER} bytes") from None
        if not answer.endswith(b"\n"):
            raise _Lost(await self._how_it_ended())
        message: dict[str, object] = json.loads(answer)
        return message

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._draining.cancel()
        await asyncio.gather(self._draining, return_exceptions=True)
        # Nothing else closes the pipes of a killed process before the garbage collector does.
        self._process._transport.close()  # type: ignore[attr-defined]

    async def _drain(self) -> None:
        """Keep the end of what the connector prints: a full pipe would stop it."""
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(65536):
            self._output = (self._output + chunk)[-KEPT_OUTPUT:]

    async def _how_it_ended(self) -> str:
        code = await self._process.wait()
        await asyncio.wait([self._draining], timeout=1.0)
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        printed = self._output.decode("utf-8", errors="replace").strip()
        last = f"; last printed: {printed.splitlines()[-1]}" if printed else ""
        return f"its process ended with {how}{last}"


class PythonCallable:
    """The connector `module:callable`. The current folder is on its import path."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()

    async def start(self) -> None:
        """Load the callable in a first worker. Raises `UnknownConnector` when that fails."""
        try:
            self._idle.append(await self._worker())
        except _Lost as lost:
            raise UnknownConnector(f"connector {self._target}: {lost}") from None
        except TimeoutError:
            raise UnknownConnector(
                f"connector {self._target} was not loaded within {START_S:g} s"
            ) from None

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        try:
            worker = await self._worker()
        except (_Lost, TimeoutError) as lost:
            return NoAnswer("crashed", f"the connector could not be started again: {lost!s}")
        kept = False
        try:
            async with asyncio.timeout(deadline_s):
                message = await worker.ask(settings.model_dump_json())
            kept = True
            return _read(message)
        except _Lost as lost:
            return NoAnswer("crashed", f"the connector crashed: {lost}")
        except TimeoutError:
            return NoAnswer("timed-out", f"no answer within {deadline_s:g} s; it was killed")
        finally:
            if kept:
                self._idle.append(worker)
            else:
                await self._remove(worker)

    async def close(self) -> None:
        for worker in list(self._all):
            await self._remove(worker)
        self._idle.clear()

    async def _worker(self) -> _Worker:
        if self._idle:
            return self._idle.pop()
        async with asyncio.timeout(START_S):
            worker = await _Worker.start(self._target)
        self._all.add(worker)
        return worker

    async def _remove(self, worker: _Worker) -> None:
        await worker.kill()
        self._all.discard(worker)


def _read(message: dict[str, object]) -> Answer:
    if "raised" in message:
        return NoAnswer("crashed", f"the connector raised {message['raised']}")
    if "unreadable" in message:
        return NoAnswer("unclear", f"returned {message['unreadable']}")
    return read_answer(message.get("returned"))
