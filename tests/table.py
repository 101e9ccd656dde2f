"""One test of a whole table: to hand a row of data to a worker and to report it takes longer than
to look at it."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

import pytest

_SHOWN: Final = 20
"""So many rows that do not hold are told."""


def each_row(rows: Iterable[tuple[Any, ...]]) -> Callable[[Callable[..., None]], Any]:
    """Make one test of a test of a row. It tells all rows that do not hold, by their names.

    A row is its name, and what the test of it is given.
    """
    table = [(str(name), values) for name, *values in rows]
    assert table, "a table without rows proves nothing"
    assert [name for name, count in Counter(name for name, _ in table).items() if count > 1] == []

    def of_table(test: Callable[..., None]) -> Callable[[], None]:
        def test_of_table() -> None:
            wrong = [told for name, values in table if (told := _told(test, name, values))]
            if wrong:
                more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
                lines = [f"{len(wrong)} of {len(table)} rows:", *wrong[:_SHOWN], *more]
                pytest.fail("\n".join(lines), pytrace=False)

        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            setattr(test_of_table, name, getattr(test, name))
        return test_of_table

    return of_table


def _told(test: Callable[..., None], name: str, values: list[Any]) -> str:
    """What does not hold of a row, and in which line; empty: all holds."""
    try:
        test(*values)
    except Exception as error:
        _, here, *_ = traceback.extract_tb(error.__traceback__)
        return f"{name}: line {here.lineno}: {type(error).__name__}: {error}"
    return ""
