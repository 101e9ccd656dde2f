"""Sequence sets (RFC 3501, section 9): message numbers or UIDs, from the wire and onto it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fakeservers.files.patterns import kept_regex

_MAX_NUMBER = 2**32 - 1
_RANGE = rb"(?:[1-9]\d*|\*)(?::(?:[1-9]\d*|\*))?"
SEQUENCE_SET = kept_regex(_RANGE + rb"(?:," + _RANGE + rb")*|\$")


@dataclass(frozen=True)
class SequenceSet:
    """Ranges with both ends included; None stands for `*`. `saved`: it is `$`, what the last
    SEARCH saved (RFC 5182)."""

    ranges: tuple[tuple[int | None, int | None], ...] = ()
    saved: bool = False

    def resolved(self, last: int) -> list[range]:
        """The ranges with `*` standing for `last`, ascending and apart from each other; their ends
        may be written in any order."""
        ends = [(last if a is None else a, last if b is None else b) for a, b in self.ranges]
        apart: list[range] = []
        for first, final in sorted((min(pair), max(pair)) for pair in ends):
            if apart and first <= apart[-1].stop:
                apart[-1] = range(apart[-1].start, max(apart[-1].stop, final + 1))
            else:
                apart.append(range(first, final + 1))
        return apart

    def exceeds(self, last: int) -> bool:
        """Whether a message number in it does not exist: one above `last`, or any at all, `*`
        too, where there is no message."""
        named = [number or 1 for pair in self.ranges for number in pair]
        return any(number > last for number in named)


def sequence_set(text: bytes) -> SequenceSet | None:
    """The set that is written so, or None where it is none."""
    if not SEQUENCE_SET.fullmatch(text):
        return None
    if text == b"$":
        return SequenceSet(saved=True)
    pairs = [[_number(end) for end in part.split(b":")] for part in text.split(b",")]
    if any(number is not None and number > _MAX_NUMBER for pair in pairs for number in pair):
        return None
    return SequenceSet(tuple((pair[0], pair[-1]) for pair in pairs))


def _number(text: bytes) -> int | None:
    return None if text == b"*" else int(text[:11])


def written(numbers: Iterable[int]) -> str:
    """Numbers as a sequence set, ascending ones in a row as a range: `1:3,7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in runs)
