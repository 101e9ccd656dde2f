"""Trusted blocking callables, such as the built-in checker, in threads of this process."""

from __future__ import annotations

import asyncio
import itertools
import queue
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread

from harness.connectors.connector import too_late
from harness.connectors.staying import Heard, Stay
from harness.connectors.staying.hearing import Lives, cannot_begin
from harness.connectors.staying.in_thread import InProcessStay, Stayer
from harness.contract.answer import Answer, NoAnswer
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace, SayState

CheckInProcess = Callable[[ConnectionSettings], Answer]
LAST_WAIT_S = 5.0


def connector(name: str) -> InProcess | None:
    """`builtin`: the built-in checker, and the built-in stayer."""
    if name != "builtin":
        return None
    from harness.checker import check, hello_bytes  # only now: most of it is the checker's own

    return InProcess(check, EVERYTHING.model_copy(update={"hello_bytes": hello_bytes()}), _stays)


def _stays(
    settings: ConnectionSettings, pace: Pace, say: SayState, orders: queue.Queue[Order]
) -> None:
    from harness.stayer import stay  # only now: a run of checks has no use for it

    stay(settings, pace, say, orders)


class InProcess:
    """Runs a blocking `check` in a thread of its own each time.

    A thread cannot be killed: a check that misses its deadline is left behind and ends when the
    mailbox it talks to is closed. So this is for callables that keep their own deadline. `does`:
    what is known of it without a look. `stayer`: what stays connected; left out: it cannot.
    """

    def __init__(
        self,
        check: CheckInProcess,
        does: Capabilities | None = None,
        stayer: Stayer | None = None,
    ) -> None:
        self._check = check
        self._stayer = stayer
        self._lives = Lives()
        self._numbers = itertools.count(1)
        self.does = does or Capabilities()
        self._running: set[Future[Answer]] = set()

    async def start(self) -> None:
        """Nothing to load."""

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        work = self._start(settings)
        try:
            async with asyncio.timeout(deadline_s) as deadline:
                return await asyncio.wrap_future(work)
        except TimeoutError as error:
            if deadline.expired():
                return NoAnswer("timed-out", too_late(deadline_s))
            return _raised(error)
        except Exception as error:
            return _raised(error)

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        """A thread for each life."""
        if self._stayer is None:
            return cannot_begin(heard, "it does not stay connected")
        life = str(next(self._numbers))
        return self._lives.begun(InProcessStay(self._stayer, settings, pace, life, heard))

    async def close(self) -> None:
        """Wait a little for the checks that were left behind: their mailboxes are closed by now."""
        await self._lives.close()
        if self._running:
            await asyncio.wait([asyncio.wrap_future(f) for f in self._running], timeout=LAST_WAIT_S)

    def _start(self, settings: ConnectionSettings) -> Future[Answer]:
        work: Future[Answer] = Future()
        work.set_running_or_notify_cancel()  # from here on a cancelled wait leaves it alone
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        # A daemon: a check that never ends must not keep the process from ending.
        Thread(target=self._work, args=(work, settings), name="badinbox-check", daemon=True).start()
        return work

    def _work(self, work: Future[Answer], settings: ConnectionSettings) -> None:
        try:
            returned = self._check(settings)
        except Exception as error:
            work.set_exception(error)
        except BaseException as error:  # such as sys.exit: it must not end more than the check
            work.set_exception(RuntimeError(repr(error)))
        else:
            work.set_result(returned)


def _raised(error: Exception) -> NoAnswer:
    return NoAnswer("crashed", f"the connector raised {type(error).__name__}: {error}")
