"""What Postfix says when it is set up so: restrictions, content, services that are not there."""

from __future__ import annotations

from tests.lab.cases import Case, after, rule
from tests.lab.catalogue.smtp import (
    AUTH,
    EHLO,
    LOCAL,
    MAIL,
    REMOTE,
    STARTTLS,
    on,
    over_tls,
    rules,
)
from tests.lab.client import CLOSED, TLS

SPAM = "Subject: SPAM\r\n\r\nhello\r\n."
VIRUS = "Subject: VIRUS\r\n\r\nhello\r\n."


def _at(command: str, failure: str, port: str, reply: str) -> Case:
    """A refusal at MAIL or RCPT of someone who has logged in."""
    steps = (AUTH, MAIL, LOCAL) if command == "RCPT" else (AUTH, MAIL)
    return Case(failure, over_tls(*steps), port, rules(on(command, reply)))


def _helo(failure: str, name: str, reply: str) -> Case:
    steps = after(f"EHLO {name}", "NOOP", EHLO, goodbye="QUIT")
    argument = name.replace("[", "[[]")
    return Case(failure, steps, "helo", {**STARTTLS, **rules(on("EHLO", reply, argument=argument))})


def _content(failure: str, message: str, reply: str) -> Case:
    steps = over_tls(AUTH, MAIL, LOCAL, "DATA", message, MAIL)
    return Case(failure, steps, "content", rules(rule("end-of-data", reply)))


CASES = [
    Case(
        "address on postscreen's list, at the greeting",
        (CLOSED,),
        "screen",
        {**STARTTLS, **rules(rule("greeting", "greeting-refused"))},
        source="127.0.0.66",
    ),
    _helo("EHLO name refused", "bad.helo", "greeting-refused-at-ehlo"),
    _helo("EHLO name not fully qualified", "client", "protocol-error-at-ehlo-2"),
    _helo("EHLO name malformed", "client..test", "protocol-error-at-ehlo-3"),
    Case(
        "MAIL before EHLO where EHLO is a must",
        after(TLS, MAIL, EHLO, MAIL, goodbye="QUIT"),
        "helo-required",
        rules({**on("MAIL", "helo-first"), "times": 1}),
    ),
    _at("MAIL", "mail system full", "full", "quota-exceeded-at-mail"),
    _at("RCPT", "address without a host name", "hostname", "ip-blocked-at-rcpt-4"),
    _at("RCPT", "address without a reverse host name", "reverse", "ip-blocked-at-rcpt-3"),
    _at("RCPT", "policy service down", "policy-down", "temporary-failure-at-rcpt-3"),
    _at("RCPT", "table that cannot be read", "map-down", "temporary-failure-at-rcpt-4"),
    _at("RCPT", "content filter down", "filter-down", "temporary-failure-at-rcpt-5"),
    Case(
        "milter down",
        over_tls(MAIL, LOCAL),
        "milter-down",
        rules(on("MAIL", "temporary-failure-at-mail")),
    ),
    Case(
        "relay denied, for now",
        over_tls(MAIL, REMOTE),
        "relay-deferred",
        rules(on("RCPT", "relay-denied-2")),
    ),
    Case(
        "sender unknown",
        over_tls(AUTH, "MAIL FROM:<nobody@example.test>", LOCAL),
        "unlisted-senders",
        rules(on("RCPT", "sender-not-allowed-at-rcpt-4")),
    ),
    Case(
        "cleartext refused, at RCPT",
        after(EHLO, MAIL, LOCAL, goodbye="QUIT"),
        "plaintext-refused",
        {**STARTTLS, **rules(on("MAIL", "mail-ok"), on("RCPT", "tls-required-at-rcpt"))},
    ),
    _content("content rejected", SPAM, "message-rejected"),
    _content("content rejected, with a reason", VIRUS, "message-rejected-2"),
    Case(
        "chunk too large",
        over_tls(AUTH, MAIL, LOCAL, f"BDAT 1102 LAST\r\n{'x' * 1100}", "NOOP"),
        "small-messages",
        {"max-message-bytes": 1000},
    ),
    Case(
        "chunk too large, and what follows it",
        over_tls(
            AUTH, MAIL, LOCAL, f"BDAT 1102\r\n{'x' * 1100}", "BDAT 12\r\nSubject: x",
            "BDAT 12 LAST\r\nSubject: x", MAIL,
        ),
        "small-messages",
        {"max-message-bytes": 1000},
    ),
    Case(
        "client certificate wanted",
        (TLS, CLOSED),
        "client-certificate",
        rules(
            rule("greeting", "tls-client-certificate-required-at-greeting", "greeting", "close")
        ),
    ),
    Case(
        "TLS version too old",
        (TLS,),
        "old-tls",
        {"tls": {"versions": ["1.0"]}},
    ),
]  # fmt: skip
