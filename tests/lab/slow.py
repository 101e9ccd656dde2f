"""What a server lets one wait for is waited for at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Overlapped(Generic[T]):
    """Work by number. That of the `slow` numbers is begun all at once, when the first of them is
    asked for; any other is done when it is asked for."""

    def __init__(self, work: Callable[[int], T], slow: Iterable[int]) -> None:
        self._work = work
        self._slow = frozenset(slow)
        self._begun: dict[int, Future[T]] = {}

    def __call__(self, number: int) -> T:
        if number not in self._slow:
            return self._work(number)
        if not self._begun:
            pool = ThreadPoolExecutor(len(self._slow))
            self._begun = {one: pool.submit(self._work, one) for one in self._slow}
            pool.shutdown(wait=False)
        return self._begun[number].result()
