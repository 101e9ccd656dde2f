"""The fakes are as like the real servers as `scenarios/README.md` says.

The table there says what is equal and what differs, and how; a case that comes out otherwise, be it
better or worse, fails here. `python -m tests.lab --write` brings the table up to date.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.lab.table import recorded, row
from tests.lab.world import SERVERS

CASES = [
    pytest.param(name, number, id=f"{name}: {case.failure}")
    for name, entry in SERVERS.items()
    for number, case in enumerate(entry.cases)
    if case.reproducible
]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_is_as_like_as_the_table_says(compared, name, number):
    result = compared(name)(number)
    written = row(name, result)
    explained = f"`python -m tests.lab --write`?\n{written}\n{result.explain()}"
    assert written in recorded("likeness"), explained


def test_the_table_has_every_case_once():
    named = Counter(tuple(line.split(" | ")[:2]) for line in recorded("likeness"))
    cases = {(f"| {name}", case.failure) for name, entry in SERVERS.items() for case in entry.cases}
    assert {key: named[key] for key in cases} == dict.fromkeys(cases, 1)
