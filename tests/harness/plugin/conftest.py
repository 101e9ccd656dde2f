"""pytest as a process of its own, in an empty folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forking import OURS, Forking

CACHES = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
Ran = Callable[..., pytest.RunResult]


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """What it runs has no plugins that are none of our business, and finds what is kept of the
    catalogue, though it has an empty home."""
    monkeypatch.setenv("PYTEST_ADDOPTS", OURS)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHES)
    return pytester


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """What becomes `python -m pytest`."""
    with Forking("pytest") as forking:
        yield forking


@pytest.fixture
def ran(pytester: pytest.Pytester, forking: Forking) -> Ran:
    """Run pytest there, in a process that begins with everything imported."""

    def run(*arguments: str) -> pytest.RunResult:
        done = forking.run(arguments, pytester.path, os.environ)
        lines = done.stdout.splitlines(), done.stderr.splitlines()
        return pytest.RunResult(done.returncode, *lines, duration=0.0)

    return run
