"""How each scenario is chosen at the common ports, as it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fakeservers.security import SHOWN, Security
from fakeservers.spec import Account
from harness.scenario.model import Scenario, typed_password
from harness.serving.common.case_names import host_of, local_part
from harness.serving.common.guests import Guests
from harness.serving.common.reach import WAYS, Way, ways
from harness.serving.common.renamed import names_of, renamed
from harness.texts import load_command_texts, retold


@dataclass(frozen=True)
class How:
    """What is typed for one scenario. `user_names`: the first, and those that its remedies make of
    it; empty with the way `port`. `host_name`: empty where none is wanted. `password`: empty where
    there are tokens, which its mailbox tells.
    """

    id: str
    title: str
    way: Way
    why: str
    user_names: tuple[str, ...]
    password: str
    host_name: str
    imap: str
    smtp: str


@dataclass(frozen=True)
class CommonPort:
    """One of the common ports."""

    protocol: str
    security: Security
    host: str
    port: int


def where(guests: Guests) -> list[CommonPort]:
    """All the common ports, as they are typed."""
    if guests.ports is None:
        return []
    spec = guests.ports.spec.services
    return [
        CommonPort(spec[name].protocol, spec[name].security, guests.host or at.host, at.port)
        for name, at in guests.ports.services.items()
    ]


def how(scenario: Scenario, tester: str = "") -> How:
    """How it is chosen, at both of its ports, by this tester."""
    found = ways(scenario)
    hardest = max(found.values(), key=lambda each: WAYS.index(each.way))
    own = hardest.way == "port"
    typed = renamed(scenario, local_part(scenario.id), tester)
    facts = scenario.life.begins if scenario.life else scenario.facts
    return How(
        id=scenario.id,
        title=scenario.title,
        way=hardest.way,
        why=hardest.why,
        user_names=() if own else tuple(names_of(typed)),
        password=typed_password(facts),
        host_name=host_of(scenario.id, tester) if hardest.way == "host-name" else "",
        imap=SHOWN[facts.typed("imap").security],
        smtp=SHOWN[facts.typed("smtp").security],
    )


def told(each: How, language: str) -> tuple[str, ...]:
    """The cells of its row: the way, the names that are typed, how the ports are secured, what is
    typed in place of the account's password, why it is no easier way."""
    words: dict[str, Any] = load_command_texts(language)["list"]
    links: dict[str, str] = words["typed"]
    names = links["then"].join(each.user_names)
    typed = links["at"].join(filter(None, (names, each.host_name))) or each.id
    imap, smtp = (retold("reach", secured, language) for secured in (each.imap, each.smtp))
    usual = each.password == Account.model_construct().password or each.way == "port"
    instead = links["password"].format(password=each.password) if each.password else links["token"]
    why = retold("reach", each.why, language)
    return (
        words["ways"][each.way],
        typed,
        f"IMAP {imap}, SMTP {smtp}",
        "" if usual else instead,
        why,
    )
