"""A life from its beginning to its verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from fakeservers.mailbox import open_mailbox
from harness.connectors.staying import Staying
from harness.contract.staying import Pace
from harness.judging.evidence import Watch
from harness.judging.expectation import life_expectation
from harness.judging.lives.said.untrue import NEXT_TRY
from harness.judging.verdict import Verdict
from harness.runner.events import CaseResult
from harness.runner.life.life_result import LifeEnding, life_result
from harness.runner.life.life_run import LifeRun
from harness.runner.life.step_windows import Windows
from harness.runner.outcome import Terms
from harness.runner.trial import TOO_BUSY, Lateness, lateness
from harness.scenario.model import Scenario

GRACE_S: Final = 3.0
"""How long a connector may take to stop once it is told to, besides two of its own longest waits:
the other end may be silent."""
LIVED_WHEN_LATE: Final = 3
SLOWER: Final = 3.0
"""Where this process was late, a life is lived again, so many times slower."""
TOO_LATE_S: Final = 0.25
"""At the usual pace; slower by as much as that is."""
_BY_TIME: Final[frozenset[Verdict]] = frozenset(
    {"not-exercised", "unnoticed", "late", "wrong", "hammered", "lost-mail", "not-recovered"}
)
"""Verdicts that a busy machine could bring about: who is told of a refusal after its own time-out
has not heard it, and may try again."""


@dataclass(frozen=True)
class LifeLived:
    """A life that was lived once. `too_late`: a window closed of which this process had too little.
    `begun`: it came to more than to wait for `connected`."""

    result: CaseResult
    too_late: bool = False
    begun: bool = True

    def proves(self, was_late: bool) -> bool:
        """Whether its verdict holds, though this process may have been late meanwhile. For
        `connected` so long is waited that it does, unless next to nothing of that was left."""
        judgement, verdict = self.result.judgement, self.result.judgement.verdict
        by_time = verdict in _BY_TIME or (
            verdict == "misbehaved" and judgement.violations == (NEXT_TRY,)
        )
        if self.too_late:
            return verdict != "passed" and not by_time
        return not (was_late and self.begun and by_time)


async def run_life(
    connector: Staying, scenario: Scenario, terms: Terms, factor: float = 1.0
) -> CaseResult:
    """Live it, `factor` times slower than usual, with a connector that stays, and judge that.

    No verdict depends on how busy the machine is: where this process was late, it is lived again,
    slower; so is one that passed because too little could be seen. Late each time: `harness-error`,
    with the judgement `TOO_BUSY`.
    """
    began = time.monotonic()
    for _ in range(LIVED_WHEN_LATE):
        async with lateness() as late:
            lived = await _once(connector, scenario, terms, factor, late)
        if lived.proves(late.worst_s >= TOO_LATE_S * factor):
            return replace(lived.result, seconds=time.monotonic() - began)
        if not lived.begun:
            break
        factor *= SLOWER
    return replace(lived.result, seconds=time.monotonic() - began, judgement=TOO_BUSY)


async def _once(
    connector: Staying, scenario: Scenario, terms: Terms, factor: float, late: Lateness
) -> LifeLived:
    assert scenario.life
    expected = life_expectation(scenario, terms.does)
    windows = Windows(Pace().slower(factor), scenario.timeout_s * factor, factor)
    run = LifeRun(scenario, expected, windows, late, terms.meanings, terms.does.fetches)
    async with open_mailbox(scenario.life.begins.mailbox_spec(), on_news=run.news) as mailbox:
        run.begin(mailbox)
        watch = Watch(mailbox, whole=True)
        run.stay = await connector.stay(run.settings, windows.pace, run.heard)
        try:
            await run.live()
        finally:
            output = await run.stay.end(GRACE_S + 2 * windows.timeout_s)
        await run.settle()
        ending = LifeEnding(run.whole_sight(), mailbox.left_open(), output)
    return LifeLived(life_result(run, watch, ending, terms), run.too_late, run.begun)
