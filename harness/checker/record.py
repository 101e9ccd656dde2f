"""The record of a check: what was said, for people to read and without secrets; how it failed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from harness.classify.observation import Observation
from harness.contract.masking import Masking
from harness.taxonomy import AnyProtocol

Direction = Literal["C", "S", "*"]
LONGEST: Final = 1000
"""Characters of one line that are kept."""
# All that a client says while it logs in, but for these words, may be a secret.
_HARMLESS: Final = r"(?i:\S+ CAPABILITY$|(\S+ )?AUTHENTICATE \S+|AUTH \S+|\S+ LOGIN\b)"


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
    """Takes down what is sent and received, masked, if anybody wants to know. ``masking``: of the
    secrets that are known so far."""

    def __init__(self, masking: Masking, on_said: OnSaid | None) -> None:
        self.masking = masking
        self._on_said = on_said
        self._began = time.monotonic()

    def received(self, protocol: AnyProtocol, data: bytes, *, tls: bool) -> None:
        """What the server said."""
        self._tell(protocol, "S", data.decode("utf-8", "backslashreplace"), tls)

    def sent(self, protocol: AnyProtocol, stage: str, data: bytes, *, tls: bool) -> None:
        """What the client said; ``stage``: for what."""
        if stage.endswith("-end-of-data"):
            return self.happened(protocol, f"the test e-mail, {len(data)} bytes", tls=tls)
        text = data.decode("utf-8", "backslashreplace")
        if not text.strip():
            return None
        return self._tell(protocol, "C", _harmless(text) if stage.endswith("-login") else text, tls)

    def happened(self, protocol: AnyProtocol, text: str, *, tls: bool) -> None:
        """What is not a line: connected, encrypted, closed. In our words, so nothing is masked."""
        self._say(protocol, "*", text, tls)

    def _tell(self, protocol: AnyProtocol, direction: Direction, text: str, tls: bool) -> None:
        self._say(protocol, direction, self.masking.text(text), tls)

    def _say(self, protocol: AnyProtocol, direction: Direction, text: str, tls: bool) -> None:
        if self._on_said is None:
            return
        time_s = time.monotonic() - self._began
        for line in text.rstrip("\r\n").split("\n"):
            shown = line.rstrip("\r")[:LONGEST]
            self._on_said(SpokenLine(time_s, protocol, direction, shown, tls))


class CheckFailed(Exception):
    """A stage failed; the observation says what was seen.

    Neither an ``OSError`` nor an error of a library, so that it passes through both unchanged.
    """

    def __init__(self, observation: Observation) -> None:
        super().__init__(f"{observation.stage}: {observation.kind}")
        self.observation = observation


def _harmless(text: str) -> str:
    text = text.rstrip("\r\n")
    found = re.match(_HARMLESS, text)
    shown = found[0] if found else ""
    return shown if shown == text else f"{shown} ***".lstrip()
