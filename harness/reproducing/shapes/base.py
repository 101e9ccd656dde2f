"""What a shape of log is: how it is told, and how its lines are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.reproducing.dialogue import Said


@dataclass(frozen=True)
class Shape:
    """`sign` is found in every log of this shape, and in few others."""

    name: str
    sign: re.Pattern[str]
    read: Callable[[Iterable[str]], Iterable[Said]]


def sign(pattern: str) -> re.Pattern[str]:
    """A pattern whose `^` is the beginning of any line."""
    return re.compile(pattern, re.MULTILINE)
