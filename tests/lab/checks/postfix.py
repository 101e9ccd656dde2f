"""What is to be said of Postfix."""

from __future__ import annotations

from tests.lab.cases import PASSWORD, USER, plain
from tests.lab.catalogue.smtp import AUTH, EHLO, LOCAL, MAIL, on, rules
from tests.lab.check import Expected
from tests.lab.checks.smtp import COMMON, SENDING, SETTINGS
from tests.lab.client import TLS

LOGINS = [
    Expected("AUTH where it is not offered", SETTINGS, "smtp-login", "auth-mechanism-unsupported"),
    Expected("temporary authentication failure", "unauthorized", "smtp-login", "bad-credentials"),
    Expected(
        *("authentication back end not there", SETTINGS, "smtp-greeting", "closed-at-connect"),
        case={"port": "no-backend again"},
    ),
    Expected(
        *("log-in rate limit", SETTINGS, "smtp-login", "rate-limited"),
        typed={"password": PASSWORD},  # the right one: what came before is in the way
        case={"held": 1, "held_steps": (TLS, EHLO, f"AUTH PLAIN {plain(password='wrong')}")},
    ),
    Expected(
        *("cleartext AUTH (TLS is a must)", SETTINGS, "smtp-login", "tls-required"),
        typed={"security": "cleartext"},
    ),
]

ACCESS = [
    Expected("STARTTLS rate limit", SETTINGS, "smtp-starttls", "rate-limited"),
    Expected("address denied, at the greeting", SETTINGS, "smtp-greeting", "ip-blocked"),
    Expected("address on a blocklist, at the greeting", SETTINGS, "smtp-greeting", "ip-blocked"),
    Expected(
        "address denied for now, at the greeting", SETTINGS, "smtp-greeting", "server-unavailable"
    ),
    Expected("address denied, at RCPT", SENDING, "smtp-rcpt", "ip-blocked"),
    Expected("address on a blocklist, at RCPT", SENDING, "smtp-rcpt", "ip-blocked"),
    Expected("address denied for now, at RCPT", SENDING, "smtp-rcpt", "temporary-failure"),
    Expected("greylisted", SENDING, "smtp-rcpt", "temporary-failure"),
    Expected(
        "too many connections from an address", SETTINGS, "smtp-greeting", "too-many-connections"
    ),
    Expected("connection rate limit", SETTINGS, "smtp-greeting", "too-many-connections"),
]

MESSAGES = [
    Expected("unknown recipient", SENDING, "smtp-rcpt", "recipient-rejected"),
    Expected("unknown recipient, for now", SENDING, "smtp-rcpt", "recipient-rejected"),
    Expected("sender not owned", SENDING, "smtp-rcpt", "sender-not-allowed"),
    Expected("sender not fully qualified", SENDING, "smtp-rcpt", "sender-not-allowed"),
    Expected(
        *("message too large, declared", SENDING, "smtp-mail", "message-too-large"),
        case={"port": "tiny-messages", "service": {"max-message-bytes": 300}},
    ),
    Expected(
        *("no disk space", SENDING, "smtp-mail", "temporary-failure"),
        case={"port": "full-disk"},
    ),
    Expected("mailbox full", SENDING, "smtp-rcpt", "quota-exceeded"),
    Expected(
        *("message rate limit", SENDING, "smtp-mail", "rate-limited"),
        typed={"sender": USER},
        case={
            "held": 1,
            "held_steps": (TLS, EHLO, AUTH, MAIL),
            "service": rules(
                on("MAIL", "rate-limited-at-mail", connections={"per": "address", "over": 1})
            ),
        },
    ),
    Expected(
        *("recipient rate limit", SENDING, "smtp-rcpt", "rate-limited"),
        case={
            "held": 1,
            "held_steps": (TLS, EHLO, AUTH, MAIL, LOCAL),
            "service": rules(
                on("RCPT", "rate-limited-at-rcpt", connections={"per": "address", "over": 1})
            ),
        },
    ),
]

CHECKS = [*COMMON, *LOGINS, *ACCESS, *MESSAGES]
