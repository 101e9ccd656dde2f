"""What a scenario expects, and how its fault shows."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.judging.expectation import fault_expectation
from tests.catalogue import whole_catalogue

ALL = {each.id: each for each in whole_catalogue()}


@pytest.mark.parametrize(
    ("case", "services"),
    [
        ("connected/working[implicit-tls]", {"imap", "smtp"}),
        ("connected/working[starttls]", {"imap", "smtp"}),
        ("connected/working[cleartext]", set()),
    ],
)
def test_tls_was_asked_for_wherever_cleartext_was_not_typed(case: str, services: set[str]) -> None:
    assert fault_expectation(ALL[case]).tls_services == services


@pytest.mark.parametrize(
    ("case", "service", "shows"),
    [
        ("unauthorized/bad-password-imap[gmail]", "imap", "refusal"),
        ("imap-authentication-error/account-locked[dovecot]", "imap", "rule"),
        ("unauthorized-untrusted-certificate/expired[imap-starttls]", "imap", "tls"),
        ("smtp-settings-incorrect/starttls-not-offered", "smtp", "offer"),
        ("smtp-settings-incorrect/firewall-drops", "smtp", "knock"),
        ("imap-settings-incorrect/host-not-found", "imap", "never"),
    ],
)
def test_how_a_fault_shows(case: str, service: str, shows: str) -> None:
    fault = fault_expectation(ALL[case]).fault
    assert fault
    assert (fault.service, fault.shows) == (service, shows)


def test_only_what_cannot_be_seen_has_nothing_to_show() -> None:
    faults = [fault_expectation(each).fault for each in ALL.values()]
    shows = Counter(fault.shows for fault in faults if fault)
    assert shows["never"] == 4, "names that are not found, hosts that are not reached"
    assert shows.total() == sum(each.stage is not None for each in ALL.values())
