"""Scenarios by words, as people search for them."""

from __future__ import annotations

import pytest

from harness.scenario.model import Scenario
from harness.scenario.search import fits
from tests.catalogue import whole_catalogue


@pytest.fixture(scope="module")
def catalogue() -> list[Scenario]:
    return whole_catalogue()


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("mot de passe requis", "reproduces", {"unauthorized-app-password-required"}),
        ("Certificats SSL", "reproduces", {"unauthorized-untrusted-certificate"}),
        ("o365", "dialect", {"outlook"}),
        ("HOTMAIL", "dialect", {"outlook"}),
        ("web.de", "dialect", {"gmx"}),
        ("gmail.com", "dialect", {"gmail"}),
        ("untrusted le certificat a expiré", "cause", {"certificate-expired"}),
        ("535 5.7.8", "stage", {"smtp-login"}),
    ],
)
def test_what_is_found_is_what_was_meant(
    catalogue: list[Scenario], text: str, key: str, values: set[str]
) -> None:
    found = [each for each in catalogue if fits(each, text)]
    told = {str(getattr(each, key)) for each in found if each.reproduces != "connected"}
    assert told and told <= values, sorted(told)


def test_the_port_is_that_of_the_service_that_fails(catalogue: list[Scenario]) -> None:
    def ports(part: str) -> set[str]:
        scenario = next(each for each in catalogue if each.id == part)
        return {port for port in ("993", "143", "465", "587") if fits(scenario, f"port {port}")}

    assert ports("unauthorized-app-password-required/gmail-imap") == {"993"}
    assert ports("connected/working[starttls]") == {"143", "587"}


def test_every_word_must_fit(catalogue: list[Scenario]) -> None:
    found = {each.id for each in catalogue if fits(each, "gmail app password imap")}
    assert found and found < {each.id for each in catalogue if fits(each, "gmail")}
    assert not [each for each in catalogue if fits(each, "gmail nowhere")]
    assert all(fits(each, "") for each in catalogue)
