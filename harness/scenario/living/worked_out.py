"""The steps of a life worked out: what holds after each, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from harness.files.problems import KeyPath, did_you_mean
from harness.scenario.life.life_steps import BEGAN, BREAKS, LifeStep, TokenEvent
from harness.scenario.living.breaking import Breaking
from harness.scenario.model import Facts, Moment, Scenario, typed_password
from harness.taxonomy import DocumentedError, least_retrying

StepFinding = tuple[KeyPath, str]
Changed = Callable[[int, Mapping[str, Any]], Facts | None]
"""The facts with a change laid over the present ones, by the number of the step; None: it is told
elsewhere what is wrong with it."""
_EXPECTATIONS: Final = ("says", "stays", "at-most", "seen", "sent")
_HURTS: Final = ("change", "cut", "down-s", "inbox", "tokens")


def moments(
    steps: Sequence[LifeStep],
    breaking: Breaking,
    failed: Scenario,
    changed: Changed,
) -> list[Moment]:
    """Each step with the facts from then on. A step whose facts are wrong changes none. `failed`:
    what the mailbox becomes."""
    found: list[Moment] = []
    for number, step in enumerate(steps):
        facts: Facts | None = None
        tokens: TokenEvent | None = step.tokens
        retyped = step.resettle is True
        if step.change == BREAKS:
            facts, tokens = breaking.broken, breaking.tokens
        elif step.change == BEGAN:
            facts = breaking.begins
        elif isinstance(step.change, Mapping):
            facts = changed(number, step.change)
        elif step.remedy:
            remedy = next((each for each in failed.remedies if each.advice == step.remedy), None)
            facts = remedy.facts if remedy else None
            retyped = facts is not None and _is_told(facts, breaking.broken, failed)
        found.append(Moment(step, facts, tokens, retyped))
    return found


def _is_told(cured: Facts, broken: Facts, failed: Scenario) -> bool:
    """Whether the product is given the settings anew: something else is typed, or it must not try
    again by itself."""
    typed = cured.customer != broken.customer or typed_password(cured) != typed_password(broken)
    if typed or failed.cause is None:
        return typed
    return least_retrying(failed.cause, failed.stage).manner == "not"


def step_findings(
    steps: Sequence[LifeStep],
    *,
    reproduces: DocumentedError,
    also: frozenset[DocumentedError],
    advices: Sequence[str],
    breaks: bool,
    tokens: bool,
) -> Iterator[StepFinding]:
    """What can never be, by the step at which it is written. `breaks`: another scenario is named
    that it breaks into. `tokens`: the customer has some."""
    if not any(step.kind in _EXPECTATIONS for step in steps):
        yield (), "nothing is expected of the connector: says, stays, at-most, seen or sent"
    done: set[str] = set()
    hurt = gone = False
    for number, step in enumerate(steps):
        yield from (((number, *path), text) for path, text in _of_advice(step, advices, hurt))
        if step.change == BREAKS and not breaks:
            yield (number, "change"), "no scenario is named at the top by breaks-into"
        if step.tokens and not tokens:
            yield (number, "tokens"), "the customer has none: `customer` has no `oauth2`"
        if step.inbox == "back" and not gone:
            yield (number, "inbox"), "it is not gone by then"
        gone = step.inbox == "gone" or (gone and step.inbox != "back")
        for key, needed in (("seen", "deliver"), ("sent", "send")):
            if key in (step.kind, step.until) and needed not in done:
                where = key if step.kind == key else "until"
                yield (number, where), f"never so: no step {needed} comes before it"
        if step.says not in (None, "connected"):
            yield from (((number, "says"), text) for text in _of_error(step, reproduces, also))
            if not hurt:
                yield (number, "says"), f"never {step.says}: nothing has changed by then"
        done.add(step.kind)
        hurt = hurt or step.kind in _HURTS


def _of_advice(step: LifeStep, advices: Sequence[str], hurt: bool) -> Iterator[StepFinding]:
    if step.remedy is None:
        return
    if step.remedy not in advices:
        there = f"; it has {', '.join(advices)}" if advices else "; it has none"
        near = did_you_mean(step.remedy, advices)
        yield ("remedy",), f"no remedy of the scenario that can be shown{near or there}"
    elif not hurt:
        yield ("remedy",), "nothing has changed by then that it could cure"


def _of_error(
    step: LifeStep, reproduces: DocumentedError, also: frozenset[DocumentedError]
) -> Iterator[str]:
    right = {reproduces, *also}
    if step.says not in right:
        yield f"never {step.says!r}: what fails here is {' or '.join(sorted(right))}"
