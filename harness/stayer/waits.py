"""How long to wait before it is tried again: by what the failure means."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Pace
from harness.taxonomy import BEYOND, TOKEN_CAUSES, retrying

_RETRY_AFTER: Final = re.compile(r"Retry-After: *(\d+) *\r?$", re.IGNORECASE)
LONGEST_ASKED_S: Final = 86_400.0
"""A server that asks for a longer wait than a day is taken for mistaken."""
_SPREAD: Final = 0.8
"""Each wait is drawn by lot from between so much of it and all of it: clients that lost a server at
the same moment must not all come back at the same moment."""


class Waits:
    """The waits of one service, since it last went well. ``chance``: from 0 to 1."""

    def __init__(self, pace: Pace, chance: Callable[[], float] = random.random) -> None:
        self._pace = pace
        self._chance = chance
        self._failures = 0
        self._refusals = 0

    def forget(self) -> None:
        """It went well, or may go otherwise now: the next wait is the first."""
        self._failures = self._refusals = 0

    def after(self, diagnosis: Diagnosis, *, worked: bool) -> float | None:
        """Seconds until the next try; None: not by itself. ``worked``: these settings were let in
        at this service before."""
        known = retrying(
            diagnosis.cause or "unspecified", diagnosis.stage, passes=diagnosis.retryable
        )
        if known.manner == "not" or diagnosis.ask_password or _perhaps_token(diagnosis):
            return self._after_refusal(diagnosis, worked)
        farthest = BEYOND if known.beyond else 1
        longest = self._pace.retry_longest_s
        if known.manner == "grows":
            wait_s = min(self._pace.retry_first_s / _SPREAD * self._growth, longest * farthest)
        else:
            wait_s = longest / _SPREAD * min(self._growth, farthest)
        self._failures += 1
        return max(self._spread(wait_s), _asked_s(diagnosis))

    def after_loss(self) -> float:
        """Seconds until a connection that merely died is made again."""
        wait_s = min(self._pace.retry_first_s / _SPREAD * self._growth, self._pace.retry_longest_s)
        self._failures += 1
        return self._spread(wait_s)

    def _after_refusal(self, diagnosis: Diagnosis, worked: bool) -> float | None:
        """A password that was good until now is tried once more, later: servers do refuse good ones
        while their directory is away. One that never was, or a token, is not: each try in vain
        counts towards a lock."""
        self._refusals += 1
        if self._refusals > 1 or not (worked and diagnosis.ask_password):
            return None
        return self._spread(self._pace.retry_longest_s / _SPREAD)

    @property
    def _growth(self) -> float:
        """Twice as long each time; more than 2 ** 30 times is never needed."""
        return 2.0 ** min(self._failures, 30)

    def _spread(self, wait_s: float) -> float:
        return wait_s * (_SPREAD + (1 - _SPREAD) * self._chance())


def _perhaps_token(diagnosis: Diagnosis) -> bool:
    """A token was refused without a reason, and by now it is the newest that there is."""
    unexplained = diagnosis.cause == "unspecified"
    return unexplained and not set(TOKEN_CAUSES).isdisjoint(diagnosis.candidates)


def _asked_s(diagnosis: Diagnosis) -> float:
    """How long a token endpoint asked to be left alone (RFC 9110, 10.2.3)."""
    asked = [
        float(found[1]) for line in diagnosis.evidence.lines if (found := _RETRY_AFTER.match(line))
    ]
    return min(max(asked, default=0.0), LONGEST_ASKED_S)
