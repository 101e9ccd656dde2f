"""The scenarios of the catalogue that are nearest to a failure, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fakeservers.dialects.dialect import load_dialect
from fakeservers.spec import ProtocolName, Service
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import Security
from harness.reproducing.likeness import likeness, words_of
from harness.scenario.catalogue import builtin_path, collect
from harness.scenario.model import Scenario
from harness.taxonomy import protocol_of

MOST: Final = 5
_WEIGHTS: Final = {"stage": 2.0, "cause": 3.0, "dialect": 1.0, "security": 0.5, "advice": 0.25}


@dataclass(frozen=True)
class Near:
    """A scenario, how near it is (only the order means something), and the reasons in words."""

    scenario: Scenario
    score: float
    reasons: tuple[str, ...]


def nearest(
    diagnosis: Diagnosis, lines: Sequence[str], dialect: str, security: Security | None = None
) -> list[Near]:
    """The nearest scenarios of the same documented error, the nearest first.

    ``lines``: what the server said. ``security``: as typed for the server that failed.
    """
    folder = builtin_path() / diagnosis.error
    if not folder.is_dir():
        return []
    wanted = words_of(" ".join(lines))
    scenarios = collect([folder])
    found = [_near(each, diagnosis, wanted, dialect, security) for each in scenarios]
    same = [near for near in found if near.scenario.reproduces == diagnosis.error]
    return sorted(same, key=lambda near: (-near.score, near.scenario.id))[:MOST]


def _near(
    scenario: Scenario,
    diagnosis: Diagnosis,
    wanted: frozenset[str],
    dialect: str,
    security: Security | None,
) -> Near:
    reasons = [f"the same documented error, {diagnosis.error}"]
    score = 0.0
    facts = {"stage": diagnosis.stage, "cause": diagnosis.cause, "dialect": dialect}
    facts["security"] = security
    facts["advice"] = diagnosis.advice[0] if diagnosis.advice else None
    theirs = {name: getattr(scenario, name) for name in ("stage", "cause", "dialect")}
    theirs["security"] = _security(scenario)
    theirs["advice"] = scenario.remedies[0].advice if scenario.remedies else None
    for name, value in facts.items():
        if value and value == theirs[name] and (name, value) != ("dialect", "plain"):
            score += _WEIGHTS[name]
            reasons.append(f"the same {name}, {value}")
    alike = max((likeness(wanted, words_of(text)) for text in replies_of(scenario)), default=0.0)
    if alike >= 0.3:
        score += 2 * alike
        reasons.append(f"its reply is {alike:.0%} alike")
    return Near(scenario, score, tuple(reasons))


def _security(scenario: Scenario) -> Security | None:
    """As typed for the server that fails."""
    if scenario.stage is None:
        return None
    protocol = protocol_of(scenario.stage)
    customer = scenario.customer
    typed = customer.imap if protocol == "imap" else customer.smtp
    return typed.security or scenario.facts.all_services()[typed.service or protocol].security


def replies_of(scenario: Scenario) -> Iterator[str]:
    """What the rules of a scenario make a server say."""
    for service in scenario.facts.all_services().values():
        dialect = load_dialect(service.dialect or scenario.dialect)
        for name in _named(service):
            protocol: ProtocolName = service.protocol
            if protocol in ("imap", "smtp") and dialect.knows(protocol, name):
                yield dialect.reply(protocol, name).text
        for rule in service.rules:
            yield from (text for each in rule.then if (text := getattr(each, "text", None)))


def _named(service: Service) -> Iterator[str]:
    if not service.rules:  # what is wrong is what was typed
        yield "bad-credentials"
    for rule in service.rules:
        yield from (name for each in rule.then if (name := getattr(each, "reply", None)))
