"""A trusted blocking callable that stays, such as the built-in stayer, in a thread of ours."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import Callable
from threading import Thread
from typing import Final

from harness.connectors.staying import Heard
from harness.connectors.staying.hearing import Hearing
from harness.contract.answer import Lapse, NoAnswer, Output
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace, SayState, State

Stayer = Callable[[ConnectionSettings, Pace, SayState, "queue.Queue[Order]"], None]
"""Stays connected until it is ordered to stop, or gives up; says `stopped`, and returns. Its orders
come in the queue."""
_LINGERED: Final[frozenset[Lapse]] = frozenset({"did-not-end"})


class InProcessStay:
    """The life of one thread. It cannot be killed: one that does not stop is left behind, and what
    it says is heard no more."""

    def __init__(
        self, stayer: Stayer, settings: ConnectionSettings, pace: Pace, life: str, heard: Heard
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._hearing = Hearing(life, heard)
        self._orders: queue.Queue[Order] = queue.Queue()
        self._returned = asyncio.Event()
        self._output: Output | None = None
        # A daemon: one that never stops must not keep the process from ending.
        Thread(
            target=self._work, args=(stayer, settings, pace), name="badinbox-life", daemon=True
        ).start()

    async def tell(self, order: Order) -> None:
        self._orders.put(order.model_copy(update={"check": self._hearing.life}))

    async def end(self, grace_s: float) -> Output:
        if self._output is None:
            await self.tell(Order(stop=True))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._returned.wait(), grace_s)
            lapses = frozenset[Lapse]() if self._returned.is_set() else _LINGERED
            self._output = self._output or Output(lapses=lapses)
        return self._output

    def _work(self, stayer: Stayer, settings: ConnectionSettings, pace: Pace) -> None:
        why = "it did not say `stopped`"
        try:
            stayer(settings, pace, lambda state: self._later(self._say, state), self._orders)
        except BaseException as error:  # such as sys.exit: it must not end more than the life
            why = f"the connector raised {type(error).__name__}: {error}"
        self._later(self._end, why)

    def _later(self, call: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: it was left behind
            self._loop.call_soon_threadsafe(call, *arguments)

    def _say(self, state: State) -> None:
        if self._output is None:
            self._hearing.state(state)

    def _end(self, why: str) -> None:
        self._returned.set()
        if self._output is None and not self._hearing.stopped:
            self._hearing.lose(NoAnswer("crashed", why))
