"""What looking after INBOX and sending have in common: trying, waiting, and being interrupted."""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Thread
from typing import ClassVar

from harness.contract.staying import Pace
from harness.stayer.account import NotIn, SharedAccount
from harness.stayer.outlook import Outlook
from harness.stayer.waits import Waits
from harness.taxonomy import Protocol


class Bell:
    """Rung by one thread, heard by another: it can be waited for like a socket, and so beside one
    (`fileno`). It rings until it is silenced."""

    def __init__(self) -> None:
        self._heard, self._rung = socket.socketpair()
        self._heard.setblocking(False)
        self._rung.setblocking(False)

    def ring(self) -> None:
        with contextlib.suppress(OSError):  # it is full: it rings already; or closed
            self._rung.send(b"\a")

    def silence(self) -> None:
        with contextlib.suppress(OSError):
            while self._heard.recv(4096):
                pass

    def wait(self, seconds: float | None) -> None:
        """Until it rings; at most for so long."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._heard, selectors.EVENT_READ)
            waiting.select(seconds)

    def fileno(self) -> int:
        return self._heard.fileno()

    def close(self) -> None:
        self._heard.close()
        self._rung.close()


class Routine(Thread, ABC):
    """One service, looked after in a thread of its own until it is told to end.

    ``bell``: rung when something has changed; ``error``: what it broke down of, which nothing
    should make it do.
    """

    protocol: ClassVar[Protocol]

    def __init__(
        self, account: SharedAccount, pace: Pace, outlook: Outlook, broke_down: Callable[[], None]
    ) -> None:
        super().__init__(name=f"badinbox-stayer-{self.protocol}", daemon=True)
        self.bell = Bell()
        self.error: Exception | None = None
        self.waits = Waits(pace)
        self.account = account
        self.pace = pace
        self.outlook = outlook
        self._broke_down = broke_down
        self._edition = account.edition
        self._ending = False
        self._again_at = 0.0

    def run(self) -> None:
        try:
            while not self._ending:
                self._turn()
        except Exception as error:
            self.error = error
            self._broke_down()
        finally:
            self.bell.close()

    def end(self) -> None:
        """Take leave, and be done; from another thread."""
        self._ending = True
        self.bell.ring()

    @property
    def interrupted(self) -> bool:
        """Is it to end, or were other settings typed?"""
        return self._ending or self._edition != self.account.edition

    @abstractmethod
    def has_work(self) -> bool:
        """Is there something to be done now?"""

    @abstractmethod
    def work(self) -> None:
        """Do it, for as long as it goes well. Raises NotIn."""

    def begin_anew(self) -> None:
        """Other settings were typed: what failed with the old ones may go well with them."""
        self.waits.forget()
        self._again_at = 0.0

    def after_failure(self, failed: NotIn) -> float | None:
        """Tell of it, unless there is no need to; seconds until the next try, if there is one."""
        diagnosis = failed.diagnosis
        again_s = self.waits.after(diagnosis, worked=self.account.worked(self.protocol))
        self.outlook.failing(self.protocol, diagnosis, again_s)
        return again_s

    def _turn(self) -> None:
        self.bell.silence()  # before looking at what it may have rung for
        if self._edition != self.account.edition:
            self._edition = self.account.edition
            self.begin_anew()
        wait_s = self._again_at - time.monotonic()
        if not self.has_work() or wait_s > 0:
            self.bell.wait(wait_s if self.has_work() and wait_s < math.inf else None)
            return
        try:
            self.work()
        except NotIn as failed:
            if self.interrupted:
                return  # nobody waits for it any longer
            again_s = self.after_failure(failed)
            self._again_at = math.inf if again_s is None else time.monotonic() + again_s
