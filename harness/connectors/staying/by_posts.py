"""A connector behind HTTP that stays: it reports its states by POST, and is POSTed its orders."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from harness.connectors.connector import one_value, request
from harness.connectors.staying import Heard, Stay
from harness.connectors.staying.hearing import Hearing, cannot_begin
from harness.connectors.staying.report_address import ReportAddresses
from harness.contract.answer import Lapse, NoAnswer, Output
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace

Post = Callable[[bytes], Awaitable[bytes | NoAnswer]]
"""POSTs a body to the connector: the body of its answer, or why there is none. Never raises."""
_LINGERED: Final[frozenset[Lapse]] = frozenset({"did-not-end"})


async def stay_by_posts(
    post: Post,
    addresses: ReportAddresses,
    settings: ConnectionSettings,
    pace: Pace,
    life: str,
    heard: Heard,
) -> Stay:
    """Begin a life of a connector behind HTTP. Never raises."""
    hearing = Hearing(life, heard)
    try:
        address = await addresses.give(hearing)
    except OSError as error:
        return cannot_begin(heard, f"nobody can listen for its states: {error.strerror}")
    asked = request(settings, life, stay=True, pace=pace.model_dump(), report_to=address)
    return HttpStay(post, hearing, asked, lambda: addresses.take(address))


class HttpStay:
    """One life. What it is told is sent one after the other, and waited for by nobody."""

    def __init__(
        self, post: Post, hearing: Hearing, asked: bytes, forget: Callable[[], None]
    ) -> None:
        self._post = post
        self._hearing = hearing
        self._forget = forget
        self._bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self._bodies.put_nowait(asked)
        self._telling = asyncio.create_task(self._tell_all())
        self._ending: asyncio.Task[Output] | None = None

    async def tell(self, order: Order) -> None:
        order = order.model_copy(update={"check": self._hearing.life})
        self._bodies.put_nowait(order.line())

    async def end(self, grace_s: float) -> Output:
        """Nobody can kill it: one that does not say `stopped` is left behind, and heard no more."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(grace_s))
        return await asyncio.shield(self._ending)

    async def _end(self, grace_s: float) -> Output:
        if not self._hearing.stopped:
            await self.tell(Order(stop=True))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self._bodies.join()
                    await self._hearing.ended()
        self._forget()
        self._telling.cancel()
        await asyncio.gather(self._telling, return_exceptions=True)
        over = self._hearing.stopped or self._hearing.why
        return Output(lapses=frozenset() if over else _LINGERED)

    async def _tell_all(self) -> None:
        while body := await self._bodies.get():
            self._hear(await self._post(body))
            self._bodies.task_done()

    def _hear(self, answer: bytes | NoAnswer) -> None:
        """A state may be the answer; one of another kind says that it was heard, no more."""
        if isinstance(answer, NoAnswer):
            self._hearing.lose(answer)
            return
        with contextlib.suppress(ValueError):
            value = one_value(answer)
            if isinstance(value, dict) and not value.keys().isdisjoint({"state", "error"}):
                self._hearing.value(value)
