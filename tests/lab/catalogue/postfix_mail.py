"""What Postfix is driven into once it is spoken to: messages and commands."""

from __future__ import annotations

from tests.lab.cases import Case, after
from tests.lab.catalogue.smtp import (
    AUTH,
    EHLO,
    LARGE,
    LOCAL,
    MAIL,
    REMOTE,
    on,
    over_tls,
    rules,
)
from tests.lab.client import CLOSED, TLS

MESSAGES = [
    Case(
        "relay denied",
        over_tls(MAIL, REMOTE, "DATA"),
        service=rules(on("RCPT", "relay-denied")),
    ),
    Case("unknown recipient", over_tls(AUTH, MAIL, "RCPT TO:<nobody@example.test>", "DATA")),
    Case(
        "unknown recipient, for now",
        over_tls(AUTH, MAIL, "RCPT TO:<nobody@example.test>"),
        port="soft",
        service=rules(on("RCPT", "recipient-rejected-2")),
    ),
    Case(
        "sender not owned",
        over_tls(AUTH, "MAIL FROM:<other@example.test>", LOCAL),
        port="owned",
        service=rules(on("RCPT", "sender-not-allowed-at-rcpt", sender="foreign")),
    ),
    Case(
        "authentication required for this sender",
        over_tls(MAIL, LOCAL),
        port="not-logged-in",
        service=rules(on("RCPT", "authentication-required")),
    ),
    Case(
        "authentication required, at RCPT",
        over_tls(MAIL, LOCAL),
        port="authenticated-only",
        service=rules(on("RCPT", "authentication-required-at-rcpt")),
    ),
    Case(
        "sender not fully qualified",
        over_tls(AUTH, "MAIL FROM:<nofqdn>", LOCAL),
        port="senders",
        service=rules(on("RCPT", "sender-not-allowed-at-rcpt-2")),
    ),
    Case(
        "mailbox full",
        over_tls(AUTH, MAIL, "RCPT TO:<full@example.test>"),
        port="recipients",
        service=rules(on("RCPT", "quota-exceeded-at-rcpt")),
    ),
    Case(
        "message too large, declared",
        over_tls(AUTH, f"{MAIL} SIZE=5000"),
        port="small-messages",
        service={"max-message-bytes": 1000},
    ),
    Case(
        "message too large, at the end of the data",
        over_tls(AUTH, MAIL, LOCAL, "DATA", LARGE),
        port="small-messages",
        service={"max-message-bytes": 1000},
    ),
    Case(
        "no disk space",
        over_tls(AUTH, f"{MAIL} SIZE=90000000000000"),
        port="no-space",
        service={
            "max-message-bytes": 100_000_000_000_000,
            **rules(on("MAIL", "quota-exceeded-at-mail")),
        },
    ),
    Case(
        "too many recipients",
        over_tls(AUTH, MAIL, LOCAL, "RCPT TO:<b@elsewhere.test>", REMOTE),
        port="few-recipients",
        service=rules(on("RCPT", "too-many-recipients", argument="*out@*")),
    ),
    Case(
        "message rate limit",
        over_tls(AUTH, MAIL, "RSET", "MAIL FROM:<second@example.test>"),
        port="mail-limit",
        service=rules(on("MAIL", "rate-limited-at-mail", argument="*second*")),
    ),
    Case(
        "recipient rate limit",
        over_tls(AUTH, MAIL, LOCAL, REMOTE),
        port="recipient-limit",
        service=rules(on("RCPT", "rate-limited-at-rcpt", argument="*out@*")),
    ),
    Case(
        "too many errors",
        (TLS, EHLO, *["FOO"] * 20, CLOSED),
    ),
]

COMMANDS = [
    Case("unknown command", over_tls("FOO")),
    Case("MAIL before EHLO", after(TLS, MAIL, goodbye="QUIT")),
    Case("RCPT before MAIL", over_tls(AUTH, LOCAL)),
    Case("DATA before RCPT", over_tls(AUTH, MAIL, "DATA")),
    Case("DATA before MAIL", over_tls(AUTH, "DATA")),
    Case("MAIL twice", over_tls(AUTH, MAIL, MAIL)),
    Case("MAIL without FROM", over_tls(AUTH, "MAIL")),
    Case("MAIL with a bad address", over_tls(AUTH, "MAIL FROM:<a@@b>")),
    Case("MAIL with an unknown parameter", over_tls(AUTH, f"{MAIL} FOO=bar")),
    Case("EHLO without a name", after(TLS, "EHLO", goodbye="QUIT")),
    Case("EXPN", over_tls("EXPN staff")),
]
