"""Every form in which servers are known to refuse is in a dialect, and a scenario of the catalogue
shows it. No ids here: the scenarios are found by what their servers say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from fakeservers.actions.words.named_reply import NamedReply
from fakeservers.dialects.dialect import load_dialect
from fakeservers.dialects.sides import Reply
from fakeservers.dialects.template import DialectProtocol
from fakeservers.spec import Service
from harness.scenario.model import Scenario
from tests.catalogue import whole_catalogue


class Said(NamedTuple):
    """A reply of a dialect that a scenario makes the server give."""

    scenario: str
    stage: str
    reply: Reply

    @property
    def lines(self) -> list[str]:
        return self.reply.text.split("\n")


def said_by(scenario: Scenario) -> Iterator[Said]:
    for service in scenario.facts.all_services().values():
        if service.protocol in ("imap", "smtp"):
            for reply in replies(service, service.dialect or scenario.dialect):
                yield Said(scenario.id, scenario.stage or "", reply)


def replies(service: Service, dialect_name: str) -> Iterator[Reply]:
    protocol: DialectProtocol = "imap" if service.protocol == "imap" else "smtp"
    dialect = load_dialect(dialect_name)
    if dialect.name != "plain":
        yield dialect.reply(protocol, "greeting")
        for rule in service.rules:
            named = (action for action in rule.then if isinstance(action, NamedReply))
            yield from (dialect.reply(protocol, action.reply) for action in named)


def refuses(said: Said, pattern: str) -> bool:
    """The last line refuses a log-in or what comes after it."""
    return said.stage in ("imap-login", "imap-confirm") and bool(re.match(pattern, said.lines[-1]))


GREETING = re.compile(r"\* (OK|PREAUTH|BYE) \S|\d{3}[ -]([A-Za-z0-9]|\[|\{host\})")
"""RFC 9051 section 7.1, RFC 5321 section 4.2: a text, and a host name where the code is SMTP's."""

FORMS: dict[str, Callable[[Said], bool]] = {
    "several lines of SMTP": lambda said: len(said.lines) > 1 and said.lines[0][3:4] == "-",
    "untagged, then tagged": lambda said: (
        said.lines[0].startswith("* NO") and said.lines[-1].startswith("{tag}")
    ),
    "BYE in place of NO": lambda said: refuses(said, r"\* BYE"),
    "BAD for a refusal": lambda said: refuses(said, r"\{tag\} BAD"),
    "NO without a code": lambda said: refuses(said, r"\{tag\} NO [^\[]"),
    "a log-in that is accepted, and over": lambda said: (
        said.lines[0].startswith("{tag} OK") and said.lines[-1].startswith("* BYE")
    ),
    "a malformed greeting": lambda said: (
        said.lines[0].startswith(("* OK", "220")) and not GREETING.match(said.lines[0])
    ),
    "bytes that are not UTF-8": lambda said: (
        said.reply.encoding != "utf-8" and not said.reply.text.isascii()
    ),
    "two languages": lambda said: "NEOBHODIM" in said.reply.text and "REQUIRED" in said.reply.text,
}


@pytest.fixture(scope="module")
def everything() -> list[Said]:
    return [said for scenario in whole_catalogue() for said in said_by(scenario)]


@pytest.mark.parametrize("form", FORMS)
def test_a_scenario_shows_it(form: str, everything: list[Said]) -> None:
    assert any(FORMS[form](said) for said in everything)
