"""The processes of a connector that stay between checks: one check at a time each.

Whoever answered is held until its mailbox is gone, so that what a check leaves behind strikes in
that check, and not in the next. What is lost is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from harness.connectors.connector import Asked, too_late
from harness.connectors.process import ConnectorProcess, Environment, Lost, kill_marked
from harness.connectors.stalled import Stalled, answer_to
from harness.contract.answer import Answer, Lapse, NoAnswer, Output

Start = Callable[[Environment], Awaitable[ConnectorProcess]]
Read = Callable[[bytes, Output], Answer]
_DIED: Final[frozenset[Lapse]] = frozenset({"died-afterwards"})


@dataclass
class _Member:
    """A process, and how many checks it has served."""

    process: ConnectorProcess
    environment: Environment
    served: int = 0


class Pool:
    """As many processes as there are checks at a time.

    `start` starts one; it raises `Lost`, or TimeoutError. `forgiving`: one whose answer is none is
    asked again; else it may be out of step, and is replaced.
    """

    def __init__(self, start: Start, *, forgiving: bool) -> None:
        self._start = start
        self._forgiving = forgiving
        self._idle: list[_Member] = []
        self._all: list[_Member] = []

    async def prepare(self, environment: Environment) -> None:
        """Have one ready. Raises as `start` does."""
        self._idle.append(await self._started(environment))

    async def ask(
        self,
        line: bytes,
        environment: Environment,
        deadline_s: float,
        read: Read,
        *,
        fresh: bool = False,
    ) -> Asked:
        """Ask a process that has this environment; `read` makes an answer of its line. `fresh`: one
        that has served nobody else."""
        try:
            member = await self._member(environment, fresh)
        except (Lost, TimeoutError) as lost:
            return Asked(NoAnswer("crashed", f"the connector could not be started: {lost!s}"))
        process, answer = member.process, None
        suspect, member.served = member.served > 0, member.served + 1
        try:
            async with asyncio.timeout(deadline_s):
                said = await self._answer(line, process, first=not suspect)
            answer = read(said, process.output)
        except Stalled as stalled:
            return Asked(NoAnswer("crashed", str(stalled), process.output))
        except Lost as lost:
            why = f"the connector crashed: {lost}"
            return Asked(NoAnswer("crashed", why, process.output, suspect))
        except TimeoutError:
            why = too_late(deadline_s, killed=True)
            return Asked(NoAnswer("timed-out", why, process.output))
        finally:
            if answer is None or (isinstance(answer, NoAnswer) and not self._forgiving):
                await self._remove(member)
        return Asked(answer, partial(self._release, member))

    async def _answer(self, line: bytes, process: ConnectorProcess, *, first: bool) -> bytes:
        if self._forgiving:
            return await process.ask(line)
        return await answer_to(line, process, first=first)

    async def close(self) -> None:
        """End all of them, and what they have left running. Idempotent."""
        for member in list(self._all):
            await self._remove(member)
        self._idle.clear()
        kill_marked()

    async def _release(self, member: _Member, output: Output) -> Output:
        """Let others ask it. One that has ended otherwise than in good order died of the check."""
        if member not in self._all:  # removed already
            return output
        if not await member.process.settle():
            self._idle.append(member)
            return member.process.output
        left = member.process.output
        await self._remove(member)
        return Output(left.exit_code, left.stderr, _DIED if left.exit_code else frozenset())

    async def _member(self, environment: Environment, fresh: bool) -> _Member:
        for member in list(self._idle):
            if member.process.output.exit_code is not None:  # since it was asked last
                self._idle.remove(member)
                await self._remove(member)
            elif member.environment == environment and not (fresh and member.served):
                self._idle.remove(member)
                member.process.forget_output()
                return member
        return await self._started(environment)

    async def _started(self, environment: Environment) -> _Member:
        member = _Member(await self._start(environment), environment)
        self._all.append(member)
        return member

    async def _remove(self, member: _Member) -> None:
        await member.process.kill()
        if member in self._all:
            self._all.remove(member)
