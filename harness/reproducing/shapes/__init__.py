"""How clients and servers write their logs: shapes, the list of which is `material.SHAPES`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.reproducing.dialogue import Utterance


@dataclass(frozen=True)
class Shape:
    """`sign` is found in every log of this shape, and in few others. `read`: its lines."""

    name: str
    sign: re.Pattern[str]
    read: Callable[[Iterable[str]], Iterable[Utterance]]


def sign(pattern: str) -> re.Pattern[str]:
    """A pattern whose `^` is the beginning of any line."""
    return re.compile(pattern, re.MULTILINE)
