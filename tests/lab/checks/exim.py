"""What is to be said of Exim."""

from __future__ import annotations

from tests.lab.catalogue.smtp import STARTTLS
from tests.lab.check import Expected
from tests.lab.checks.smtp import COMMON, SENDING, SETTINGS

CHECKS = [
    *COMMON,
    Expected(
        *("AUTH where it is not offered", SETTINGS, "smtp-login", "auth-mechanism-unsupported"),
        typed={"security": "starttls"},  # which that port has
        case={"service": {**STARTTLS, "mechanisms": []}},
    ),
    Expected("temporary authentication failure", SETTINGS, "smtp-login", "temporary-failure"),
    Expected("address denied, at the greeting", SETTINGS, "smtp-greeting", "ip-blocked"),
    Expected(
        "address denied for now, at the greeting", SETTINGS, "smtp-greeting", "server-unavailable"
    ),
    Expected("address dropped, at the greeting", SETTINGS, "smtp-greeting", "greeting-refused"),
    Expected(
        "too many connections from an address", SETTINGS, "smtp-greeting", "too-many-connections"
    ),
    Expected("too many connections in all", SETTINGS, "smtp-greeting", "too-many-connections"),
    Expected("unknown recipient", SENDING, "smtp-rcpt", "recipient-rejected"),
    Expected("sender not owned", SENDING, "smtp-mail", "sender-not-allowed"),
    Expected("sender not verified", SENDING, "smtp-rcpt", "sender-not-allowed"),
    Expected(
        *("message too large, declared", SENDING, "smtp-mail", "message-too-large"),
        case={"port": "tiny", "service": {"max-message-bytes": 300}},
    ),
    Expected("mailbox full", SENDING, "smtp-rcpt", "quota-exceeded"),
]
