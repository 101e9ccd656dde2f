"""What a connector is to the runner."""

from __future__ import annotations

from typing import Protocol

from harness.contract.answer import Answer
from harness.contract.settings import ConnectionSettings


class UnknownConnector(ValueError):
    """There is no such connector; the message says what was looked for and what went wrong."""


class Connector(Protocol):
    """Something that checks a mailbox. Checks may run concurrently, as many as there are jobs."""

    async def start(self) -> None:
        """Get ready, once. Raises `UnknownConnector` when there is nothing to run."""
        ...

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        """Check the mailbox; after `deadline_s` seconds the answer is `timed-out`. Never raises."""
        ...

    async def close(self) -> None:
        """Stop whatever still runs. Idempotent."""
        ...
