"""Worker processes that run cases, so that a run uses all cores.

Each has an event loop and a runner of its own; they share what their parent had loaded when they
were made: the code, the scenarios, the certificate authority. Connectors are started where they are
used. Whatever ends the parent ends its workers: they end when its side of their pipe is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, Final, Literal

from fakeservers.dialects.dialect import load_dialect
from fakeservers.files.kept import RUBBISH
from fakeservers.services import import_speakers
from fakeservers.wire.certificates import process_authority
from harness.runner.events import CaseResult
from harness.runner.limits import cores
from harness.scenario.model import Scenario

_LATER: Final = get_context("spawn")
"""Where a loop and threads run already: a forked process would find taken for ever what locks of
theirs are taken."""
_AT_FIRST: Final = get_context("fork") if sys.platform == "linux" else _LATER
ENOUGH: Final = 16
"""So many scenarios are worth a worker: making one takes as long as running some."""
LAST_WAIT_S: Final = 10.0
"""How long a worker may take to end its connector, before it is killed."""

Phases = Literal["fault", "remedy", "both"]
RunCase = Callable[[Scenario, Phases], Coroutine[Any, Any, list[CaseResult]]]
"""Runs a scenario, in a phase."""
Open = Callable[[], contextlib.AbstractAsyncContextManager[RunCase]]
"""What a worker does first, and at its end."""


def worthwhile(scenarios: int) -> int:
    """How many workers a run of so many scenarios is worth here; 1: none beside this process."""
    return max(1, min(cores(), scenarios // ENOUGH))


class Died(Exception):
    """The worker process ended before it had answered."""

    def __str__(self) -> str:
        return "the process that ran it ended, twice: was there too little memory?"


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    asked: dict[int, asyncio.Future[list[CaseResult]]] = field(default_factory=dict)


class Workers:
    """So many processes, made now, while there is neither a loop nor a thread here."""

    def __init__(self, count: int, scenarios: Iterable[Scenario] = ()) -> None:
        self._workers: list[_Worker] = []
        self._count = count
        self._open: Open | None = None
        self._asked = 0
        self._one_by_one = asyncio.Lock()
        self._shared = {scenario.id: scenario for scenario in scenarios}
        if count > 1:
            process_authority().publish()
            import_speakers()
            for dialect in {scenario.dialect for scenario in self._shared.values()}:
                load_dialect(dialect)
            gc.collect()
        # What was read is no rubbish: to look through it again and again copies all that is shared.
        # With looking often for what little there is that would take a tenth of a run.
        gc.freeze()
        gc.set_threshold(RUBBISH)
        if count > 1:
            for _ in range(count):
                self._make(_AT_FIRST)

    def __bool__(self) -> bool:
        return self._count > 1

    def begin(self, open_: Open) -> None:
        """Tell all of them what to do. `open_` is sent to them, and so must be importable."""
        self._open = open_
        for worker in self._workers:
            self._attend(worker)

    async def run_case(self, scenario: Scenario, phase: Phases) -> list[CaseResult]:
        """As `Runner.run_case`, in one of them. Where it dies its cases are run again once, one at
        a time, as one of them may have killed it. Raises Died if it dies then too."""
        try:
            return await self._ask(scenario, phase)
        except Died:
            async with self._one_by_one:
                return await self._ask(scenario, phase)

    async def _ask(self, scenario: Scenario, phase: Phases) -> list[CaseResult]:
        self._asked += 1
        number, answer = self._asked, asyncio.get_running_loop().create_future()
        if len(self._workers) < self._count:  # one has died
            self._attend(self._make(_LATER))
        worker = min(self._workers, key=lambda each: len(each.asked))
        worker.asked[number] = answer
        shared = self._shared.get(scenario.id) is scenario
        with contextlib.suppress(OSError):  # it has died: whoever reads of it says so
            worker.pipe.send((number, scenario.id if shared else scenario, phase))
        try:
            results: list[CaseResult] = await answer
            return results
        finally:
            worker.asked.pop(number, None)

    def _make(self, context: SpawnContext | ForkContext) -> _Worker:
        ours, its = context.Pipe()
        # A forked one holds our ends of the pipes, too: they must close with us.
        forked = context.get_start_method() == "fork"
        not_its = [ours, *(each.pipe for each in self._workers)] if forked else []
        told = (its, not_its, self._shared)
        process = context.Process(target=_work, args=told, name="badinbox-worker")
        process.start()
        its.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _attend(self, worker: _Worker) -> None:
        with contextlib.suppress(OSError):
            worker.pipe.send(self._open)
        asyncio.get_running_loop().add_reader(worker.pipe.fileno(), self._hear, worker)

    def _hear(self, worker: _Worker) -> None:
        try:
            number, results = worker.pipe.recv()
        except (EOFError, OSError):
            self._lose(worker)
            return
        answer = worker.asked.get(number)
        if answer is not None and not answer.done():
            answer.set_result(results)

    def _lose(self, worker: _Worker) -> None:
        """It has died. Whoever waits for it is told; another takes its place if it is needed."""
        asyncio.get_running_loop().remove_reader(worker.pipe.fileno())
        self._workers.remove(worker)
        for answer in worker.asked.values():
            if not answer.done():
                answer.set_exception(Died())
        _end(worker)

    def close(self) -> None:
        """End them, and wait until they have. Idempotent."""
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            _end(worker)
        self._workers.clear()


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join(LAST_WAIT_S)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _work(pipe: Connection, not_its: list[Connection], shared: Mapping[str, Scenario]) -> None:
    """What a worker does from its beginning to its end."""
    for each in not_its:
        each.close()
    for number in (signal.SIGINT, signal.SIGHUP):  # Ctrl-C, a terminal that is closed: the parent's
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_serve(pipe, shared))


async def _serve(pipe: Connection, shared: Mapping[str, Scenario]) -> None:
    serving = asyncio.current_task()
    assert serving is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, serving.cancel)
    told: asyncio.Queue[Any] = asyncio.Queue()
    running: set[asyncio.Task[None]] = set()

    def hear() -> None:
        try:
            told.put_nowait(pipe.recv())
        except (EOFError, OSError):  # the parent has closed it, or is gone
            loop.remove_reader(pipe.fileno())
            serving.cancel()

    loop.add_reader(pipe.fileno(), hear)
    open_: Open = await told.get()
    async with open_() as run_case:
        try:
            while True:
                number, asked, phase = await told.get()
                scenario = shared[asked] if isinstance(asked, str) else asked
                task = asyncio.create_task(_answer(pipe, run_case, number, scenario, phase))
                running.add(task)
                task.add_done_callback(running.discard)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _answer(
    pipe: Connection, run_case: RunCase, number: int, scenario: Scenario, phase: Phases
) -> None:
    results = await run_case(scenario, phase)
    with contextlib.suppress(OSError):  # the parent is gone
        pipe.send((number, results))
