"""The mailbox that the clients here are given, and the clients that only some machines have."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fakeservers.mailbox import open_mailbox
from harness.runner.background import Background
from tests.clients.world import DIALECTS, SECURITIES, Security, World, mailbox_spec

Absent = Callable[[str], NoReturn]


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    """The loop on which mailboxes live while the clients block."""
    background = Background()
    yield background
    background.close()


@pytest.fixture
def open_world(background: Background, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """`open_world(security, content, **service)` stands a mailbox up until the end of the test."""
    with ExitStack() as stack:

        def open_one(
            security: Security = "implicit-tls",
            content: Mapping[str, Any] | None = None,
            **service: Any,
        ) -> World:
            manager = open_mailbox(mailbox_spec(security, content, **service))
            mailbox = stack.enter_context(background.hold(manager))
            return World(mailbox, background, security, tmp_path)

        yield open_one


@pytest.fixture(params=SECURITIES)
def security(request: pytest.FixtureRequest) -> Security:
    found: Security = request.param
    return found


@pytest.fixture
def world(open_world: Callable[..., World], security: Security) -> World:
    """A mailbox in each kind of security."""
    return open_world(security)


@pytest.fixture(params=DIALECTS)
def elsewhere(open_world: Callable[..., World], request: pytest.FixtureRequest) -> World:
    """A mailbox as real servers word it, whose mechanisms the client chooses among by itself."""
    return open_world("starttls", dialect=request.param)


@pytest.fixture(params=["unknown-authority", "hostname-mismatch"])
def impostor(open_world: Callable[..., World], request: pytest.FixtureRequest) -> World:
    """A mailbox with a certificate that nobody must believe."""
    return open_world("implicit-tls", certificate=request.param)


@pytest.fixture(scope="session")
def tool(absent: Absent) -> Callable[[str], str]:
    """The path of a command; where it is missing, the test is not run."""

    def find(name: str) -> str:
        path = shutil.which(name) or absent(f"{name} is not installed")
        if name == "swaks" and not _has_perl_module("IO::Socket::SSL"):
            absent("Perl's IO::Socket::SSL is not installed")
        return path

    return find


def _has_perl_module(name: str) -> bool:
    return subprocess.run(["perl", f"-M{name}", "-e", "1"], capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def node_package(absent: Absent) -> Callable[[str], str]:
    """Where a package for Node is, in the folder that BADINBOX_NODE_MODULES names."""

    def find(name: str) -> str:
        folder = Path(os.environ.get("BADINBOX_NODE_MODULES", "/"), name)
        if not folder.is_dir():
            absent(f"{name} is not in the folder that BADINBOX_NODE_MODULES names")
        return str(folder)

    return find


@pytest.fixture(scope="session")
def perl(tool: Callable[[str], str], absent: Absent) -> Callable[..., str]:
    """The perl command, with these modules."""

    def find(*modules: str) -> str:
        perl = tool("perl")
        command = [perl, *(f"-M{name}" for name in modules), "-e", "1"]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            absent(f"Perl's {modules[0]} is not installed, or not all that it needs")
        return perl

    return find
