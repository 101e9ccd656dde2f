"""Scenarios by words, as people search for them: in English or French, by what a server says, by
the port that was typed, by a provider's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from fakeservers.dialects.dialect import load_dialect
from fakeservers.dialects.providers import provider_named
from fakeservers.spec import Service
from harness.scenario.model import Scenario
from harness.taxonomy import DOCUMENTED_ERRORS, folded, protocol_of
from harness.texts import LANGUAGES, load_texts

_PORTS: Final[Mapping[str, Mapping[str, int]]] = {
    "oauth": dict.fromkeys(("implicit-tls", "cleartext"), 443),
    "imap": {"implicit-tls": 993, "starttls": 143, "cleartext": 143},
    "smtp": {"implicit-tls": 465, "starttls": 587, "cleartext": 587},
}
"""What is typed in life (RFC 8314, 3.2 and 3.3; RFC 6409): the ports of fakes are any."""


def fits(scenario: Scenario, text: str) -> bool:
    """Whether it has every word of a text, in whatever case, with or without accents: in its id,
    title, stage, cause and dialect, what its documented error and cause are called, its ports and
    what its rules make a server say. A provider may be called as `provider_named` knows it."""
    words = text.split()
    searched = _searched(scenario) if words else ""
    return all(
        folded(word) in searched or provider_named(word) == scenario.dialect for word in words
    )


def _searched(scenario: Scenario) -> str:
    info = DOCUMENTED_ERRORS[scenario.reproduces]
    parts = [scenario.id, scenario.title, scenario.stage, scenario.cause, scenario.dialect]
    parts += [info.title_en, info.title_fr, load_dialect(scenario.dialect).title]
    parts += [load_texts(each)["causes"].get(scenario.cause) for each in LANGUAGES]
    parts += [f"port {port}" for port in _ports(scenario)]
    return folded(" ".join([*filter(None, parts), *replies_of(scenario)]))


def _ports(scenario: Scenario) -> Iterator[int]:
    failing = (protocol_of(scenario.stage),) if scenario.stage else ("imap", "smtp")
    for protocol in failing:
        yield _PORTS[protocol][scenario.facts.typed(protocol).security]


def replies_of(scenario: Scenario) -> Iterator[str]:
    """What the rules make the server say that fails, in the words of its dialect."""
    failing = protocol_of(scenario.stage) if scenario.stage else None
    for service in scenario.facts.all_services().values():
        if service.protocol != failing:
            continue
        dialect = load_dialect(service.dialect or scenario.dialect)
        for name in named_replies(service) if service.rules else _answers_to(scenario):
            if dialect.knows(failing, name):
                yield dialect.reply(failing, name).wording
        for rule in service.rules:
            yield from (text for each in rule.then if (text := getattr(each, "text", None)))


def _answers_to(scenario: Scenario) -> list[str]:
    """Without rules, what is wrong is what was typed."""
    return ["bad-credentials"] if str(scenario.stage).endswith("-login") else []


def named_replies(service: Service) -> Iterator[str]:
    """The named replies that the rules of a service give, in their order."""
    for rule in service.rules:
        yield from (name for each in rule.then if (name := getattr(each, "reply", None)))
