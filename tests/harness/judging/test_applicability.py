"""What is not asked of a connector: by service, stage, security, and what it cannot be told."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.judging.applicability import inapplicable
from harness.scenario.catalogue import checked
from harness.scenario.model import Scenario
from harness.taxonomy import STAGE_GROUPS, protocol_of
from tests.catalogue import whole_catalogue

CATALOGUE = {scenario.id: scenario for scenario in checked(whole_catalogue())}
IMAP_ONLY = {"services": ("imap",)}


def why(name: str, does: dict[str, Any], remedy: int | None = None) -> str:
    scenario = CATALOGUE[name]
    followed = None if remedy is None else scenario.remedies[remedy]
    return inapplicable(scenario, followed, Capabilities(**does))


@pytest.mark.parametrize(
    ("name", "does", "reason"),
    [
        ("unauthorized/bad-password-smtp[plain]", IMAP_ONLY, "it does not check SMTP"),
        ("unauthorized/bad-password-imap[gmail]", IMAP_ONLY, ""),
        (
            "unauthorized/bad-password-imap[gmail]",
            {"services": ("smtp",)},
            "it does not check IMAP",
        ),
        (
            "test-email-failed/recipient-rejected[postfix]",
            {"sends": False},
            "it sends no test e-mail",
        ),
        ("unauthorized/bad-password-smtp[plain]", {"sends": False}, ""),
        (
            "connected/working[starttls]",
            {"imap_security": ("implicit-tls",)},
            "it has no STARTTLS for IMAP",
        ),
        (
            "connected/working[starttls]",
            {"smtp_security": ("implicit-tls",)},
            "it has no STARTTLS for SMTP",
        ),
        ("connected/working[starttls]", {**IMAP_ONLY, "smtp_security": ()}, ""),
        ("connected/custom-username", {"custom_username": False}, "it takes no custom user name"),
        (
            "unauthorized-untrusted-certificate/expired[imap-implicit-tls,insecure-allowed]",
            {"insecure_option": False},
            "it cannot allow insecure certificates",
        ),
        (
            "unauthorized-untrusted-certificate/expired[smtp-implicit-tls,insecure-allowed]",
            IMAP_ONLY,
            "it does not check SMTP",
        ),
        (
            "imap-settings-incorrect/long-client-hello[starttls]",
            {"hello_bytes": 1300},
            "its ClientHello has 1300 bytes only",
        ),
        ("smtp-settings-incorrect/long-client-hello[starttls]", {"hello_bytes": 1301}, ""),
        ("imap-settings-incorrect/handshake-stalls[starttls]", {"hello_bytes": 1}, ""),
        ("connected/dialects[gmail]", IMAP_ONLY, ""),
        (
            "imap-authentication-error/one-of-two-addresses-listed",
            {"source_address": False},
            "it cannot choose a source address",
        ),
    ],
)
def test_why_a_scenario_does_not_apply(name: str, does: dict[str, Any], reason: str) -> None:
    assert why(name, does) == reason


def test_a_fault_met_at_the_log_in_needs_no_open_mailbox() -> None:
    blind = Capabilities(opens_inbox=False)
    confirming = [each for each in CATALOGUE.values() if each.stage == "imap-confirm"]
    met = {bool(inapplicable(each, None, blind)) for each in confirming}
    assert met == {True, False}


def test_a_remedy_does_not_apply_where_its_scenario_does_not_or_it_needs_more() -> None:
    assert why("test-email-failed/recipient-rejected[postfix]", {"sends": False}, remedy=0)
    needs_more = [
        each.id
        for each in CATALOGUE.values()
        for does in (Capabilities(imap_security=("implicit-tls", "cleartext")),)
        for remedy in each.remedies
        if not inapplicable(each, None, does) and inapplicable(each, remedy, does)
    ]
    assert needs_more, "some remedies are to choose STARTTLS"


def test_all_applies_to_one_that_does_everything() -> None:
    assert not any(inapplicable(each, None, EVERYTHING) for each in CATALOGUE.values())
    parallel = Capabilities(parallel=True, tokens=True)
    assert not any(inapplicable(each, None, parallel) for each in CATALOGUE.values())


@pytest.mark.parametrize("does", [{"sends": False}, IMAP_ONLY, {"services": "smtp"}])
def test_nothing_is_left_that_it_cannot_meet(does: dict[str, Any]) -> None:
    able = Capabilities(**does, tokens=True)

    def beyond(scenario: Scenario) -> bool:
        if scenario.stage is None:
            return False
        unsent = scenario.stage in STAGE_GROUPS["send"] and not able.sends
        return unsent or protocol_of(scenario.stage) not in (*able.services, "oauth")

    left = Counter(
        beyond(each) for each in CATALOGUE.values() if not inapplicable(each, None, able)
    )
    assert left[True] == 0 < left[False]
    assert not any(
        inapplicable(each, None, able)
        for each in CATALOGUE.values()
        if each.stage and not beyond(each)
    )


@pytest.mark.parametrize(
    ("name", "idles", "reason"),
    [
        ("life/session-ended-by-server[gmail]", False, "it does not wait in IDLE"),
        ("life/session-ended-by-server[gmail]", True, ""),
        ("life/session-ended-by-server[exchange]", False, ""),
        ("life/idle-dies[fin]", False, "it does not wait in IDLE"),
        ("life/poll-dies[fin]", False, ""),
    ],
)
def test_what_befalls_only_who_is_in_idle_is_not_asked_of_others(
    name: str, idles: bool, reason: str
) -> None:
    [life] = [each for each in whole_catalogue() if each.id == name]
    assert inapplicable(life, None, Capabilities(stays=True, idles=idles)) == reason
