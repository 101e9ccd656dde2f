"""The steps of a check, for those who watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from harness.checker.record import CheckFailed

StepName = Literal[
    "fetch-token",
    "connect-imap",
    "log-in-imap",
    "connect-smtp",
    "log-in-smtp",
    "send-test-email",
]


@dataclass(frozen=True)
class CheckStep:
    """One of the steps starts or ends; `fetch-token` where a token is asked for.

    ``detail``: empty when it starts; how it was done; or the stage that failed. ``seconds``: since
    the step started.
    """

    name: StepName
    state: Literal["started", "done", "failed"]
    detail: str = ""
    seconds: float = 0.0


OnStep = Callable[[CheckStep], None]


class Details:
    """How a step was done, for those who watch."""

    def __init__(self) -> None:
        self.text = ""


class StepTeller:
    """Tells ``on_step`` what happens, if anybody wants to know."""

    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step

    @contextmanager
    def step(self, name: StepName) -> Iterator[Details]:
        details = Details()
        started = time.monotonic()
        self._tell(CheckStep(name, "started"))
        try:
            yield details
        except CheckFailed as failed:
            self._tell(
                CheckStep(name, "failed", failed.observation.stage, time.monotonic() - started)
            )
            raise
        self._tell(CheckStep(name, "done", details.text, time.monotonic() - started))

    def _tell(self, step: CheckStep) -> None:
        if self._on_step:
            self._on_step(step)
