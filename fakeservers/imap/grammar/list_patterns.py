"""Patterns of LIST (RFC 3501, 6.3.8): `*` stands for anything, `%` for anything but the delimiter.

All ways to match are followed at once, each a bit of a number, so that no pattern makes it go back:
the time grows with the name times the pattern, and a pattern much longer than a name fits none.
"""

from __future__ import annotations

from collections import defaultdict

from fakeservers.files.patterns import kept_regex

_RUN = kept_regex(r"[*%]+")


class ListPattern:
    """One pattern, for names whose levels are separated by the delimiter."""

    def __init__(self, pattern: str, delimiter: str, *, any_case: bool = False) -> None:
        self._any_case = any_case
        self._delimiter = delimiter
        wanted = _RUN.sub(lambda run: "*" if "*" in run[0] else "%", pattern)
        if any_case:
            wanted = wanted.upper()
        self._shortest = sum(char not in "*%" for char in wanted)
        self._places: defaultdict[str, int] = defaultdict(int)
        """Where each character stands."""
        for place, char in enumerate(wanted):
            self._places[char] |= 1 << place
        self._anything = self._places.pop("*", 0)
        self._within_level = self._places.pop("%", 0)
        self._end = 1 << len(wanted)

    def covers(self, name: str) -> bool:
        """Whether the whole name is like the pattern."""
        if len(name) < self._shortest:
            return False
        at = self._with_empty(1)
        for char in name.upper() if self._any_case else name:
            stays = self._anything
            if char != self._delimiter:
                stays |= self._within_level
            at = self._with_empty(((at & self._places.get(char, 0)) << 1) | (at & stays))
            if not at:
                return False
        return bool(at & self._end)

    def _with_empty(self, at: int) -> int:
        """The places, and those behind a wildcard there, which may stand for nothing."""
        return at | ((at & (self._anything | self._within_level)) << 1)
