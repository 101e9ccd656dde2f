"""Whether what a change was made for ever came about: whether a rule that it armed has fired. Pure.

A change of what somebody typed, of a certificate or of how many others are connected arms none, and
leaves no trace where all is well. One that adds rules, or names a `state` that rules wait for, is
made for one of these; but a rule that fires only from some number on is a guard, and need not fire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from fakeservers.spec import Rule
from harness.judging.lives.diary import LifeSight
from harness.scenario.life.life_steps import BEGAN
from harness.scenario.model import Facts, Life

Armed = Mapping[int, frozenset[str]]
"""By the number of a step that changes facts: the rules of which one has to fire, by their labels.
"""
NONE: Final[Armed] = MappingProxyType({})
NEVER: Final = "nothing of the change in step {step} was met: no rule of it has fired"


def armed(life: Life) -> Armed:
    """The rules that each change of the life arms; changes that arm none are left out."""
    found: dict[int, frozenset[str]] = {}
    before = life.begins
    for number, moment in enumerate(life.moments):
        if moment.facts is None:
            continue
        rules = frozenset(_new(before, moment.facts))
        if rules and moment.step.change not in (None, BEGAN):
            found[number] = rules
        before = moment.facts
    return found


def _new(before: Facts, after: Facts) -> Iterator[str]:
    for name, service in after.all_services().items():
        known = before.all_services()[name].rules
        for place, rule in enumerate(service.rules):
            waited = rule.when.state is None or rule.when.state in after.state
            new = rule not in known or (rule.when.state and rule.when.state not in before.state)
            if waited and new and not _is_guard(rule):
                yield f"{name}.rules[{place}]"


def _is_guard(rule: Rule) -> bool:
    return bool(rule.when.connections or rule.when.failures)


def unmet_change(rules: Armed, sight: LifeSight) -> str:
    """Of which change nothing was met; empty: of none."""
    for happened in sight.diary.happened:
        labels = rules.get(happened.number, frozenset())
        if labels and not _fired(labels, happened.at_s, sight):
            return NEVER.format(step=happened.number + 1)
    return ""


def _fired(labels: frozenset[str], since_s: float, sight: LifeSight) -> bool:
    """Of a flood the steps are not kept, but what fired is."""
    return any(
        (each.began_s >= since_s and not labels.isdisjoint(each.fired))
        or any(
            each.began_s + step.at_s >= since_s and not labels.isdisjoint(step.rules)
            for step in each.steps
        )
        for each in sight.connections
    )
