"""How a check ends early."""

from __future__ import annotations

from harness.classify.observation import Observation


class CheckFailed(Exception):
    """A stage failed; the observation says what was seen.

    Neither an ``OSError`` nor an error of a library, so that it passes through both unchanged.
    """

    def __init__(self, observation: Observation) -> None:
        super().__init__(f"{observation.stage}: {observation.kind}")
        self.observation = observation
