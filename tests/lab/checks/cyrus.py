"""What is to be said of Cyrus IMAP."""

from __future__ import annotations

from tests.lab.cases import rule
from tests.lab.check import Expected
from tests.lab.checks.certificates import certificates
from tests.lab.checks.dovecot import CONNECTED, REFUSED, SETTINGS

CHECKS = [
    CONNECTED,
    Expected("log-in after STARTTLS", "connected"),
    Expected("log-in in cleartext", "connected", typed={"security": "cleartext"}),
    Expected("bad password (LOGIN)", "unauthorized", "imap-login", "bad-credentials"),
    Expected("unknown user", "unauthorized", "imap-login", "bad-credentials"),
    Expected(  # in other words to AUTHENTICATE, with which a check logs in
        *("temporary authentication failure", REFUSED, "imap-login", "temporary-failure"),
        case={"service": {"rules": [rule("login", "temporary-failure-2")]}},
    ),
    Expected(
        *("cleartext LOGIN refused", REFUSED, "imap-login", "tls-required"),
        typed={"security": "cleartext"},
    ),
    *certificates("imap-tls"),
    Expected("TLS on the plain port", SETTINGS, "imap-tls", "client-tls-to-plain-port"),
    Expected("too many connections from an address", REFUSED, "imap-login", "too-many-connections"),
]
