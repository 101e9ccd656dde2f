"""Small scenarios, and a connector that does what a test tells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.scenario.loading import load
from harness.scenario.model import Scenario
from tests.harness.conftest import HEADER

OUTAGE = """\
title: too many connections, for a while
reproduces: imap-authentication-error
stage: imap-login
cause: too-many-connections
source: [RFC 5530]
imap:
  rules:
    - when: {event: login}
      then: {text: "{tag} NO [LIMIT] Too many simultaneous connections"}
      times: 1
remedy:
  - advice: retry-later
    keep-mailbox: true
"""

Write = Callable[..., list[Scenario]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario file and load it."""

    def write(text: str, name: str = "one") -> list[Scenario]:
        error = text.partition("reproduces: ")[2].splitlines()[0]
        file = tmp_path / error / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(HEADER + text)
        return load(file)

    return write


class Stub:
    """A connector whose answers come from a function; counts what runs at a time."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        self._answer = answer
        self.running = 0
        self.most = 0
        self.closed = False

    async def start(self) -> None:
        pass

    async def check(self, settings: Any, deadline_s: float) -> Any:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._answer(settings)
        finally:
            self.running -= 1

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def stub() -> type[Stub]:
    return Stub
