"""Who is taken for a process that was made for one check, and who only takes its time."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from harness.connectors import stalled
from harness.connectors.process import ConnectorProcess
from harness.connectors.stalled import Stalled, answer_to

LOOKS = 10
"""After so many it answers by itself."""


class Asleep:
    """A process that sleeps whenever it is looked at, with a connection at the first look or never.
    It answers when its input ends, and else after some looks."""

    unread_bytes = 0

    def __init__(self, connects: bool) -> None:
        self.has_connections = connects
        self._looks = 0
        self._answered = asyncio.Event()

    @property
    def sleeps(self) -> bool:
        self._looks += 1
        self.has_connections = False
        if self._looks == LOOKS:
            self._answered.set()
        return True

    async def ask(self, line: bytes) -> bytes:
        await self._answered.wait()
        return line

    def end_input(self) -> None:
        self._answered.set()


def asked(process: Asleep, monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(stalled, "LOOK_S", 0.0)
    return asyncio.run(answer_to(b"{}", cast(ConnectorProcess, process), first=True))


def test_who_never_connects_and_answers_the_end_of_its_input_was_made_for_one_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Stalled, match="before its input has ended"):
        asked(Asleep(connects=False), monkeypatch)


def test_who_has_connected_has_read_what_it_was_asked_and_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert asked(Asleep(connects=True), monkeypatch) == b"{}"
