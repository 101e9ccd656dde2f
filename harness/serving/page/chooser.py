"""Choosing a scenario: by documented error, provider, or words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.scenario.model import Scenario

PAGE: Final = 40
"""How many are shown at first, and with each `more`."""


@dataclass(frozen=True)
class Choice:
    """What was asked for, and what was found."""

    text: str
    error: str
    dialect: str
    errors: Mapping[str, int]
    dialects: Mapping[str, int]
    """How many scenarios there are of each, whatever was asked for."""
    found: Sequence[Scenario]
    shown: int

    @property
    def left_out(self) -> int:
        return max(0, len(self.found) - self.shown)


def choose(scenarios: Sequence[Scenario], query: Mapping[str, str]) -> Choice:
    """The scenarios that have every word in their id, title, stage, cause or dialect.

    Those in which something is wrong come first.
    """
    text, error, dialect = (query.get(key, "") for key in ("text", "error", "dialect"))
    shown = query.get("shown", "")
    words = text.casefold().split()
    found = [
        each
        for each in scenarios
        if error in ("", each.reproduces)
        and dialect in ("", each.dialect)
        and all(word in _words(each) for word in words)
    ]
    return Choice(
        text=text,
        error=error,
        dialect=dialect,
        errors=_counts([each.reproduces for each in scenarios]),
        dialects=_counts([each.dialect for each in scenarios]),
        found=sorted(found, key=lambda each: each.reproduces == "connected"),
        shown=max(PAGE, int(shown)) if shown.isdecimal() and len(shown) < 6 else PAGE,
    )


def _words(scenario: Scenario) -> str:
    stage, cause = scenario.stage or "", scenario.cause or ""
    return f"{scenario.id} {scenario.title} {stage} {cause} {scenario.dialect}".casefold()


def _counts(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}
