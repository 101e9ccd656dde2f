"""Processes that stay between checks: one check at a time each; what is lost is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from harness.connectors.process import ConnectorProcess, Lost, kill_marked
from harness.contract.answer import Answer, NoAnswer, Output

Environment = Mapping[str, str]
Start = Callable[[Environment], Awaitable[ConnectorProcess]]
Read = Callable[[bytes, Output], Answer]


class Pool:
    """As many processes as there are checks at a time.

    `start` starts one; it raises `Lost`, or TimeoutError. `forgiving`: one whose answer is none is
    asked again; else it may be out of step, and is replaced.
    """

    def __init__(self, start: Start, *, forgiving: bool) -> None:
        self._start = start
        self._forgiving = forgiving
        self._idle: list[tuple[Environment, ConnectorProcess]] = []
        self._all: set[ConnectorProcess] = set()

    async def prepare(self, environment: Environment) -> None:
        """Have one ready. Raises as `start` does."""
        self._idle.append((environment, await self._process(environment)))

    async def ask(
        self, line: bytes, environment: Environment, deadline_s: float, read: Read
    ) -> Answer:
        """Ask a process that has this environment; `read` makes an answer of its line."""
        try:
            process = await self._process(environment)
        except (Lost, TimeoutError) as lost:
            return NoAnswer("crashed", f"the connector could not be started: {lost!s}")
        answer: Answer | None = None
        try:
            async with asyncio.timeout(deadline_s):
                said = await process.ask(line)
            answer = read(said, process.output)
            return answer
        except Lost as lost:
            return NoAnswer("crashed", f"the connector crashed: {lost}", process.output)
        except TimeoutError:
            why = f"no answer within {deadline_s:g} s; it was killed"
            return NoAnswer("timed-out", why, process.output)
        finally:
            if answer is None or (isinstance(answer, NoAnswer) and not self._forgiving):
                await self._remove(process)
            else:
                self._idle.append((environment, process))

    async def close(self) -> None:
        """End all of them, and what they have left running. Idempotent."""
        for process in list(self._all):
            await self._remove(process)
        self._idle.clear()
        kill_marked()

    async def _process(self, environment: Environment) -> ConnectorProcess:
        fitting = next((each for each in self._idle if each[0] == environment), None)
        if fitting:
            self._idle.remove(fitting)
            fitting[1].forget_output()
            return fitting[1]
        process = await self._start(environment)
        self._all.add(process)
        return process

    async def _remove(self, process: ConnectorProcess) -> None:
        await process.kill()
        self._all.discard(process)
