"""The command line in a process of its own, and in this one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.forking import Forking
from tests.harness.conftest import HEADER, REFUSED, WORKING

LOOK_S = 0.02
"""Between two looks at what a process has done."""
Badinbox = Callable[..., subprocess.CompletedProcess[str]]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "badinbox", *arguments]


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "BADINBOX_DEBUG": "", **variables}


@pytest.fixture
def badinbox(forking: Forking, tmp_path: Path) -> Badinbox:
    """Run the command in an empty folder, in a process that begins with everything imported."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return forking.run(arguments, tmp_path, environment(**variables))

    return run


@pytest.fixture
def started_anew(tmp_path: Path) -> Badinbox:
    """The same in a process that begins with nothing, for what is imported and from where."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder with one scenario that works and one that wants an app password."""
    folder = tmp_path / "scenarios"
    for name, text in (
        ("connected/works", WORKING),
        ("unauthorized-app-password-required/asks", REFUSED),
    ):
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(HEADER + text)
    return folder


@pytest.fixture
def closed_port() -> Iterator[str]:
    """A port where nobody listens; it stays taken while the test runs."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield str(sock.getsockname()[1])


def until(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for what the process brings about. To look all the time would take the core from it."""
    while not there():
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_S)
            pytest.fail(f"it has ended: {process.communicate()}")


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a process that is gone when the block ends, come what may."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
