"""Before lives are run: does this connector stay connected at all, tell of mail, and send? And,
where no preflight of checks has seen it, does it know what is typed in these lives?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from harness.contract.capabilities import ANY_SECURITY, Capabilities
from harness.runner.events import CaseResult
from harness.runner.preflight import PREFLIGHT, SERVICES, TAKES_TOKENS, WorkingMailbox, lacks
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select
from harness.scenario.life.life_steps import LifeStep
from harness.scenario.model import Facts, Life, Moment, Scenario

if TYPE_CHECKING:
    from harness.runner.runner import Runner

_ENOUGH_S: Final = 10.0
"""Nothing fails at these mailboxes: whoever does it does it soon."""
_CONNECTS: Final = LifeStep(until="connected", within_s=_ENOUGH_S)
_SENDS: Final = (_CONNECTS, LifeStep(send=1), LifeStep(sent="all", within_s=_ENOUGH_S))
_HABITS: Final[dict[str, tuple[LifeStep, ...]]] = {
    "fetches": (_CONNECTS, LifeStep(deliver=1), LifeStep(seen="all", within_s=_ENOUGH_S)),
    "sends": _SENDS,
    "idles": (_CONNECTS, LifeStep(until="idle")),
}
_USUAL: Final = WorkingMailbox()
_TYPED: Final[dict[str, Callable[[Facts], bool]]] = {
    "tokens": lambda facts: facts.customer.oauth2 is not None,
    "custom_username": lambda facts: facts.customer.username is not None,
    "insecure_option": lambda facts: bool(facts.customer.allow_insecure_certificates),
}
"""By what a connector has to do: whether it is asked for. From which address it connects does not
show in whether it does."""


@dataclass(frozen=True)
class StayingLook:
    """`does`: with what was seen of staying. `line`: for people."""

    does: Capabilities
    line: str


async def staying_look(
    runner: Runner, declared: Capabilities, unseen: Sequence[Scenario]
) -> StayingLook:
    """Let it stay at mailboxes that work, at the same time. What was declared counts, and is not
    looked at. `unseen`: the lives, where no preflight of checks has seen what it can be told."""
    before = runner.terms.does
    habits = {*_HABITS} - declared.model_fields_set - (set() if unseen else {"sends"})
    typed = list(_typed_in(unseen, declared))
    if "stays" not in declared.model_fields_set:
        if why := await runner.no_sign(_life(_USUAL, ())):
            does = declared.over(before.model_copy(update={"stays": False}))
            return StayingLook(does, _told(does, why))
        habits.add("idles")  # where nothing else is looked at, this shows whether it stays
    elif not (declared.stays and (habits or typed)):
        return StayingLook(before, _told(declared, "as declared"))
    lives = [_life(_USUAL, _HABITS[name]) for name in sorted(habits)]
    lives += [_life(each, _SENDS if each.smtp != _USUAL.smtp else (_CONNECTS,)) for each in typed]
    # Nothing that is looked at may be left out as not done.
    asked = before.model_copy(update={"stays": True, "tokens": True})
    runner.terms = replace(runner.terms, does=asked)
    seen = [results[0] for results in await asyncio.gather(*map(runner.run_case, lives))]
    of_typed = seen[len(habits) :]
    told = {name: each.passed for name, each in zip(sorted(habits), seen, strict=False)}
    does = before.model_copy(update={"stays": any(map(_connected, seen)), **told})
    unknown = [each for each, one in zip(typed, of_typed, strict=True) if not _did(one)]
    done = declared.over(_without(does, unknown) if does.stays else does)
    takes = [TAKES_TOKENS[done.tokens]] if any(each.of == "tokens" for each in typed) else []
    found = [*lacks(done), *takes] if unseen else []
    return StayingLook(done, ", ".join([_told(done, seen[0].judgement.why), *found]))


def _typed_in(lives: Sequence[Scenario], declared: Capabilities) -> Iterator[WorkingMailbox]:
    """Mailboxes that work, and have typed what these lives have, but no other mailbox."""
    for name in SERVICES:
        ways = {each.facts.typed(name).security for each in lives} - {_USUAL.security(name)}
        if f"{name}_security" not in declared.model_fields_set:
            yield from (replace(_USUAL, **{name: way}) for way in ANY_SECURITY if way in ways)
    for needed, is_typed in _TYPED.items():
        if needed not in declared.model_fields_set and any(is_typed(each.facts) for each in lives):
            yield replace(_USUAL, of=needed)


def _without(does: Capabilities, unknown: Sequence[WorkingMailbox]) -> Capabilities:
    """What it does, but for what is typed there. Who sends nothing has not been asked of SMTP."""
    update: dict[str, Any] = {each.of: False for each in unknown if each.of}
    for name in SERVICES:
        if name == "imap" or does.sends:
            lost = {each.security(name) for each in unknown} - {_USUAL.security(name)}
            known = tuple(way for way in does.security(name) if way not in lost)
            update[f"{name}_security"] = known
    return does.model_copy(update=update)


def _life(mailbox: WorkingMailbox, steps: Sequence[LifeStep]) -> Scenario:
    [working] = select(collect([builtin_path() / "connected" / "working.yaml"]), [PREFLIGHT])
    scenario = mailbox.scenario(working)
    return replace(scenario, life=Life(scenario.facts, tuple(map(Moment, steps))))


def _connected(result: CaseResult) -> bool:
    """Whether it said so of a mailbox that works, and was logged in."""
    return result.passed or result.judgement.verdict in ("lost-mail", "misbehaved")


def _did(result: CaseResult) -> bool:
    """Whether it did what it was asked, be it with bad manners."""
    return result.judgement.verdict in ("passed", "misbehaved")


def _told(does: Capabilities, why: str) -> str:
    if not does.stays:
        return f"does not stay connected: {why}"
    habits = [("tells of no mail", does.fetches), ("no IDLE", does.idles)]
    return ", ".join(["stays connected", *(word for word, done in habits if not done)])
