"""What Postfix is driven into."""

from __future__ import annotations

from typing import Any

from tests.lab.cases import (
    AUTHORITY_PROFILES,
    PASSWORD,
    USER,
    Case,
    after,
    b64,
    plain,
    rule,
    unreproducible,
    xoauth2,
)
from tests.lab.catalogue.postfix_mail import COMMANDS, MESSAGES
from tests.lab.catalogue.postfix_settings import CASES as SETTINGS
from tests.lab.catalogue.smtp import (
    AUTH,
    EHLO,
    MAIL,
    REMOTE,
    SMALL,
    STARTTLS,
    on,
    over_tls,
    rules,
)
from tests.lab.catalogue.smtp_dialogue import CASES as DIALOGUES
from tests.lab.client import CLOSED, TLS, Step, Unread

SUCCESS = [
    Case("log-in and sending", over_tls(AUTH, MAIL, REMOTE, "DATA", SMALL)),
    Case(
        "log-in after STARTTLS (AUTH LOGIN)",
        after(EHLO, "STARTTLS", TLS, EHLO, "AUTH LOGIN", b64(USER), b64(PASSWORD), goodbye="QUIT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "EHLO keywords before TLS",
        after(EHLO, goodbye="QUIT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "EHLO keywords over TLS",
        over_tls(),
    ),
    Case(
        "HELO, NOOP, RSET, VRFY, HELP", over_tls("HELO c", "NOOP", "RSET", f"VRFY {USER}", "HELP")
    ),
]

LOGINS = [
    Case("bad password (AUTH PLAIN)", over_tls(f"AUTH PLAIN {plain(password='wrong')}")),
    Case("bad password (AUTH LOGIN)", over_tls("AUTH LOGIN", b64(USER), b64("wrong"))),
    Case("unknown user", over_tls(f"AUTH PLAIN {plain('nobody@example.test')}")),
    Case("bad token (XOAUTH2)", over_tls(f"AUTH XOAUTH2 {xoauth2()}", "")),
    Case(
        "temporary authentication failure",
        over_tls(f"AUTH PLAIN {plain('unavailable@example.test')}"),
        user="unavailable@example.test",
        service=rules(rule("login", "bad-credentials")),  # 3.8 is the first to tell them apart
    ),
    Case(
        "authentication back end not there",
        (TLS, Unread(EHLO), CLOSED),
        port="no-backend",
        service=rules(rule("greeting", {"close": "without-close-notify"})),
    ),
    Case(
        "log-in rate limit",
        over_tls(f"AUTH PLAIN {plain(password='wrong')}", AUTH),
        port="auth-limit",
        service=rules(on("AUTH", "rate-limited", failures={"per": "address", "at-least": 1})),
    ),
    Case("SASL mechanism unsupported", over_tls("AUTH CRAM-MD5")),
    Case("SASL initial response malformed", over_tls("AUTH PLAIN !!!")),
    Case("SASL response malformed", over_tls("AUTH PLAIN", "!!!")),
    Case("SASL response not PLAIN's form", over_tls(f"AUTH PLAIN {b64('x')}")),
    Case("SASL cancelled", over_tls("AUTH PLAIN", "*")),
    Case("AUTH without a mechanism", over_tls("AUTH")),
    Case("AUTH before EHLO", after(TLS, AUTH, goodbye="QUIT")),
    Case("AUTH twice", over_tls(AUTH, AUTH)),
    Case("AUTH during a message", over_tls(AUTH, MAIL, AUTH)),
    Case(
        "AUTH where it is not offered",
        after(EHLO, AUTH, goodbye="QUIT"),
        port="no-auth",
        service={"security": "cleartext", "mechanisms": []},
    ),
]

TRANSPORT = [
    Case(
        "cleartext AUTH (offered over TLS only)",
        after(EHLO, AUTH, goodbye="QUIT"),
        port="starttls",
        service={**STARTTLS, **rules(rule("login", "auth-mechanism-unsupported-2", tls=False))},
    ),
    Case(
        "cleartext AUTH (TLS is a must)",
        after(EHLO, AUTH, MAIL, goodbye="QUIT"),
        port="must-starttls",
        service=STARTTLS,
    ),
    *(
        Case(
            f"certificate: {profile}",
            (TLS,),
            port=f"tls {profile}",
            service={"certificate": profile},
        )
        for profile in AUTHORITY_PROFILES
    ),
    Case(
        "certificate after STARTTLS: hostname-mismatch",
        (EHLO, "STARTTLS", TLS),
        port="starttls hostname-mismatch",
        service={**STARTTLS, "certificate": "hostname-mismatch"},
    ),
    Case("TLS on the plain port", (TLS,), port="starttls", service=STARTTLS),
    Case(
        "cleartext on the TLS port",
        (Unread(EHLO), CLOSED),
        service=rules(rule("tls", "reset")),
    ),
    Case(
        "STARTTLS where TLS is off",
        after(EHLO, "STARTTLS", goodbye="QUIT"),
        port="no-tls",
        service={"security": "cleartext", **rules(on("STARTTLS", "starttls-refused"))},
    ),
    Case("STARTTLS twice", over_tls("STARTTLS")),
    Case(
        "STARTTLS rate limit",
        after(EHLO, "STARTTLS", goodbye="QUIT"),
        held=2,
        held_steps=(EHLO, "STARTTLS", TLS),
        port="tls-limit",
        service={
            **STARTTLS,
            **rules(
                on(
                    "STARTTLS",
                    "rate-limited-at-starttls",
                    connections={"per": "address", "over": 2},
                )
            ),
        },
    ),
    Case(
        "HTTP on the SMTP port",
        ("GET / HTTP/1.1", CLOSED),
        port="starttls",
        service={
            **STARTTLS,
            **rules(rule("command", "protocol-error-at-ehlo", argument="/ http*")),
        },
    ),
]


def at_connect(
    failure: str, source: str, reply: str, steps: tuple[Step, ...], **service: Any
) -> Case:
    return Case(
        failure,
        steps,
        port="denied-at-connect",
        source=source,
        service={**rules(rule("greeting", reply)), **service},
    )


def at_rcpt(failure: str, source: str, reply: str) -> Case:
    steps = over_tls(AUTH, MAIL, REMOTE)
    return Case(failure, steps, "denied-at-rcpt", rules(on("RCPT", reply)), source=source)


ACCESS = [
    at_connect(
        "address denied, at the greeting",
        "127.0.0.66",
        "ip-not-allowed-at-greeting",
        after(TLS, EHLO, goodbye="QUIT"),
    ),
    at_connect(
        "address on a blocklist, at the greeting",
        "127.0.0.67",
        "ip-blocked-at-greeting",
        after(TLS, EHLO, goodbye="QUIT"),
    ),
    at_connect(
        "address denied for now, at the greeting",
        "127.0.0.68",
        "server-unavailable-at-greeting-3",
        (TLS, CLOSED),
    ),
    at_rcpt("address denied, at RCPT", "127.0.0.66", "ip-not-allowed-at-rcpt"),
    at_rcpt("address on a blocklist, at RCPT", "127.0.0.67", "ip-blocked-at-rcpt"),
    at_rcpt("address denied for now, at RCPT", "127.0.0.68", "temporary-failure-at-rcpt-6"),
    at_rcpt("greylisted", "127.0.0.69", "temporary-failure-at-rcpt"),
    Case(
        "too many connections from an address",
        (TLS, CLOSED),
        held=2,
        held_steps=(TLS,),
        port="count-limit",
        service=rules(
            rule(
                "greeting",
                "too-many-connections-at-greeting",
                connections={"per": "address", "over": 2},
            )
        ),
    ),
    Case(
        "connection rate limit",
        (TLS, CLOSED),
        held=1,
        held_steps=(TLS,),
        port="rate-limit",
        service=rules(
            rule("greeting", "rate-limited-at-greeting", connections={"per": "address", "over": 1})
        ),
    ),
]

NOT_REPRODUCIBLE = [
    unreproducible("account disabled", "a bad password to Postfix, or an access map's own text"),
    unreproducible("all server ports busy", "said by postscreen, which serves no submission"),
    unreproducible("service shuts down", "a session in progress is let finish"),
    unreproducible("no free process", "silence until one is free: nothing to compare"),
]

CASES = [
    *SUCCESS,
    *LOGINS,
    *TRANSPORT,
    *ACCESS,
    *MESSAGES,
    *COMMANDS,
    *DIALOGUES,
    *SETTINGS,
    *NOT_REPRODUCIBLE,
]
