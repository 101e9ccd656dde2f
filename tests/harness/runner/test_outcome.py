"""What came of a check, beside its verdict."""

from __future__ import annotations

from harness.runner.outcome import secrets_of
from harness.scenario.catalogue import select
from tests.catalogue import whole_catalogue


def test_no_secret_of_either_account_is_shown_nor_what_was_typed() -> None:
    name = "unauthorized/bad-password-imap[gmail]"
    [scenario] = select(whole_catalogue(), [name])
    own = {"password": "bcc-secret", "app_password": "bcc-app-secret", "token": "bcc-token"}
    bcc = scenario.facts.bcc.model_copy(update=own)
    facts = scenario.facts.model_copy(update={"bcc": bcc})
    for account in (facts.account, facts.bcc):
        assert {account.password, account.app_password, account.token} <= secrets_of(facts)
    assert "not-the-password-7" in secrets_of(facts)
