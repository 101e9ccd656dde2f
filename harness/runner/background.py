"""For callers that are not asynchronous: an event loop on a thread, and mailboxes on it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, TypeVar

from fakeservers.evidence import AcceptedMessage, Evidence
from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.services import RunningService
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.judging.interpret import Meanings
from harness.judging.policy import USUAL, Policy
from harness.runner.events import CaseResult
from harness.runner.outcome import judge
from harness.runner.trial import GRACE_S, settings_of
from harness.scenario.model import Scenario

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

    @contextmanager
    def mailbox(self, scenario: Scenario) -> Iterator[BadMailbox]:
        """The mailbox of a scenario, standing as long as the block runs."""
        with self.hold(open_mailbox(scenario.mailbox_spec())) as mailbox:
            yield BadMailbox(
                scenario=scenario,
                settings=settings_of(scenario, None, mailbox),
                services=mailbox.services,
                ca_file=mailbox.ca_file,
                evidence=mailbox.evidence,
                _mailbox=mailbox,
                _background=self,
            )


@dataclass(frozen=True)
class BadMailbox:
    """The running mailbox of a scenario, of `mailbox` or of the pytest fixture.

    >>> import badinbox
    >>> with badinbox.mailbox("unauthorized/bad-password-imap[gmail]") as mailbox:
    ...     said = badinbox.check(mailbox.settings)  # your product in its place
    ...     len(mailbox.evidence.logins), mailbox.messages, mailbox.judge(said).passed
    (1, [], True)
    """

    scenario: Scenario
    settings: ConnectionSettings
    """What the customer typed: all that a connector is told."""
    services: dict[str, RunningService]
    """By name; each has a `host` and a `port`."""
    ca_file: str
    """PEM file of the authority to trust."""
    evidence: Evidence
    """What the mailbox saw so far; log-ins and messages are there before they are answered."""
    _mailbox: Mailbox = field(repr=False)
    _background: Background = field(repr=False)

    @property
    def messages(self) -> list[AcceptedMessage]:
        """The e-mails that SMTP accepted."""
        return self.evidence.messages

    def judge(
        self,
        answer: Diagnosis | Mapping[str, Any],
        meanings: Meanings | None = None,
        *,
        does: Capabilities = EVERYTHING,
        policy: Policy = USUAL,
    ) -> CaseResult:
        """The verdict on what a connector said of it: a diagnosis, or a mapping with `error`.

        Connections that are still open are given half a second to end. `meanings`: what the
        connector's own codes mean, of `load_mapping`; `does`, `policy`: see `badinbox.judge`.
        """
        self._background.submit(self._mailbox.settle(GRACE_S)).result()
        return judge(
            self.scenario, answer, self._mailbox, meanings=meanings, does=does, policy=policy
        )
