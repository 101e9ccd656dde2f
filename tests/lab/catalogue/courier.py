"""What Courier-IMAP is driven into. It waits five seconds before it refuses a log-in."""

from __future__ import annotations

from tests.lab.cases import (
    AUTHORITY_PROFILES,
    BY_DESIGN,
    PASSWORD,
    UNEXPECTED_MESSAGE,
    USER,
    Case,
    after,
    plain,
    rule,
    unreproducible,
)
from tests.lab.catalogue.imap import STARTTLS, ended, login, over_tls
from tests.lab.catalogue.mailboxes import IDLE, MESSAGE, MESSAGES, mailboxes, own
from tests.lab.client import CLOSED, TLS, Unread

SUCCESS = [
    own("log-in, SELECT, log-out", "SELECT INBOX"),
    Case("log-in by AUTHENTICATE PLAIN", over_tls("a1 AUTHENTICATE PLAIN", plain())),
    Case(
        "log-in after STARTTLS",
        after("a0 STARTTLS", TLS, "a1 CAPABILITY", login(), goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "capabilities before TLS",
        after("a1 CAPABILITY", goodbye="z LOGOUT"),
        port="must-starttls",
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
    Case("bad password (LOGIN)", over_tls(login(password="wrong")), slow=True),
    Case(
        "bad password (AUTHENTICATE PLAIN)",
        over_tls("a1 AUTHENTICATE PLAIN", plain(password="wrong")),
        slow=True,
    ),
    Case("unknown user", over_tls(login("nobody@example.test")), slow=True),
    Case("SASL mechanism unsupported", over_tls("a1 AUTHENTICATE FOO"), slow=True),
    Case("SASL cancelled", over_tls("a1 AUTHENTICATE PLAIN", "*"), slow=True),
    Case("SASL response malformed", over_tls("a1 AUTHENTICATE PLAIN", "!!!"), slow=True),
    ended("temporary authentication failure", "temporary-failure", "unavailable@example.test"),
    Case(
        "IMAP disabled",
        (TLS, login("disabled@example.test"), CLOSED),
        user="disabled@example.test",
        service={"rules": [rule("login", "login-ok", "imap-disabled-at-confirm")]},
    ),
    ended("account closed for now", "mailbox-unavailable-2", "closed@example.test"),
    ended("mail store unusable", "temporary-failure", "broken@example.test"),
]

TRANSPORT = [
    Case(
        "cleartext LOGIN refused",
        after(login(), goodbye="z LOGOUT"),
        port="must-starttls",
        service=STARTTLS,
    ),
    Case(
        "log-in accepted over TLS only",
        (login("tls-only@example.test"), CLOSED),
        port="starttls",
        user="tls-only@example.test",
        service={
            "security": "cleartext",
            "rules": [rule("login", "login-ok", "tls-required-at-confirm")],
        },
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
    Case("TLS on the plain port", (TLS,), port="starttls", service=STARTTLS),
    Case(
        "cleartext on the TLS port",
        (Unread("a1 CAPABILITY"), CLOSED),
        service={"rules": [rule("tls", {"raw": UNEXPECTED_MESSAGE}, "reset")]},
    ),
    Case("STARTTLS twice", over_tls("a0 STARTTLS")),
    Case("HTTP on the IMAP port", ("GET / HTTP/1.1",), port="starttls", service=STARTTLS),
    Case(
        "address denied",
        (CLOSED,),
        port="starttls",
        source="127.0.0.66",
        service={**STARTTLS, "rules": [rule("greeting", "close")]},
    ),
    Case(
        "too many connections from an address",
        (CLOSED,),
        held=2,
        port="starttls",
        service={
            **STARTTLS,
            "rules": [rule("greeting", "close", connections={"per": "address", "over": 2})],
        },
    ),
]

COMMANDS = [
    Case("unknown command before log-in", over_tls("a1 FOO")),
    Case("unknown command after log-in", over_tls(login(), "a2 FOO")),
    Case("wrong state: SELECT before log-in", over_tls("a1 SELECT INBOX")),
    Case("wrong state: FETCH before SELECT", over_tls(login(), "a2 FETCH 1 FLAGS")),
    Case("wrong state: LOGIN after log-in", over_tls(login(), f"a2 LOGIN {USER} {PASSWORD}")),
    Case("LOGIN without a password", over_tls(f"a1 LOGIN {USER}")),
    Case("too many invalid commands before log-in", (TLS, *["a1 FOO"] * 10, CLOSED)),
    Case("too many invalid commands after log-in", (TLS, login(), *["a2 FOO"] * 10, CLOSED)),
    Case(
        "many invalid commands, with good ones between",
        over_tls(
            *[f"a{number % 6} {'NOOP' if number % 6 == 0 else 'FOO'}" for number in range(20)]
        ),
    ),
    Case(
        "mailbox full",
        over_tls(login("full@example.test"), f"a2 APPEND INBOX {{{len(MESSAGE)}}}", MESSAGE),
        user="full@example.test",
        service={"rules": [rule("command", "quota-exceeded", command="APPEND")]},
    ),
    Case("AUTHENTICATE without a mechanism", over_tls("a1 AUTHENTICATE"), slow=True),
    Case("wrong state: STARTTLS after log-in", over_tls(login(), "a2 STARTTLS")),
    Case("wrong state: CLOSE before SELECT", over_tls(login(), "a2 CLOSE")),
    Case("no tag", (TLS, "a0 NOOP", Unread("*"), "a1 NOOP")),
    Case("no tag after log-in", (TLS, login(), Unread("*"), "a2 NOOP")),
    Case("no command", (TLS, "a0 NOOP", Unread("a1"), "a2 NOOP")),
    Case("ENABLE before log-in", over_tls("a1 ENABLE FOO")),
    Case("ID", over_tls("a1 ID NIL")),
    Case("more arguments than NOOP takes", over_tls("a1 NOOP x")),
    Case("LOGIN in quotes", over_tls(f'a1 LOGIN "{USER}" "{PASSWORD}"')),
    Case("NOOP before log-in", over_tls("a1 NOOP")),
    Case("NOOP, NAMESPACE", over_tls(login(), "a2 NOOP", "a3 NAMESPACE")),
]

NOT_REPRODUCIBLE = [
    unreproducible("too many connections in all", "silence until one ends: nothing to compare"),
    unreproducible("bad token", "Courier-IMAP has no mechanism for tokens"),
    unreproducible("server shuts down", "sessions in progress are left open"),
]

CASES = [
    *SUCCESS,
    *LOGINS,
    *TRANSPORT,
    *COMMANDS,
    *mailboxes("INBOX."),
    *MESSAGES,
    *IDLE,
    *NOT_REPRODUCIBLE,
]
