"""Shared by all tests: the tools that only some machines have."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

collect_ignore = [] if os.environ.get("BADINBOX_LAB") else ["lab"]
"""The lab of real servers is run where that folder is named (tests/lab/install.sh fills it)."""


def _absent(what: str) -> NoReturn:
    """Skip here; fail where everything must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; with CI=true it must be there", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """Called with what is missing, it ends the test: skipped here, failed where all must run."""
    return _absent


def _tool(name: str) -> str:
    return shutil.which(name) or _absent(f"{name} is not installed")


@pytest.fixture(scope="session")
def curl() -> str:
    """The curl command."""
    return _tool("curl")


@pytest.fixture(scope="session")
def node() -> str:
    """The node command."""
    return _tool("node")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder that holds imapflow and nodemailer, named by BADINBOX_NODE_MODULES."""
    folder = os.environ.get("BADINBOX_NODE_MODULES")
    if not folder:
        _absent("BADINBOX_NODE_MODULES does not name a folder with imapflow and nodemailer")
    return Path(folder)
