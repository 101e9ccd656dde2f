"""An event loop on a thread of its own, for callers that are not asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """Runs coroutines on one loop in one thread, from now until `close`."""

    def __init__(self) -> None:
        self._end = asyncio.Event()
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = Thread(target=self._run, args=(started,), name="badinbox-loop", daemon=True)
        self._thread.start()
        self._loop = started.result()

    def _run(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        async def live() -> None:
            started.set_result(asyncio.get_running_loop())
            await self._end.wait()

        asyncio.run(live())

    def close(self) -> None:
        """End the thread; what still runs in it is cancelled and waited for."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `work`; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    @contextmanager
    def hold(self, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Enter `manager` on the loop and leave it at the end, both in one task."""
        entered: Future[T] = Future()
        leave = asyncio.Event()

        async def inside() -> None:
            try:
                async with manager as value:
                    entered.set_result(value)
                    await leave.wait()
            except BaseException as error:
                if entered.done():
                    raise
                entered.set_exception(error)

        done = self.submit(inside())
        value = entered.result()
        try:
            yield value
        finally:
            self._loop.call_soon_threadsafe(leave.set)
            done.result()
