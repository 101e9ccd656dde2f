"""What is expected where the certificate is not to be trusted, whoever the server is."""

from __future__ import annotations

from harness.taxonomy import Stage
from tests.lab.check import Expected

UNTRUSTED = "unauthorized-untrusted-certificate"


def certificates(stage: Stage) -> list[Expected]:
    return [
        Expected("certificate: expired", UNTRUSTED, stage, "certificate-expired"),
        Expected("certificate: self-signed", UNTRUSTED, stage, "self-signed-certificate"),
        Expected("certificate: unknown-authority", UNTRUSTED, stage, "unknown-authority"),
        Expected("certificate: hostname-mismatch", UNTRUSTED, stage, "hostname-mismatch"),
    ]


def after_starttls(stage: Stage) -> Expected:
    failure = "certificate after STARTTLS: hostname-mismatch"
    return Expected(failure, UNTRUSTED, stage, "hostname-mismatch")
