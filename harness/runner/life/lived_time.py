"""Time as it was lived: moments in which this process was late do not count. Whoever is watched for
a while has the whole of it then, and a busy machine hides nothing that he does."""

from __future__ import annotations

import time
from typing import Final

from harness.runner.trial import Lateness

MOST: Final = 4.0
"""How many times its length a span may last; then this process was late nearly all of the time."""
MOST_LATE_S: Final = 60.0
"""And by how much longer it may last at most."""


class LivedTime:
    """A span of time that begins now, and should be `wanted_s` seconds long."""

    def __init__(self, late: Lateness, wanted_s: float) -> None:
        self.began_s = time.monotonic()
        self.wanted_s = wanted_s
        self._late = late
        self._late_before_s = late.total_s

    @property
    def late_s(self) -> float:
        """By how much this process was late in it until now."""
        return self._late.total_s - self._late_before_s

    @property
    def left_s(self) -> float:
        """How much of it is still to be lived."""
        return self.wanted_s + self.late_s - (time.monotonic() - self.began_s)

    def lasts(self, more_s: float = 0.0) -> bool:
        """Whether it is not over yet, or `more_s` beyond that."""
        return self.left_s + more_s > 0 and not self._too_long

    @property
    def given_up(self) -> bool:
        """Whether it has lasted too long by now, with too little of it lived."""
        return self.left_s > 0 and self._too_long

    @property
    def _too_long(self) -> bool:
        most_s = min(MOST * self.wanted_s, self.wanted_s + MOST_LATE_S)
        return time.monotonic() - self.began_s >= most_s
