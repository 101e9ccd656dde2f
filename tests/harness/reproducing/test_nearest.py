"""The scenario that is most like a failure seen elsewhere."""

from __future__ import annotations

import pytest

from fakeservers.security import Security
from harness.contract.diagnosis import Diagnosis
from harness.reproducing.nearest import nearest


def test_cause_stage_and_dialect_are_found() -> None:
    seen = Diagnosis(
        error="unauthorized-app-password-required",
        stage="imap-login",
        cause="app-password-required",
    )
    found = nearest(seen, [], "gmail")[0].scenario
    assert (found.cause, found.stage, found.dialect) == (seen.cause, seen.stage, "gmail")


def test_cause_and_stage_count_more_than_the_dialect() -> None:
    seen = Diagnosis(error="test-email-failed", stage="smtp-rcpt", cause="relay-denied")
    found = nearest(seen, [], "no-such-dialect")[0].scenario
    assert (found.cause, found.stage) == ("relay-denied", "smtp-rcpt")


@pytest.mark.parametrize("security", ["implicit-tls", "starttls"])
def test_the_security_that_was_typed_decides_between_equals(security: Security) -> None:
    seen = Diagnosis(
        error="unauthorized-untrusted-certificate", stage="smtp-tls", cause="certificate-expired"
    )
    near = nearest(seen, [], "plain", security)[0]
    assert near.scenario.id.endswith(f"[smtp-{security}]")
    assert f"the same security, {security}" in near.reasons


def test_the_first_advice_decides_between_equals() -> None:
    """An address that is not listed is refused in the very words of a bad password."""
    seen = Diagnosis(
        error="unauthorized",
        stage="imap-login",
        cause="bad-credentials",
        advice=["confirm-address-and-password"],
    )
    line = "a1 NO [AUTHENTICATIONFAILED] Authentication failed."
    found = nearest(seen, [line], "dovecot", "implicit-tls")[0].scenario
    assert found.id == "unauthorized/bad-password-imap[dovecot]"


def test_without_the_error_there_is_none() -> None:
    assert nearest(Diagnosis(error="unclassified"), [], "plain") == []
