"""Before lives are run: does this connector stay connected at all, tell of mail, and send?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from harness.contract.capabilities import Capabilities
from harness.runner.events import CaseResult
from harness.runner.preflight import PREFLIGHT
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select
from harness.scenario.life.life_steps import LifeStep
from harness.scenario.model import Life, Moment, Scenario

if TYPE_CHECKING:
    from harness.runner.runner import Runner

_CONNECTS: Final = LifeStep(until="connected", within_s=10.0)
"""Who reads its input to the end, as for a check, waits for ever: it is not waited for that long.
"""
_LOOKS: Final[dict[str, tuple[LifeStep, ...]]] = {
    "fetches": (_CONNECTS, LifeStep(deliver=1), LifeStep(seen="all")),
    "sends": (_CONNECTS, LifeStep(send=1), LifeStep(sent="all")),
    "idles": (_CONNECTS, LifeStep(until="idle")),
}


@dataclass(frozen=True)
class StayingLook:
    """`does`: with what was seen of staying. `line`: for people."""

    does: Capabilities
    line: str


async def staying_look(runner: Runner, declared: Capabilities, *, alone: bool) -> StayingLook:
    """Let it stay at mailboxes that work, at the same time. What was declared counts, and is not
    looked at. `alone`: it is asked nothing else, so that what it sends is seen here, too."""
    looked_at = {*_LOOKS} - declared.model_fields_set - (set() if alone else {"sends"})
    if "stays" in declared.model_fields_set and not (declared.stays and looked_at):
        return StayingLook(runner.terms.does, _told(declared, "as declared"))
    if "stays" not in declared.model_fields_set and (why := await runner.no_sign(_scenario(()))):
        does = declared.over(runner.terms.does.model_copy(update={"stays": False}))
        return StayingLook(does, _told(does, why))
    wanted = {name: steps for name, steps in _LOOKS.items() if name in looked_at or name == "idles"}
    lives = [_scenario(steps) for steps in wanted.values()]
    does = runner.terms.does
    runner.terms = replace(runner.terms, does=does.model_copy(update={"stays": True}))
    seen = [results[0] for results in await asyncio.gather(*map(runner.run_case, lives))]
    found = dict(zip(wanted, seen, strict=True))
    stays = any(_connected(each) for each in seen)
    told = {"stays": stays, **{name: each.passed for name, each in found.items()}}
    done = does.model_copy(update=told)
    own = {name: getattr(declared, name) for name in declared.model_fields_set}
    return StayingLook(done.model_copy(update=own), _told(done, seen[0].judgement.why))


def _scenario(steps: Sequence[LifeStep]) -> Scenario:
    [working] = select(collect([builtin_path() / "connected" / "working.yaml"]), [PREFLIGHT])
    return replace(working, life=Life(working.facts, tuple(Moment(each) for each in steps)))


def _connected(result: CaseResult) -> bool:
    """Whether it said so of a mailbox that works, and was logged in."""
    return result.passed or result.judgement.verdict in ("lost-mail", "misbehaved")


def _told(does: Capabilities, why: str) -> str:
    if not does.stays:
        return f"does not stay connected: {why}"
    lacks = ("" if does.fetches else ", tells of no mail") + ("" if does.idles else ", no IDLE")
    return f"stays connected{lacks}"
