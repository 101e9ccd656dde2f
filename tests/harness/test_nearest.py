"""The scenario that is most like a failure seen elsewhere."""

from __future__ import annotations

import pytest

from harness.cli.scenarios import chosen
from harness.diagnosis import Diagnosis
from harness.nearest import nearest
from harness.scenario import Scenario
from harness.settings import ConnectionSettings, ServerSettings


@pytest.fixture(scope="module")
def catalogue() -> list[Scenario]:
    return chosen([])


def test_cause_and_dialect_are_found(catalogue: list[Scenario]) -> None:
    seen = Diagnosis(
        error="unauthorized-app-password-required",
        stage="imap-login",
        cause="app-password-required",
    )
    found = nearest(catalogue, seen, "gmail")
    assert found is not None
    assert (found.cause, found.stage, found.dialect) == (seen.cause, seen.stage, "gmail")


def test_the_cause_counts_more_than_the_dialect(catalogue: list[Scenario]) -> None:
    seen = Diagnosis(error="test-email-failed", stage="smtp-rcpt", cause="relay-denied")
    found = nearest(catalogue, seen, "no-such-dialect")
    assert found is not None
    assert (found.cause, found.stage) == ("relay-denied", "smtp-rcpt")


@pytest.mark.parametrize("security", ["implicit-tls", "starttls"])
def test_the_security_that_was_typed_decides_between_equals(
    catalogue: list[Scenario], security: str
) -> None:
    server = ServerSettings(host="mail.example.org", port=1, security=security)  # type: ignore[arg-type]
    typed = ConnectionSettings(email="a@b.test", password="x", imap=server, smtp=server)
    seen = Diagnosis(
        error="unauthorized-untrusted-certificate", stage="smtp-tls", cause="certificate-expired"
    )
    found = nearest(catalogue, seen, None, typed)
    assert found is not None and found.id.endswith(f"[smtp-{security}]")


def test_without_the_error_there_is_none(catalogue: list[Scenario]) -> None:
    assert nearest([], Diagnosis(error="unauthorized")) is None
    assert nearest(catalogue, Diagnosis(error="unclassified")) is None
