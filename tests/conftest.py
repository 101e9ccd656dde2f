"""Shared by all tests: the tools that only some machines have."""

from __future__ import annotations

import gc
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.archives import built_once
from tests.forking import Forking


def pytest_configure() -> None:
    """What the tests start is to end by SIGHUP, also where `nohup` has it ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing of what is collected is rubbish. To look for some in it, again and again, takes a
    third of the collection, and more whenever a test makes many objects."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _absent(what: str) -> NoReturn:
    """Skip here; fail where everything must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}; with CI=true it must be there", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """Called with what is missing, it ends the test: skipped here, failed where all must run."""
    return _absent


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist. It is shared: nobody writes there."""
    return built_once(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def forking() -> Iterator[Forking]:
    """What becomes `python -m badinbox` in no time."""
    with Forking("badinbox") as forking:
        yield forking


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Workers that are done take over from the others: many tests wait for long."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


_NOT_ASKED = "not applicable"
"""How the plugin says of a scenario that the built-in checker cannot meet it on any machine."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what the tests that were skipped need."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [each.longrepr[2] for each in skipped if isinstance(each.longrepr, tuple)]
    reasons = [each for each in reasons if _NOT_ASKED not in each]
    if reasons:
        counts = Counter(map(_need, reasons)).most_common()
        needs = ", ".join(f"{need} ({count})" for need, count in counts)
        line = f"{len(reasons)} tests were skipped; they need: {needs}: .ci/run installs them"
        terminalreporter.write_line(line)


def _need(reason: str) -> str:
    """What is missing, of a sentence that says so."""
    reason = re.sub(r"^Skipped: |^.*the lab has no |^the browser tests: ", "", reason)
    return re.split(r" is not (?:installed|in the folder)|[:;,] |, or ", reason)[0]
