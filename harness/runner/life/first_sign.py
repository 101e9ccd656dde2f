"""Whether a connector that is asked to stay begins to: it says a word, or connects."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from fakeservers.mailbox import Mailbox, open_mailbox
from harness.connectors.staying import Stay, Staying
from harness.contract.answer import NoAnswer
from harness.contract.staying import Pace, State
from harness.runner.limits import machine_is_busy
from harness.runner.trial import settings_of
from harness.scenario.model import Scenario

QUIET_S: Final = 4.0
"""Who has done nothing for so long, though it had time to, waits for something else."""
LONGEST_S: Final = 30.0
"""A runtime may take so long to start."""
LOOK_S: Final = 0.1
GRACE_S: Final = 1.0
_QUIET: Final = (
    "said nothing and connected nowhere for {:.3g} s; does it wait for the end of its input?"
)


async def no_sign(connector: Staying, scenario: Scenario, factor: float = 1.0) -> str:
    """Why it will not stay at the scenario's mailbox, which works; empty: it may, or it is not over
    with starting yet. `factor`: how many times slower than usual it goes."""
    said: list[State | NoAnswer] = []
    async with open_mailbox(scenario.facts.mailbox_spec()) as mailbox:
        settings, pace = settings_of(scenario, None, mailbox), Pace().slower(factor)
        stay = await connector.stay(settings, pace, said.append)
        try:
            quiet = await _is_quiet(stay, mailbox, said, QUIET_S * max(1.0, factor))
        finally:
            await stay.end(GRACE_S)
    if quiet:
        return _QUIET.format(QUIET_S * max(1.0, factor))
    return said[0].why if said and isinstance(said[0], NoAnswer) else ""


async def _is_quiet(
    stay: Stay, mailbox: Mailbox, said: list[State | NoAnswer], enough_s: float
) -> bool:
    """Whether nothing comes of it for so long in which it had nothing to do."""
    began_s = worked_s = time.monotonic()
    while (now_s := time.monotonic()) - began_s < max(LONGEST_S, enough_s):
        if said or mailbox.evidence.connections:
            return False
        if not getattr(stay, "sleeps", not machine_is_busy()):  # behind HTTP nobody sees it
            worked_s = now_s
        if now_s - worked_s >= enough_s:
            return True
        await asyncio.sleep(LOOK_S)
    return False
