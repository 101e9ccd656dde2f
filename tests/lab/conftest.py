"""The servers of the lab, opened where a test needs one."""

from __future__ import annotations

import contextlib
import functools

import pytest

from tests.lab.world import SERVERS, missing, opened


@pytest.fixture(scope="session")
def server(absent):
    """A function that opens a server the first time it is asked for, and ends the test where there
    is none. All are closed after the last test."""
    with contextlib.ExitStack() as stack:
        running = {}

        def named(name):
            if reason := missing(name):
                absent(f"the lab has no {SERVERS[name].title}: {reason}")
            if name not in running:
                running[name] = opened(name, stack)
            return running[name]

        yield named


@pytest.fixture(scope="session")
def compared(server):
    """What comes of each case: a function of the server's name, then of the case's number."""
    return functools.cache(lambda name: SERVERS[name].compared(server(name)))


@pytest.fixture(scope="session")
def diagnosed(server):
    """The same of the checks."""
    return functools.cache(lambda name: SERVERS[name].diagnosed(server(name)))
