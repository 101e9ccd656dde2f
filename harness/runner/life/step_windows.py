"""How long a connector may take where a step does not say, by the pace and by its own time-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.contract.staying import Pace
from harness.judging.expectation import Expectation
from harness.scenario.life.life_steps import LifeStep
from harness.taxonomy import BEYOND, least_retrying

START_S: Final = 30.0
"""A runtime may take so long to start."""
START_SLOWER: Final = 2.0
"""And so many times longer at most where everything goes slower: to start takes no waits."""
SLACK_S: Final = 2.0
"""What is given besides, whatever the pace: processes start, machines are busy."""
LONGEST_WAITS: Final = 1.5
"""A wait that has grown to the longest may have jitter on top."""


@dataclass(frozen=True)
class Windows:
    """`factor`: how much slower than usual everything goes."""

    pace: Pace
    timeout_s: float
    factor: float = 1.0

    def of(self, step: LifeStep, expected: Expectation, away_s: float = 0.0) -> float:
        """The window of a step, in seconds. `away_s`: for how long a service is still away."""
        if step.within_s is not None:
            return step.within_s * self.factor
        if step.for_s is not None and step.until is None:
            return step.for_s * self.factor + SLACK_S
        if step.until == "connected":
            return START_S * min(max(1.0, self.factor), START_SLOWER)
        if step.says == "connected" or step.kind in ("seen", "sent"):
            return max(0.0, away_s) + self._recover_s(expected) + SLACK_S
        return self._notice_s + SLACK_S

    @property
    def _notice_s(self) -> float:
        """To notice that something fails: IDLE ends, a link that is silent is given up, and the
        next connection fails as well."""
        return self.pace.idle_s + self.pace.poll_s + 2 * self.timeout_s + self.pace.retry_first_s

    def _recover_s(self, expected: Expectation) -> float:
        """To try again and be connected: the longest wait may have begun a moment ago."""
        cause, stage = expected.cause, expected.stage
        beyond = cause and least_retrying(cause, stage).beyond
        return (BEYOND if beyond else LONGEST_WAITS) * self.pace.retry_longest_s + self._notice_s
