"""Shared by all tests: the tools that only some machines have."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

import pytest


def _absent(what: str) -> NoReturn:
    """Skip here; fail where everything must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; with CI=true it must be there", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """Called with what is missing, it ends the test: skipped here, failed where all must run."""
    return _absent
