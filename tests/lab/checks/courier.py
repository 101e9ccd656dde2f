"""What is to be said of Courier-IMAP."""

from __future__ import annotations

from tests.lab.check import Expected
from tests.lab.checks.certificates import certificates
from tests.lab.checks.dovecot import CONFIRMATION, CONNECTED, IMPATIENT, REFUSED, SETTINGS

CHECKS = [
    CONNECTED,
    Expected("log-in after STARTTLS", "connected"),
    Expected("bad password (LOGIN)", REFUSED, "imap-login", "unspecified"),  # it blames nothing
    Expected("unknown user", REFUSED, "imap-login", "unspecified"),
    Expected("temporary authentication failure", REFUSED, "imap-login", "temporary-failure"),
    # imapd says BYE and ends; couriertls drops that if the client's next command comes meanwhile.
    Expected(
        *("IMAP disabled", CONFIRMATION, "imap-confirm", "imap-disabled"), may_lose_words=True
    ),
    Expected("mail store unusable", REFUSED, "imap-login", "temporary-failure"),
    Expected(
        *("cleartext LOGIN refused", REFUSED, "imap-login", "tls-required"),
        typed={"security": "cleartext"},
    ),
    Expected(
        *("log-in accepted over TLS only", CONFIRMATION, "imap-confirm", "tls-required"),
        typed={"security": "cleartext"},
    ),
    *certificates("imap-tls"),
    Expected("TLS on the plain port", SETTINGS, "imap-tls", "client-tls-to-plain-port"),
    Expected(
        *("cleartext on the TLS port", SETTINGS, "imap-greeting", "client-plain-to-tls-port"),
        typed=IMPATIENT,
        case={"service": {}},
    ),
    Expected("address denied", SETTINGS, "imap-greeting", "closed-at-connect"),
    Expected(
        "too many connections from an address", SETTINGS, "imap-greeting", "closed-at-connect"
    ),
]
