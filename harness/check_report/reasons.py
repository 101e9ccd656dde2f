"""The causes as a customer understands them: far fewer."""

from __future__ import annotations

from typing import Final

from harness.taxonomy import Cause

_CAUSES: Final[dict[str, tuple[Cause, ...]]] = {
    "address": ("dns-not-found", "wrong-service", "wrong-server"),
    "encryption-setting": (
        "client-tls-to-plain-port",
        "client-plain-to-tls-port",
        "tls-required",
        "starttls-not-offered",
    ),
    "unreachable": (
        "refused",
        "unreachable",
        "connect-timeout",
        "reset-at-connect",
        "closed-at-connect",
        "silent-server",
        "greeting-refused",
    ),
    "encryption": (
        "tls-version",
        "tls-no-shared-cipher",
        "tls-client-certificate-required",
        "tls-closed-in-handshake",
        "tls-handshake-timeout",
        "starttls-refused",
        "starttls-injection",
    ),
    "certificate": (
        "certificate-expired",
        "certificate-not-yet-valid",
        "self-signed-certificate",
        "unknown-authority",
        "missing-intermediate",
        "hostname-mismatch",
        "weak-key",
        "wrong-purpose",
    ),
    "trouble": ("dns-temporary", "server-unavailable", "temporary-failure"),
    "busy": ("too-many-connections", "rate-limited"),
    "blocked": ("ip-not-allowed", "ip-blocked"),
    "password": ("bad-credentials",),
    "password-expired": ("password-expired",),
    "user-name": ("custom-username-required",),
    "app-password": ("app-password-required",),
    "oauth": ("basic-auth-disabled",),
    "switched-off": ("imap-disabled", "smtp-auth-disabled", "not-authorized"),
    "locked": ("account-locked",),
    "web-login": ("web-login-required",),
    "unsupported": (
        "protocol-error",
        "auth-mechanism-unsupported",
        "not-imap4rev1",
        "client-id-required",
    ),
    "unclear": ("unspecified", "dropped", "timeout"),
    "mailbox": ("mailbox-unavailable", "authenticated-but-not-connected"),
    "sender": ("sender-not-allowed",),
    "sending": (
        "authentication-required",
        "relay-denied",
        "recipient-rejected",
        "message-too-large",
        "message-rejected",
    ),
    "full": ("quota-exceeded",),
    "perhaps-sent": ("dropped-after-data",),
}

REASONS: Final[dict[Cause, str]] = {
    cause: reason for reason, causes in _CAUSES.items() for cause in causes
}
"""Which reason a customer is told, by cause."""
