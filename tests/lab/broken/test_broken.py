"""Of Cyrus, set up wrong, the checker says what is wrong. The rest is in `python -m tests.lab
broken`: what takes seconds, and what `tests.lab.checks` has, too."""

from __future__ import annotations

import contextlib

import pytest

from tests.lab.broken import diagnosed, opened
from tests.lab.broken.cyrus_ways import LOGINS, MAILBOXES, SERVICES, WAYS
from tests.lab.world import missing

QUICK = [
    pytest.param(WAYS.index(way), id=way.way)
    for way in (*LOGINS, *MAILBOXES, *SERVICES)
    if not way.waits
]


@pytest.fixture(scope="session")
def broken(absent):
    if reason := missing("cyrus"):
        absent(f"the lab has no Cyrus IMAP: {reason}")
    with contextlib.ExitStack() as stack:
        yield opened(stack)


@pytest.mark.parametrize("number", QUICK)
def test_it_is_named_rightly(broken, number):
    found = diagnosed(broken, number)
    assert WAYS[number].is_right((found.error, found.stage, found.cause)), found
