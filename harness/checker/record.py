"""The record of a check: what was said, for people to read and without secrets; how it failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from harness.classify.observation import Observation
from harness.contract.masking import Masking
from harness.taxonomy import AnyProtocol

if TYPE_CHECKING:
    from fakeservers.wire.entries import Entry, Record

Direction = Literal["C", "S", "*"]
LONGEST: Final = 1000
"""Characters of one line that are kept."""


@dataclass(frozen=True)
class SpokenLine:
    """One line, without its end. ``time_s``: since the check began; ``*``: what happened."""

    time_s: float
    protocol: AnyProtocol
    direction: Direction
    text: str
    tls: bool


OnSaid = Callable[[SpokenLine], None]


class CheckDialogue:
    """The dialogues of a check, taken down if anybody wants to know: ``on_said``. ``masking``: of
    the secrets that are known so far."""

    def __init__(self, masking: Masking, login: str, on_said: OnSaid | None) -> None:
        self.masking = masking
        self._names = (login,)
        self._on_said = on_said
        self._began = time.monotonic()

    def of_connection(self, protocol: AnyProtocol) -> ConnectionDialogue:
        """The part of one connection, which begins."""
        told = self._on_said
        if told is None:
            return ConnectionDialogue(None)

        def show(entry: Entry) -> None:
            if entry.text or entry.direction != "C":
                text = entry.text[:LONGEST]
                told(SpokenLine(entry.time_s, protocol, entry.direction, text, entry.tls))

        names = self._names
        return ConnectionDialogue(self.masking.record(protocol, names, clock=self._now, show=show))

    def _now(self) -> float:
        return time.monotonic() - self._began


_TOLD_AS_A_WHOLE: Final = {
    "smtp-end-of-data": "the test e-mail",
    "oauth-token": "the request for a token",
}
"""What is not told line by line: a message, and secrets in every line."""


class ConnectionDialogue:
    """What is sent and received on one connection, masked as the fakes mask it."""

    def __init__(self, record: Record | None) -> None:
        self._record = record

    def received(self, data: bytes, *, tls: bool) -> None:
        """What the server said."""
        if self._record:
            self._record.sent(data, tls=tls)

    def sent(self, stage: str, data: bytes, *, tls: bool) -> None:
        """What the client said; ``stage``: for what."""
        if not self._record:
            return
        if (whole := _TOLD_AS_A_WHOLE.get(stage)) is not None:
            self._record.note(f"{whole}, {len(data)} bytes")
            self._record.release()
        else:
            self._record.received(data, tls=tls)

    def happened(self, text: str) -> None:
        """What is not a line: connected, encrypted, closed. In our words, so nothing is masked."""
        if self._record:
            self._record.note(text)


class CheckFailed(Exception):
    """A stage failed; the observation says what was seen.

    Neither an ``OSError`` nor an error of a library, so that it passes through both unchanged.
    """

    def __init__(self, observation: Observation) -> None:
        super().__init__(f"{observation.stage}: {observation.kind}")
        self.observation = observation
