"""A remedy changes what its advice says, and proves nothing by decree."""

from __future__ import annotations

from typing import get_args

import pytest

from harness.scenario.model import Scenario
from harness.scenario.remedies import CHANGES, ENDS, FACT_INSTEAD
from harness.taxonomy import CAUSES, Advice
from tests.catalogue import whole_catalogue

REFUSED = """\
title: A title
reproduces: {error}
stage: imap-login
cause: {cause}
source: RFC 9051
state: [{state}]
customer: {{password: wrong}}
imap:
  rules:
    - when: {{event: login, state: {state}}}
      then: close
remedy:
  - advice: {advice}
    apply: {{{apply}}}
"""
LOCKED = {
    "error": "imap-authentication-error",
    "cause": "account-locked",
    "state": "locked",
    "advice": "contact-it-or-provider",
    "apply": "state: []",
}


def refused(**changes: str) -> str:
    return REFUSED.format(**LOCKED | changes)


@pytest.fixture(scope="module")
def catalogue() -> list[Scenario]:
    return whole_catalogue()


def test_an_account_that_is_locked_is_unlocked(loaded):
    (scenario,) = loaded(refused()).values()
    assert scenario.remedies[0].facts.state == []


@pytest.mark.parametrize("state", ["my-own", "account-locked"])
def test_circumstances_of_ones_own_and_those_named_as_their_cause(loaded, state):
    assert loaded(refused(state=state))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"advice": "use-app-password"},
            "15: remedy[0].apply.state: use-app-password never changes that; "
            "it changes: customer.password",
        ),
        (
            {"advice": "retry-later", "apply": "customer: {password: account}"},
            "15: remedy[0].apply.customer.password: retry-later never changes that; "
            "it changes: state, service.occupied",
        ),
        (
            {"advice": "allow-ip-addresses", "apply": "imap: {dialect: gmail}"},
            "15: remedy[0].apply.imap.dialect: allow-ip-addresses never changes that; "
            "it changes: allow-list, service.listen",
        ),
        (
            {"state": "outage"},
            "15: remedy[0].apply.state: contact-it-or-provider does not end 'outage'; "
            "retry-later does",
        ),
        (
            {"state": "imap-disabled"},
            "15: remedy[0].apply.state: contact-it-or-provider does not end 'imap-disabled'; "
            "enable-access does",
        ),
        (
            {"apply": "state: [locked, calm]"},
            "15: remedy[0].apply.state: a remedy ends circumstances, and begins none",
        ),
        (
            {"cause": "ip-blocked"},
            "15: remedy[0].apply.state: ip-blocked is cured by a fact, not by decree: "
            "change allow-list, with the condition `peer: not-allowed`",
        ),
    ],
)
def test_what_proves_nothing(problems, changes, said):
    assert problems(refused(**changes)) == [said]


def test_every_advice_has_a_row_and_those_that_end_something_may():
    assert set(CHANGES) == set(get_args(Advice))
    assert all("state" in CHANGES[advice] for advice in ENDS)
    assert FACT_INSTEAD.keys() <= CAUSES.keys()


def test_every_circumstance_of_the_catalogue_has_a_meaning(catalogue):
    known = CAUSES.keys() | {name for names in ENDS.values() for name in names}
    proven = [scenario for scenario in catalogue if scenario.remedies]
    assert {state for each in proven for state in each.facts.state} <= known


def test_no_circumstance_has_a_meaning_for_nothing(catalogue):
    ended = {
        (remedy.advice, state)
        for scenario in catalogue
        for remedy in scenario.remedies
        for state in set(scenario.facts.state) - set(remedy.facts.state)
    }
    assert {(advice, state) for advice, names in ENDS.items() for state in names} <= ended


@pytest.mark.parametrize("cause", sorted(FACT_INSTEAD))
def test_what_is_cured_by_a_fact_has_a_cure_that_can_be_run(catalogue, cause):
    cured = [each.remedies for each in catalogue if each.cause == cause]
    assert cured and all(cured)
