"""A life, worked out: what holds after each of its steps."""

from __future__ import annotations

from dataclasses import dataclass

from harness.scenario.life.breaking import TokenEvent
from harness.scenario.life.steps import LifeStep
from harness.scenario.model import Facts


@dataclass(frozen=True)
class Moment:
    """A step as it is run: `facts` are those from then on, where it changes any."""

    step: LifeStep
    facts: Facts | None = None
    tokens: TokenEvent | None = None
    """What becomes of the tokens that there are."""
    retyped: bool = False
    """Whether the settings are given anew."""


@dataclass(frozen=True)
class Life:
    """A mailbox that works at first, and what becomes of it. Its failure is the scenario's own."""

    begins: Facts
    moments: tuple[Moment, ...]
    breaks_into: str | None = None
    """The scenario that it breaks into, by its id."""
