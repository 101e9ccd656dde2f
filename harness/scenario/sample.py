"""A few scenarios that stand for all: what to begin with. Pure, and always the same ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fakeservers.actions.delay import Delay
from fakeservers.actions.hang import Hang
from harness.scenario.catalogue import FACETS, checked
from harness.scenario.model import Scenario
from harness.taxonomy import Cause, Stage
from harness.taxonomy.stages import LOGIN, STAGES

COMMON: Final = (
    "gmail",
    "outlook",
    "google-workspace",
    "yahoo",
    "icloud",
    "exchange",
    "dovecot",
    "postfix",
)
"""The dialects that most customers meet, the commonest first."""
_BOTH: Final[tuple[tuple[Stage, Cause], ...]] = (
    ("imap-login", "bad-credentials"),
    ("smtp-login", "bad-credentials"),
    ("imap-login", "app-password-required"),
)
"""What no sample does without: what customers meet most often."""
_LIKELY: Final = 2
"""How much rather a cause is shown at the log-in: there most of them are taken for the password."""
_WORKING: Final = 3
"""Mailboxes in which nothing is wrong."""

_Place = tuple[Stage, Cause]


def sample(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Each cause once and each stage at least once, and a few mailboxes that work, in their order.

    Of the scenarios that show a cause at a stage, the one without a wait, of the commonest dialect
    that the sample has least of. Of the catalogue these are about 65. Lives are in it only where
    there is nothing else.
    """
    scenarios = checked(scenarios)
    by_place: dict[_Place, list[Scenario]] = defaultdict(list)
    for scenario in scenarios:
        if scenario.stage and scenario.cause:
            by_place[scenario.stage, scenario.cause].append(scenario)
    used: Counter[str] = Counter()
    chosen = {_one(by_place[place], used) for place in _places(by_place)}
    working = [scenario for scenario in scenarios if scenario.reproduces == "connected"]
    working.sort(key=_plainness)
    chosen |= {scenario.id for scenario in working[:_WORKING]}
    return [scenario for scenario in scenarios if scenario.id in chosen]


def _places(by_place: Mapping[_Place, Sequence[Scenario]]) -> list[_Place]:
    """At which stage each cause is shown: where it is common, and few others are."""
    stages: dict[Cause, list[Stage]] = defaultdict(list)
    for stage, cause in by_place:
        stages[cause].append(stage)
    places = [place for place in _BOTH if place in by_place]
    done = {cause for _, cause in places}
    # Those that can be shown in few places first, so that the others fill up what is left.
    for cause in sorted(stages.keys() - done, key=lambda cause: (len(stages[cause]), cause)):
        taken = Counter(stage for stage, _ in places)
        places.append((_best(stages[cause], cause, by_place, taken), cause))
    missing = [stage for stage in STAGES if stage not in {stage for stage, _ in places}]
    for stage in missing:
        there = [place for place in by_place if place[0] == stage]
        if there:
            places.append(max(there, key=lambda place: (len(by_place[place]), place)))
    return places


def _best(
    stages: Iterable[Stage],
    cause: Cause,
    by_place: Mapping[_Place, Sequence[Scenario]],
    taken: Mapping[Stage, int],
) -> Stage:
    def weight(stage: Stage) -> tuple[float, int]:
        order = -list(STAGES).index(stage)
        likely = _LIKELY if stage in LOGIN else 1
        return likely * len(by_place[stage, cause]) / (1 + taken[stage]), order

    return max(stages, key=weight)


def _one(scenarios: Iterable[Scenario], used: Counter[str]) -> str:
    """The id of the one that stands for them; its dialect is counted."""

    def rank(scenario: Scenario) -> tuple[object, ...]:
        name = scenario.dialect
        tier = 0 if name in COMMON else 1 if name == "plain" else 2
        order = COMMON.index(name) if name in COMMON else 0
        later = "other-words" in scenario.id
        return _waits(scenario), later, tier, used[name], order, _in_clear(scenario), scenario.id

    best = min(scenarios, key=rank)
    used[best.dialect] += 1
    return best.id


def _waits(scenario: Scenario) -> bool:
    services = scenario.facts.all_services().values()
    rules = [rule for service in services for rule in service.rules]
    return any(isinstance(action, Delay | Hang) for rule in rules for action in rule.then)


def _in_clear(scenario: Scenario) -> bool:
    """Whether the customer typed that there is no TLS, which few do."""
    return "cleartext" in FACETS["security"](scenario)


def _plainness(scenario: Scenario) -> tuple[object, ...]:
    """The smallest: those called `working`, then others, those of single providers last."""
    name = scenario.id.partition("/")[2]
    return not name.startswith("working"), scenario.dialect != "plain", _waits(scenario), name
