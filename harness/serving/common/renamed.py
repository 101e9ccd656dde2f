"""A scenario whose customer types a user name by which its mailbox is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from harness.scenario.model import Facts, Life, Scenario
from harness.serving.placing import DOMAIN

Rename = Callable[[str], str]


def renamed(scenario: Scenario, local: str, tester: str = "") -> Scenario:
    """The scenario with `local` in place of its customer's own name, wherever it stands as one; of
    a tester it is another one, with an id of its own."""
    typed = _Renaming(scenario.facts, f"{local}+{tester}" if tester else local)
    life = scenario.life
    return replace(
        scenario,
        id=f"{scenario.id}+{tester}" if tester else scenario.id,
        facts=typed.facts(scenario.facts),
        remedies=tuple(replace(each, facts=typed.facts(each.facts)) for each in scenario.remedies),
        life=typed.life(life) if life else None,
    )


def names_of(scenario: Scenario) -> list[str]:
    """What may be typed as its user name, the first first: a remedy may change it."""
    every = [scenario.facts, *(remedy.facts for remedy in scenario.remedies)]
    return list(dict.fromkeys(name for facts in every for name in _names(facts)))


def meant(scenario: Scenario, typed: str) -> str:
    """The one of them that somebody means who types this."""
    names = names_of(scenario)
    for name in names:
        if name.casefold() == typed.casefold():
            return name
    return names[0]


def _names(facts: Facts) -> Iterator[str]:
    account, customer = facts.account, facts.customer
    yield customer.username or customer.email or account.address
    yield account.login


@dataclass(frozen=True)
class _Renaming:
    """`first`: how the customer logs in before anything is cured."""

    of: Facts
    local: str

    @property
    def _first(self) -> str:
        typed = next(_names(self.of)).partition("\\")[0]
        return typed if "@" in typed else self.of.account.address

    def name(self, name: str) -> str:
        """An address stays one, a name without a domain has none; of another address the domain
        is another one, which does not matter where the mailbox is found."""
        address = f"{self.local}@{DOMAIN}"
        if self._first in name:
            return name.replace(self._first, address)
        if "@" not in name:
            return self.local
        return f"{self.local}@{name.partition('@')[0]}.{DOMAIN}"

    def facts(self, facts: Facts) -> Facts:
        account, customer = facts.account, facts.customer
        as_login = customer.email is not None and customer.username is None
        return facts.model_copy(
            update={
                "account": account.model_copy(
                    update={
                        "address": self.name(account.address),
                        "username": account.username and self.name(account.username),
                    }
                ),
                "customer": customer.model_copy(
                    update={
                        "username": customer.username and self.name(customer.username),
                        "email": self.name(customer.email or "")
                        if as_login or customer.email == account.address
                        else customer.email,
                    }
                ),
            }
        )

    def life(self, life: Life) -> Life:
        moments = tuple(
            replace(each, facts=self.facts(each.facts)) if each.facts else each
            for each in life.moments
        )
        return replace(life, begins=self.facts(life.begins), moments=moments)
