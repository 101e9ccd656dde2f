"""Words that are looked for in ids and titles, as `-k` has them: `gmail and not (quota or full)`.

    expression := conjunction ("or" conjunction)*
    conjunction := negation ("and" negation)*
    negation := "not" negation | "(" expression ")" | WORD

A word is anything else without a space or parenthesis in it; it is found in either case. pytest's
own `-k` means the same, but its parser is private.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from harness.files.problems import BadInput
from harness.scenario.model import Scenario

_TOKEN: Final = re.compile(r"[()]|[^\s()]+")
_Test = Callable[[str], bool]


def matching(scenarios: Iterable[Scenario], expression: str) -> list[Scenario]:
    """Those in whose id and title the words are found. Raises BadInput where there are none, and
    for what is no expression."""
    fits = _Reading(expression).whole()
    found = [each for each in scenarios if fits(f"{each.id} {each.title}".casefold())]
    if not found:
        raise BadInput([f"-k {expression!r}: no id and no title fits"])
    return found


class _Reading:
    """One expression being read, a function for each line of the grammar."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._left = _TOKEN.findall(expression)

    def whole(self) -> _Test:
        found = self._any()
        if self._left:
            raise self._problem("`and` or `or`")
        return found

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._took("or"):
            tests.append(self._all())
        return lambda text: any(test(text) for test in tests)

    def _all(self) -> _Test:
        tests = [self._one()]
        while self._took("and"):
            tests.append(self._one())
        return lambda text: all(test(text) for test in tests)

    def _one(self) -> _Test:
        if self._took("not"):
            denied = self._one()
            return lambda text: not denied(text)
        if self._took("("):
            inside = self._any()
            if not self._took(")"):
                raise self._problem("`)`")
            return inside
        if not self._left or self._left[0] in ("and", "or", ")"):
            raise self._problem("a word")
        word = self._left.pop(0).casefold()
        return lambda text: word in text

    def _took(self, token: str) -> bool:
        if self._left[:1] != [token]:
            return False
        del self._left[0]
        return True

    def _problem(self, expected: str) -> BadInput:
        found = f"before {' '.join(self._left)!r}" if self._left else "at the end"
        return BadInput([f"-k {self._expression!r}: expected {expected} {found}"])
