"""What Cyrus IMAP is driven into. It waits three seconds before it refuses a log-in, unless it is
told not to, as here."""

from __future__ import annotations

from tests.lab.cases import AUTHORITY_PROFILES, BY_DESIGN, PASSWORD, USER, Case, after, plain, rule
from tests.lab.catalogue.cyrus_messages import CASES as CLIENTS
from tests.lab.catalogue.cyrus_sessions import CASES as SESSIONS
from tests.lab.catalogue.imap import CLEARTEXT, STARTTLS, login, over_tls, refused
from tests.lab.catalogue.mailboxes import IDLE, MESSAGES, mailboxes, own
from tests.lab.client import CLOSED, TLS, Unread

SUCCESS = [
    own("log-in, SELECT, log-out", "SELECT INBOX"),
    Case("log-in by AUTHENTICATE PLAIN", over_tls("a1 AUTHENTICATE PLAIN", plain())),
    Case(
        "log-in by AUTHENTICATE PLAIN with an initial response",
        over_tls(f"a1 AUTHENTICATE PLAIN {plain()}"),
    ),
    Case(
        "log-in after STARTTLS",
        after("a0 STARTTLS", TLS, "a1 CAPABILITY", login(), goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "log-in in cleartext",
        after(login(), goodbye="z LOGOUT"),
        port="cleartext",
        service=CLEARTEXT,
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
    Case("bad password (LOGIN)", over_tls(login(password="wrong"))),
    Case(
        "bad password (AUTHENTICATE PLAIN)",
        over_tls("a1 AUTHENTICATE PLAIN", plain(password="wrong")),
    ),
    Case("unknown user", over_tls(login("nobody@example.test"))),
    Case("SASL mechanism unsupported", over_tls("a1 AUTHENTICATE FOO")),
    Case("SASL cancelled", over_tls("a1 AUTHENTICATE PLAIN", "*")),
    Case("SASL response malformed", over_tls("a1 AUTHENTICATE PLAIN", "!!!")),
    refused("temporary authentication failure", "temporary-failure-3", "unavailable@example.test"),
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
        after("a1 AUTHENTICATE PLAIN", goodbye="z LOGOUT"),
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
    Case("TLS on the plain port", (TLS,), port="starttls", service=STARTTLS),
    Case("STARTTLS twice", over_tls("a0 STARTTLS")),
    Case("HTTP on the IMAP port", ("GET / HTTP/1.1",), port="starttls", service=STARTTLS),
    Case(
        "too many connections from an address",
        (TLS, login(), CLOSED),
        held=5,
        held_steps=(TLS, login()),
        service={
            "rules": [
                rule("login", "too-many-connections-3", connections={"per": "address", "over": 5})
            ]
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
    Case("AUTHENTICATE without a mechanism", over_tls("a1 AUTHENTICATE")),
    Case("wrong state: STARTTLS after log-in", over_tls(login(), "a2 STARTTLS")),
    Case("wrong state: CLOSE before SELECT", over_tls(login(), "a2 CLOSE")),
    Case("no command", (TLS, "a0 NOOP", Unread("a1"), "a2 NOOP")),
    Case("ENABLE before log-in", over_tls("a1 ENABLE FOO")),
    Case("more arguments than NOOP takes", over_tls("a1 NOOP x")),
    Case("LOGIN in quotes", over_tls(f'a1 LOGIN "{USER}" "{PASSWORD}"')),
    Case("NOOP before log-in", over_tls("a1 NOOP")),
    Case("NOOP, NAMESPACE", over_tls(login(), "a2 NOOP", "a3 NAMESPACE")),
]

CASES = [
    *SUCCESS,
    *LOGINS,
    *TRANSPORT,
    *COMMANDS,
    *mailboxes(""),
    *MESSAGES,
    *IDLE,
    *CLIENTS,
    *SESSIONS,
]
