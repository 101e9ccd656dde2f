"""The fakes are as like the real servers as `scenarios/README.md` says.

The table there says what is equal and what differs, and how; a case that comes out otherwise, be it
better or worse, fails here. `python -m tests.lab --write` brings the table up to date.
"""

from __future__ import annotations

import contextlib
from collections import Counter

import pytest

from tests.lab.compare import compare
from tests.lab.table import recorded, row
from tests.lab.world import SERVERS, missing, opened

CASES = [
    pytest.param(name, number, id=f"{name}: {case.failure}")
    for name, entry in SERVERS.items()
    for number, case in enumerate(entry.cases)
    if case.reproducible
]


@pytest.fixture(scope="module")
def servers():
    """Opens each server when a test first needs it, and ends all of them after the last."""
    with contextlib.ExitStack() as stack:
        opened_ones = {}

        def server(name):
            if name not in opened_ones:
                opened_ones[name] = opened(name, stack)
            return opened_ones[name]

        yield server


@pytest.mark.parametrize(("name", "number"), CASES)
def test_is_as_like_as_the_table_says(servers, absent, name, number):
    if reason := missing(name):
        absent(f"the lab: {name} is not compared, {reason}")
    case = SERVERS[name].cases[number]
    result = compare(case, servers(name), number)
    written = row(name, result)
    assert written in recorded(), f"`python -m tests.lab --write`?\n{written}\n{result.explain()}"


def test_the_table_has_every_case_once():
    named = Counter(tuple(line.split(" | ")[:2]) for line in recorded())
    cases = {(f"| {name}", case.failure) for name, entry in SERVERS.items() for case in entry.cases}
    assert {key: named[key] for key in cases} == dict.fromkeys(cases, 1)
