"""Mistakes in what the user wrote: where, and what was expected. Never a traceback."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KeyPart = str | int
KeyPath = tuple[KeyPart, ...]
"""The way to a value: keys of mappings and positions in lists."""

FEW = 14
"""As many known words as are still worth listing in one line."""


def key_path(path: Sequence[KeyPart]) -> str:
    """`("imap", "rules", 0)` is shown as `imap.rules[0]`."""
    shown = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return shown.removeprefix(".")


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake. `line` and `column` count from 1; 0, and an empty `file` or `path`: there is
    none."""

    file: str
    line: int
    path: str
    message: str
    column: int = 0

    def __str__(self) -> str:
        where = ":".join(map(str, filter(None, (self.file, self.line, self.column))))
        return ": ".join(part for part in (where, self.path, self.message) if part)


class BadInput(Exception):
    """What the user wrote cannot be used; `str()` is one line per problem.

    >>> import badinbox
    >>> try:
    ...     badinbox.load_scenarios("error=unauthorised")
    ... except badinbox.BadInput as error:
    ...     print(error)
    no scenario has error 'unauthorised'; did you mean 'unauthorized'?
    """

    def __init__(self, problems: Iterable[Problem | str]) -> None:
        """A bare string is a problem outside any file, such as a selector."""
        self.problems = [
            Problem("", 0, "", problem) if isinstance(problem, str) else problem
            for problem in problems
        ]
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the nearest known ones, or all when few."""
    words = sorted(known)
    if found := _near(word, words):
        return f"; did you mean {' or '.join(map(in_quotes, found))}?"
    return f"; known: {', '.join(words)}" if 0 < len(words) <= FEW else ""


def in_quotes(word: object) -> str:
    """As a file has it: with one backslash where there is one."""
    return f"'{word}'"


def nearest_word(word: object, known: Iterable[str]) -> str:
    """The known word that is most like it; empty where none is like it."""
    return next(iter(_near(word, known)), "")


def _near(word: object, known: Iterable[str]) -> list[str]:
    from fakeservers.near import near  # only now: its package brings pydantic

    return near(word, known)
