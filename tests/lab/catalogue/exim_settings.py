"""What Exim says when it is set up so, in its own words, not in those of an access list."""

from __future__ import annotations

from tests.lab.cases import Case, after, rule
from tests.lab.catalogue.smtp import (
    AUTH,
    EHLO,
    LARGE,
    LOCAL,
    MAIL,
    REMOTE,
    STARTTLS,
    on,
    over_tls,
    rules,
)
from tests.lab.client import CLOSED, TLS, Unread

SMALL_LIMIT = {"max-message-bytes": 2048}
LARGE_CHUNK = LARGE.removesuffix(".") + "x" * 1000
CHUNK_SIZE = len(LARGE_CHUNK) + 2


def _recipient(failure: str, name: str, reply: str) -> Case:
    steps = over_tls(AUTH, MAIL, f"RCPT TO:<{name}@example.test>")
    return Case(failure, steps, service=rules(on("RCPT", reply)))


CASES = [
    Case(
        "load too high",
        (CLOSED,),
        "loaded",
        {**STARTTLS, **rules(rule("greeting", "server-unavailable-at-greeting"))},
    ),
    Case(
        "no disk space",
        after(EHLO, "STARTTLS", TLS, EHLO, AUTH, MAIL, "RSET", goodbye="QUIT"),
        "full",
        {**STARTTLS, **rules(on("MAIL", "quota-exceeded-at-mail"))},
    ),
    Case(
        "client speaks before the greeting (PIPECONNECT)",
        (Unread(EHLO), Unread("QUIT"), CLOSED),
        "starttls",
        STARTTLS,
        source="127.0.0.69",
    ),
    Case(
        "STARTTLS without a certificate",
        after(EHLO, "STARTTLS", "NOOP", goodbye="QUIT"),
        "starttls absent",
        {**STARTTLS, **rules(on("STARTTLS", "starttls-refused"))},
    ),
    Case(
        "client certificate wanted",
        (TLS,),
        "verifying",
        {"tls": {"client-certificate": "required"}},
    ),
    Case(
        "TLS version too old (to GnuTLS, nothing in common)",
        (TLS,),
        "old-tls",
        {"tls": {"ciphers": "unshared"}},
    ),
    _recipient("recipient denied without a message", "forbidden", "unspecified-at-rcpt"),
    _recipient("recipient deferred without a message", "deferred", "temporary-failure-at-rcpt"),
    _recipient("recipient not verified", "unrouteable", "recipient-rejected-2"),
    Case(
        "sender not verified, in three lines",
        over_tls(AUTH, "MAIL FROM:<unrouteable@example.test>", LOCAL),
        service=rules(on("MAIL", "sender-not-allowed-2")),
    ),
    Case(
        "DATA denied without a message",
        over_tls(AUTH, "MAIL FROM:<mute@example.test>", LOCAL, "DATA", LOCAL),
        service=rules(on("DATA", "message-rejected-at-data")),
    ),
    Case(
        "too many recipients",
        over_tls(AUTH, MAIL, *[LOCAL] * 5, REMOTE),
        service=rules(on("RCPT", "too-many-recipients", argument="*out@*")),
    ),
    Case("too many nonmail commands", (EHLO, *["NOOP"] * 11, CLOSED), "starttls", STARTTLS),
    Case(
        "too many errors of different kinds",
        (EHLO, "FOO", "RSET now", "STARTTLS now", "MAIL FROM:<a@@b>", CLOSED),
        "starttls",
        STARTTLS,
    ),
    Case(
        "chunk too large",
        over_tls(AUTH, MAIL, LOCAL, f"BDAT {CHUNK_SIZE} LAST\r\n{LARGE_CHUNK}", "NOOP"),
        "small",
        SMALL_LIMIT,
    ),
    Case(
        "chunk too large, and what follows it",
        over_tls(
            AUTH, MAIL, LOCAL, f"BDAT {CHUNK_SIZE}\r\n{LARGE_CHUNK}",
            "BDAT 12 LAST\r\nSubject: x", "NOOP",
        ),
        "small",
        SMALL_LIMIT,
    ),
]  # fmt: skip
