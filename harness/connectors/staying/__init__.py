"""Connectors that stay connected, of each form: what a life needs of one.

A life has states, from the connector, and orders, to it (`harness.contract.staying`). What it says
is read in one place, `hearing`; how it comes is a module for each form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from harness.contract.answer import NoAnswer, Output
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace, State

Heard = Callable[[State | NoAnswer], None]
"""Is told what a connector says, in the loop's thread, as it comes. A `NoAnswer` is the last: it
has died, or has said what cannot be read, and is killed. May be told before `stay` has returned.
"""


class Stay(Protocol):
    """One connector that stays, at one mailbox."""

    async def tell(self, order: Order) -> None:
        """Give it an order; its `check` is filled in. Never raises, and waits for nothing: whether
        it has heard, it tells itself."""
        ...

    async def end(self, grace_s: float) -> Output:
        """Tell it to stop, wait for `grace_s` seconds at most, then kill it with its children; what
        it left behind: `lapses` has `did-not-end` where it had to be killed, `died-afterwards`
        where it ended otherwise than in good order after all was said. Idempotent."""
        ...


@runtime_checkable
class Staying(Protocol):
    """A connector that can stay; as many at a time as lives are run."""

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        """Begin to stay connected to a mailbox. Never raises: where it cannot begin, `heard` is
        told a `NoAnswer`."""
        ...
