"""What is to be said of Dovecot."""

from __future__ import annotations

from tests.lab.cases import USER
from tests.lab.check import Expected
from tests.lab.checks.certificates import after_starttls, certificates

SETTINGS = "imap-settings-incorrect"
REFUSED = "imap-authentication-error"
CONFIRMATION = "imap-confirmation-error"
IMPATIENT = {"timeout_s": 1.0}
"""Where the server says nothing, and all there is to do is to wait."""

CONNECTED = Expected(
    *("log-in, SELECT, log-out", "connected"), typed={"user": USER}, case={"user": USER}
)
"""Not the user of the dialogue, whose messages are new once only."""

CHECKS = [
    CONNECTED,
    Expected("log-in after STARTTLS", "connected"),
    Expected("bad password (LOGIN)", "unauthorized", "imap-login", "bad-credentials"),
    Expected("unknown user", "unauthorized", "imap-login", "bad-credentials"),
    Expected("address denied", "unauthorized", "imap-login", "bad-credentials"),  # so it says
    Expected("account disabled, with a reason", REFUSED, "imap-login", "account-locked"),
    Expected("account disabled, no reason", REFUSED, "imap-login", "imap-disabled"),
    Expected("password expired", "unauthorized", "imap-login", "password-expired"),
    Expected("temporary authentication failure", REFUSED, "imap-login", "temporary-failure"),
    Expected("account on another server", REFUSED, "imap-login", "wrong-server"),
    Expected("back end not reachable", REFUSED, "imap-login", "temporary-failure"),
    Expected("mail store unusable", CONFIRMATION, "imap-confirm", "mailbox-unavailable"),
    Expected("mailbox unusable", CONFIRMATION, "imap-confirm", "mailbox-unavailable"),
    Expected(
        "too many connections (user and address)", REFUSED, "imap-login", "too-many-connections"
    ),
    Expected(
        *("cleartext LOGIN refused", REFUSED, "imap-login", "tls-required"),
        typed={"security": "cleartext"},
    ),
    *certificates("imap-tls"),
    after_starttls("imap-tls"),
    Expected("TLS on the plain port", SETTINGS, "imap-tls", "client-tls-to-plain-port"),
    Expected(
        *("cleartext on the TLS port", SETTINGS, "imap-greeting", "client-plain-to-tls-port"),
        typed=IMPATIENT,
    ),
    Expected("STARTTLS where TLS is off", SETTINGS, "imap-starttls", "starttls-not-offered"),
]
