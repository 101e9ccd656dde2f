"""How scenarios are reached at the common ports."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.scenario.model import Scenario
from harness.serving.common.how import how
from harness.serving.common.reach import Reached, way_of, ways
from harness.serving.common.renamed import meant, names_of, renamed
from tests.catalogue import whole_catalogue


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Scenario]:
    return {each.id: each for each in whole_catalogue()}


@pytest.mark.parametrize(
    ("scenario_id", "way", "why"),
    [
        ("unauthorized/bad-password-imap[gmail]", "user-name", ""),
        ("test-email-failed/message-too-large-declared", "host-name", "EHLO tells another SIZE"),
        (
            "unauthorized-untrusted-certificate/expired[imap-starttls]",
            "host-name",
            "the certificate is expired",
        ),
        ("imap-settings-incorrect/host-not-found", "port", "another host is typed"),
        ("imap-settings-incorrect/port-refused[implicit-tls]", "port", "the port is refused"),
        (
            "imap-settings-incorrect/starttls-dropped",
            "port",
            "it fails at STARTTLS, before TLS",
        ),
        ("life/mail-while-away", "port", "the server goes down"),
    ],
)
def test_the_way_and_what_stands_in_that_of_an_easier_one(
    catalogue: dict[str, Scenario], scenario_id: str, way: str, why: str
) -> None:
    found = way_of(catalogue[scenario_id])
    assert (found.way, found.why) == (way, why)


def test_each_protocol_has_its_own_way(catalogue: dict[str, Scenario]) -> None:
    found = ways(catalogue["imap-settings-incorrect/port-refused[implicit-tls]"])
    assert found == {"imap": Reached("port", "the port is refused"), "smtp": Reached("user-name")}


def test_a_connection_that_fails_is_chosen_by_nobodys_user_name(
    catalogue: dict[str, Scenario],
) -> None:
    """Nor is what else is noticed before there is a log-in."""
    early = ("-connect", "-tls", "-greeting", "-starttls", "-ehlo")
    fail = [each for each in catalogue.values() if (each.stage or "").endswith(early)]
    assert len(fail) > 300
    assert [each.id for each in fail if way_of(each).way == "user-name"] == []


def test_most_are_reached_by_what_every_product_can_type(catalogue: dict[str, Scenario]) -> None:
    counts = Counter(way_of(each).way for each in catalogue.values())
    assert counts["user-name"] > 0.65 * len(catalogue)
    assert counts["port"] < 0.1 * len(catalogue)


def test_what_is_typed_is_told(catalogue: dict[str, Scenario]) -> None:
    typed = how(catalogue["unauthorized-untrusted-certificate/expired[smtp-starttls]"])
    name = "unauthorized-untrusted-certificate.expired.smtp-starttls"
    assert (typed.user_names, typed.host_name) == ((f"{name}@badinbox.test",), f"{name}.localhost")
    assert (typed.imap, typed.smtp) == ("SSL/TLS", "STARTTLS")


def test_a_remedy_may_change_the_user_name(catalogue: dict[str, Scenario]) -> None:
    changed = [
        names_of(renamed(each, "case"))
        for each in catalogue.values()
        if len(names_of(renamed(each, "case"))) > 1
    ]
    assert ["case@badinbox.test", "case"] in changed, "the address, then the name alone"
    assert ["case", "case@badinbox.test"] in changed
    assert ["case@badinbox.test", "case@anna.badinbox.test"] in changed, "another address"


def test_a_tester_has_a_scenario_of_their_own(catalogue: dict[str, Scenario]) -> None:
    own = renamed(catalogue["unauthorized/bad-password-imap[gmail]"], "case", "anna")
    assert own.id == "unauthorized/bad-password-imap[gmail]+anna"
    assert names_of(own) == ["case+anna@badinbox.test"]
    assert {meant(own, typed) for typed in ("case+anna", "CASE+ANNA@x.test")} == {*names_of(own)}
