"""What a verdict, or a severity, is for people: one table for the console and every page."""

from __future__ import annotations

from typing import Final, Literal

Mark = Literal["good", "doubtful", "bad"]
_DOUBTFUL: Final = frozenset({"not-exercised", "unclear", "not-applicable", "fault", "manners"})


def mark_of(kind: str) -> Mark:
    """Its colour: of terminals in `harness.reports.console`, of pages in `shared.css`."""
    if kind == "passed":
        return "good"
    return "doubtful" if kind in _DOUBTFUL else "bad"
