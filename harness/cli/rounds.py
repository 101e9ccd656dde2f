"""A mailbox checked again and again: when it stops being connected, and when it is so again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import Cause
from harness.taxonomy.stages import LOGIN, TOKEN

Change = Literal["first", "stays", "was-lost", "fails", "still-fails", "changes", "recovered"]
"""What a round is to the one before it: `first` and `fails` have none before them."""
# Here no password was sent, so none can have been refused.
_NEVER_TRIED: Final[frozenset[Cause]] = frozenset({"auth-mechanism-unsupported", "tls-required"})


@dataclass(frozen=True)
class Clock:
    """Where time comes from: the date, seconds that only grow, and waiting for some of them."""

    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Rounds:
    """``interval_s``: from the end of a check to the beginning of the next. ``at_most``: how many;
    None: until interrupted. ``send_each``: a test e-mail in every round, not the first only.
    """

    interval_s: float
    at_most: int | None = None
    send_each: bool = False


@dataclass(frozen=True)
class Round:
    """One check. ``seconds``: how long it took. ``since_s``: from the beginning of the round that
    began the state before this one, where ``change`` says that it ended; else 0."""

    number: int
    began: datetime
    seconds: float
    sent: bool
    change: Change
    since_s: float
    diagnosis: Diagnosis

    @property
    def connected(self) -> bool:
        return self.diagnosis.error == "connected"


def watch(check: Callable[[bool], Diagnosis], rounds: Rounds, clock: Clock) -> Iterator[Round]:
    """The rounds, each as it ends. ``check`` is told whether to send the test e-mail.

    Each round is one check, so one log-in on each server. After a log-in that was refused there is
    no further round: some servers lock an account after a few.
    """
    before: Round | None = None
    state_began = clock.monotonic()
    number = 0
    while rounds.at_most is None or number < rounds.at_most:
        if number:
            clock.wait(rounds.interval_s)
        number += 1
        began, started = clock.now(), clock.monotonic()
        sent = rounds.send_each or number == 1
        diagnosis = check(sent)
        change = _change(before.diagnosis if before else None, diagnosis)
        ended = change in ("was-lost", "recovered", "changes")
        since_s = started - state_began if ended else 0.0
        state_began = started if ended else state_began
        before = Round(number, began, clock.monotonic() - started, sent, change, since_s, diagnosis)
        yield before
        if was_refused(diagnosis):
            return


def was_refused(diagnosis: Diagnosis) -> bool:
    """Was a log-in, or a new token, tried and refused for good?"""
    tried = diagnosis.stage in (*TOKEN, *LOGIN) and diagnosis.cause not in _NEVER_TRIED
    return tried and not diagnosis.retryable


def _change(before: Diagnosis | None, now: Diagnosis) -> Change:
    connected = now.error == "connected"
    if before is None:
        return "first" if connected else "fails"
    if before.error == "connected":
        return "stays" if connected else "was-lost"
    if connected:
        return "recovered"
    same = (before.error, before.stage, before.cause) == (now.error, now.stage, now.cause)
    return "still-fails" if same else "changes"
