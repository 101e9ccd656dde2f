"""What Dovecot is driven into."""

from __future__ import annotations

from tests.lab.cases import (
    AUTHORITY_PROFILES,
    BY_DESIGN,
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
from tests.lab.catalogue.imap import CLEARTEXT, STARTTLS, ended, login, over_tls, refused
from tests.lab.catalogue.mailboxes import IDLE, MESSAGES, mailboxes, own
from tests.lab.client import CLOSED, TLS, Crowd, ShutDown, Unread

SUCCESS = [
    own("log-in, SELECT, log-out", "SELECT INBOX"),
    Case("log-in by AUTHENTICATE PLAIN", over_tls(f"a1 AUTHENTICATE PLAIN {plain()}")),
    Case(
        "log-in after STARTTLS",
        after("a0 STARTTLS", TLS, "a1 CAPABILITY", login(), goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "capabilities before TLS",
        after("a1 CAPABILITY", goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
        capabilities=True,
        why=BY_DESIGN,
    ),
    Case("capabilities over TLS", over_tls("a1 CAPABILITY"), capabilities=True, why=BY_DESIGN),
    Case(
        "capabilities after log-in",
        over_tls(login(), "a2 CAPABILITY"),
        capabilities=True,
        why=BY_DESIGN,
    ),
]

LOGINS = [
    Case("LOGIN after CAPABILITY", over_tls("a0 CAPABILITY", login())),
    Case(
        "AUTHENTICATE PLAIN after CAPABILITY",
        over_tls("a0 CAPABILITY", f"a1 AUTHENTICATE PLAIN {plain()}"),
    ),
    Case(
        "log-in after CAPABILITY before STARTTLS",
        after("a0 CAPABILITY", "a0 STARTTLS", TLS, login(), goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case("bad password (LOGIN)", over_tls(login(password="wrong"))),
    Case("bad password twice", over_tls(login(password="wrong"), "a2 LOGIN a@b.test wrong")),
    Case(
        "bad password (AUTHENTICATE PLAIN)",
        over_tls(f"a1 AUTHENTICATE PLAIN {plain(password='wrong')}"),
    ),
    Case(
        "bad password (AUTHENTICATE LOGIN)",
        over_tls("a1 AUTHENTICATE LOGIN", b64(USER), b64("wrong")),
    ),
    Case("unknown user", over_tls(login("nobody@example.test"))),
    Case(
        "bad token (XOAUTH2)",
        over_tls(f"a1 AUTHENTICATE XOAUTH2 {xoauth2()}", ""),
    ),
    refused("address denied", "ip-not-allowed", "elsewhere@example.test"),
    refused("account disabled, with a reason", "account-locked", "disabled@example.test"),
    refused("account disabled, no reason", "imap-disabled", "nologin@example.test"),
    refused("password expired", "password-expired", "expired@example.test"),
    refused("temporary authentication failure", "temporary-failure", "unavailable@example.test"),
    refused("account on another server", "wrong-server", "moved"),
    refused("back end not reachable", "temporary-failure-2", "proxied@example.test"),
    ended("mail store unusable", "mailbox-unavailable-at-login", "broken@example.test"),
    Case(
        "mailbox unusable",
        over_tls(login("broken-inbox@example.test"), "a2 SELECT INBOX"),
        user="broken-inbox@example.test",
        service={"rules": [rule("command", "mailbox-unavailable", command="SELECT")]},
    ),
    Case(
        "too many connections (user and address)",
        (TLS, login(), CLOSED),
        held=10,
        held_steps=(TLS, login()),
        service={
            "rules": [
                rule(
                    "login",
                    "too-many-connections",
                    connections={"per": "account-and-address", "over": 10},
                )
            ]
        },
    ),
    Case(
        "server shuts down before log-in",
        (ShutDown(), CLOSED),
        port="mortal",
        service={
            **CLEARTEXT,
            "rules": [rule("greeting", "greeting", "server-unavailable-at-greeting-2")],
        },
    ),
    Case(
        "server shuts down after log-in",
        (login(), ShutDown(), CLOSED),
        port="mortal",
        service={**CLEARTEXT, "rules": [rule("login", "login-ok", "server-unavailable")]},
    ),
    Case(
        "log-in queue full",
        (Crowd(4), CLOSED),
        port="small",
        service={
            **CLEARTEXT,
            "rules": [rule("greeting", "greeting", "too-many-connections-at-greeting")],
        },
    ),
]

TRANSPORT = [
    Case(
        "cleartext LOGIN refused",
        after(login(), goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "cleartext AUTHENTICATE refused",
        after(f"a1 AUTHENTICATE PLAIN {plain()}", goodbye="z LOGOUT"),
        port="starttls",
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
        ("a0 STARTTLS", TLS),
        port="starttls hostname-mismatch",
        service={**STARTTLS, "certificate": "hostname-mismatch"},
    ),
    Case("TLS on the plain port", (TLS,), port="starttls", service=STARTTLS),
    Case("cleartext on the TLS port", (Unread("a1 CAPABILITY"), CLOSED)),
    Case(
        "STARTTLS where TLS is off",
        after("a0 STARTTLS", goodbye="z LOGOUT"),
        port="small",
        service={
            **CLEARTEXT,
            "rules": [rule("command", "starttls-refused", command="STARTTLS")],
        },
    ),
    Case("STARTTLS twice", over_tls("a0 STARTTLS")),
    Case(
        "HTTP on the IMAP port",
        ("GET / HTTP/1.1",),
        port="starttls",
        service=STARTTLS,
    ),
]

COMMANDS = [
    Case("unknown command before log-in", over_tls("a1 FOO")),
    Case("unknown command after log-in", over_tls(login(), "a2 FOO")),
    Case("wrong state: SELECT before log-in", over_tls("a1 SELECT INBOX")),
    Case("wrong state: FETCH before SELECT", over_tls(login(), "a2 FETCH 1 FLAGS")),
    Case("wrong state: LOGIN after log-in", over_tls(login(), f"a2 LOGIN {USER} {PASSWORD}")),
    Case("LOGIN without a password", over_tls(f"a1 LOGIN {USER}")),
    Case("no tag", (TLS, "a0 NOOP", Unread("*"), "a1 NOOP")),
    Case("too many invalid commands before log-in", (TLS, *["a1 FOO"] * 3, CLOSED)),
    Case("too many invalid commands after log-in", (TLS, login(), *["a2 FOO"] * 21, CLOSED)),
    Case(
        "too many invalid commands, with good ones between",
        (TLS, *["a1 FOO", "a2 NOOP"] * 2, "a3 FOO", CLOSED),
    ),
    Case(
        "literal too large before log-in", (TLS, "a0 NOOP", Unread("a1 LOGIN {99999999}"), CLOSED)
    ),
    Case("literal too large after log-in", (TLS, login(), Unread("a2 SELECT {9999999}"), CLOSED)),
    Case("LOGIN with literals", over_tls("a1 LOGIN {17}", f"{USER} {{{len(PASSWORD)}}}", PASSWORD)),
    Case("AUTHENTICATE without a mechanism", over_tls("a1 AUTHENTICATE")),
    Case("wrong state: STARTTLS after log-in", over_tls(login(), "a2 STARTTLS")),
    Case("wrong state: CLOSE before SELECT", over_tls(login(), "a2 CLOSE")),
    Case("no tag after log-in", (TLS, login(), Unread("*"), "a2 NOOP")),
    Case("no command", (TLS, "a0 NOOP", Unread("a1"), "a2 NOOP")),
    Case(
        "ENABLE before log-in",
        over_tls("a1 ENABLE FOO"),
        why="the fake is strict (RFC 5161, 3.1)",
    ),
    Case("ID malformed before log-in", over_tls("a1 ID foo")),
    Case("ID after log-in", over_tls(login(), "a2 ID NIL")),
    Case("SASL mechanism unsupported", over_tls("a1 AUTHENTICATE CRAM-MD5")),
    Case("SASL initial response malformed", over_tls("a1 AUTHENTICATE PLAIN !!!")),
    Case("SASL response malformed", over_tls("a1 AUTHENTICATE PLAIN", "!!!")),
    Case("SASL response not PLAIN's form", over_tls(f"a1 AUTHENTICATE PLAIN {b64('x')}")),
    Case("SASL initial response empty", over_tls("a1 AUTHENTICATE PLAIN =")),
    Case("SASL response of a stranger", over_tls(f"a1 AUTHENTICATE PLAIN {plain('nobody')}")),
    Case(
        "SASL to act for another",
        over_tls(f"a1 AUTHENTICATE PLAIN {b64(chr(0).join(('b@c.test', USER, PASSWORD)))}"),
    ),
    Case("SASL LOGIN cancelled", over_tls("a1 AUTHENTICATE LOGIN", b64(USER), "*")),
    Case("XOAUTH2 malformed", over_tls(f"a1 AUTHENTICATE XOAUTH2 {b64('x')}")),
    Case("SASL cancelled", over_tls("a1 AUTHENTICATE PLAIN", "*")),
    Case("NOOP, ID, NAMESPACE", over_tls("a0 ID NIL", login(), "a2 NOOP", "a3 NAMESPACE")),
    Case(
        "mailbox full",
        over_tls(login("full@example.test"), f"a2 APPEND INBOX {{4000+}}\r\n{'x' * 4000}"),
        user="full@example.test",
        service={"rules": [rule("command", "quota-exceeded", command="APPEND")]},
    ),
    Case(
        "message too large",
        over_tls(login(), f"a2 APPEND INBOX {{200000+}}\r\n{'x' * 200000}"),
        service={"rules": [rule("command", "quota-exceeded-2", command="APPEND")]},
    ),
]

NOT_REPRODUCIBLE = [
    unreproducible("idle for too long before log-in", "takes three minutes, not configurable"),
    unreproducible("log-in rate limit", "Dovecot only answers later, in the same words"),
]

CASES = [
    *SUCCESS,
    *LOGINS,
    *TRANSPORT,
    *COMMANDS,
    *mailboxes(""),
    *MESSAGES,
    *IDLE,
    *NOT_REPRODUCIBLE,
]
