"""What is to be said of OpenSMTPD."""

from __future__ import annotations

from tests.lab.check import Expected
from tests.lab.checks.smtp import COMMON, SENDING, SETTINGS

SILENT = {"timeout_s": 2.0}

CHECKS = [
    *COMMON,
    Expected(
        *("AUTH where it is not offered", SETTINGS, "smtp-login", "auth-mechanism-unsupported"),
        typed={"security": "starttls"},
    ),
    Expected(
        *("cleartext AUTH (TLS is a must)", SETTINGS, "smtp-login", "tls-required"),
        typed={"security": "cleartext"},
    ),
    Expected(
        "client certificate required", SETTINGS, "smtp-tls", "tls-client-certificate-required"
    ),
    Expected("no cipher in common", SETTINGS, "smtp-tls", "tls-no-shared-cipher"),
    Expected("address denied, at the greeting", SETTINGS, "smtp-greeting", "ip-blocked"),
    Expected(
        "address denied for now, at the greeting", SETTINGS, "smtp-greeting", "server-unavailable"
    ),
    Expected("address without a name, at the greeting", SETTINGS, "smtp-greeting", "ip-blocked"),
    Expected("address denied on the TLS port, before TLS", SETTINGS, "smtp-greeting", "ip-blocked"),
    Expected("EHLO name refused", SETTINGS, "smtp-ehlo", "greeting-refused"),
    Expected("greylisted", SENDING, "smtp-rcpt", "temporary-failure"),
    Expected("reception paused", SETTINGS, "smtp-greeting", "silent-server", typed=SILENT),
    Expected("unknown recipient", SENDING, "smtp-rcpt", "recipient-rejected"),
    Expected("recipient refused to this sender", SENDING, "smtp-rcpt", "recipient-rejected"),
    Expected("sender not owned", SENDING, "smtp-mail", "sender-not-allowed"),
    Expected("message too large, at the end", SENDING, "smtp-end-of-data", "message-too-large"),
    Expected("queue not there", SENDING, "smtp-mail", "temporary-failure"),
    Expected("content refused", SENDING, "smtp-end-of-data", "message-rejected"),
]
