"""What is to be said of any SMTP server."""

from __future__ import annotations

from tests.lab.check import Expected
from tests.lab.checks.certificates import after_starttls, certificates
from tests.lab.checks.dovecot import IMPATIENT

SETTINGS = "smtp-settings-incorrect"
SENDING = "test-email-failed"

COMMON = [
    Expected("log-in and sending", "connected"),
    Expected("log-in after STARTTLS (AUTH LOGIN)", "connected"),
    Expected("bad password (AUTH PLAIN)", "unauthorized", "smtp-login", "bad-credentials"),
    Expected("unknown user", "unauthorized", "smtp-login", "bad-credentials"),
    Expected(
        *("cleartext AUTH (offered over TLS only)", SETTINGS, "smtp-login", "tls-required"),
        typed={"security": "cleartext"},
    ),
    *certificates("smtp-tls"),
    after_starttls("smtp-tls"),
    Expected("TLS on the plain port", SETTINGS, "smtp-tls", "client-tls-to-plain-port"),
    Expected(
        *("cleartext on the TLS port", SETTINGS, "smtp-greeting", "client-plain-to-tls-port"),
        typed=IMPATIENT,
        case={"service": {}},
    ),
    Expected("STARTTLS where TLS is off", SETTINGS, "smtp-starttls", "starttls-not-offered"),
]
