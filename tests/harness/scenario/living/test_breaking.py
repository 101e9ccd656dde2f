"""From a scenario to the mailbox that works before it."""

from __future__ import annotations

import pytest

from fakeservers.happenings.changes import check_places
from harness.scenario.catalogue import checked
from harness.scenario.consistency import facts_findings
from harness.scenario.living.breaking import CannotBegin, breaking
from harness.scenario.living.breaks_into import BreaksInto
from harness.scenario.living.loaded import life_into
from harness.scenario.model import Scenario, typed_password
from tests.catalogue import whole_catalogue

CATALOGUE = checked(whole_catalogue())
FAILING = {each.id: each for each in CATALOGUE if each.reproduces != "connected"}


def refusal(scenario: Scenario) -> str:
    try:
        breaking(scenario)
    except CannotBegin as why:
        return str(why)
    return ""


REFUSED = {id_: why for id_, each in FAILING.items() if (why := refusal(each))}


def test_few_are_refused_and_each_with_a_reason() -> None:
    """Where what was typed led nowhere from the beginning, nothing has worked before."""
    assert len(REFUSED) <= 60 < 900 < len(FAILING) - len(REFUSED)
    assert all(len(why) <= 100 and "\n" not in why for why in REFUSED.values())


@pytest.mark.parametrize("folder", sorted({id_.partition("/")[0] for id_ in FAILING}))
def test_what_works_becomes_what_fails_at_the_same_places(folder: str) -> None:
    for id_, scenario in FAILING.items():
        if id_ in REFUSED or not id_.startswith(f"{folder}/"):
            continue
        how = breaking(scenario)
        before, after = how.begins.mailbox_spec(), how.broken.mailbox_spec()
        ports = {name: each.port for name, each in before.services.items()}
        for name, each in before.services.items():
            ports[name] = ports[each.port_of or name]
        check_places(before, after, ports)
        assert list(facts_findings(how.begins)) == [], id_
        assert how.begins.customer == how.broken.customer, id_
        assert not any(each.rules for each in before.services.values()), id_


def test_the_usual_life_of_every_scenario_can_be_lived() -> None:
    """Of the whole catalogue it can be said: it works first, then this."""
    for id_, scenario in FAILING.items():
        if id_ in REFUSED:
            continue
        file = BreaksInto.model_validate({"title": "A life", "breaks-into": id_})
        becomes, found = life_into(file, scenario, lambda _, __: None)
        assert found.findings == (), id_
        assert found.life and found.life.breaks_into == id_
        assert (becomes.stage, becomes.cause) == (scenario.stage, scenario.cause)


@pytest.mark.parametrize(
    "id_", ["unauthorized/bad-password-imap[gmail]", "unauthorized/unknown-address"]
)
def test_what_was_typed_is_right_at_first(id_: str) -> None:
    how = breaking(FAILING[id_])
    assert typed_password(how.begins) == how.begins.account.password
    assert typed_password(how.broken) != how.broken.account.password or (
        how.broken.account.address != how.begins.account.address
    )


@pytest.mark.parametrize(
    ("id_", "tokens"),
    [
        ("unauthorized/refresh-token[gmail-revoked]", "revoked"),
        ("unauthorized/refresh-token[gmail-expired]", "all-expired"),
        ("imap-authentication-error/token-endpoint-down[closes]", "expired"),
        ("imap-authentication-error/token-imap-disabled", None),
        ("unauthorized/bad-password-imap[gmail]", None),
    ],
)
def test_what_becomes_of_tokens(id_: str, tokens: str | None) -> None:
    assert breaking(FAILING[id_]).tokens == tokens
