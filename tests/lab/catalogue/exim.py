"""What Exim is driven into."""

from __future__ import annotations

from tests.lab.cases import (
    AUTHORITY_PROFILES,
    PASSWORD,
    UNEXPECTED_MESSAGE,
    USER,
    Case,
    after,
    b64,
    plain,
    rule,
    unreproducible,
)
from tests.lab.catalogue.exim_settings import CASES as SETTINGS
from tests.lab.catalogue.smtp import (
    AUTH,
    EHLO,
    LARGE,
    LOCAL,
    MAIL,
    REMOTE,
    SMALL,
    STARTTLS,
    on,
    over_tls,
    rules,
)
from tests.lab.catalogue.smtp_dialogue import CASES as DIALOGUES
from tests.lab.client import CLOSED, TLS, Unread

SPAM = "Subject: SPAM\r\n\r\nhello\r\n."

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
    Case("EHLO keywords over TLS", over_tls()),
    Case("HELO, NOOP, RSET, VRFY", over_tls("HELO c", "NOOP", "RSET", f"VRFY {USER}")),
]

LOGINS = [
    Case("bad password (AUTH PLAIN)", over_tls(f"AUTH PLAIN {plain(password='wrong')}")),
    Case("bad password (AUTH LOGIN)", over_tls("AUTH LOGIN", b64(USER), b64("wrong"))),
    Case("unknown user", over_tls(f"AUTH PLAIN {plain('nobody@example.test')}")),
    Case(
        "temporary authentication failure",
        over_tls(f"AUTH PLAIN {plain('unavailable@example.test')}"),
        user="unavailable@example.test",
        service=rules(rule("login", "temporary-failure")),
    ),
    Case("SASL mechanism unsupported", over_tls("AUTH CRAM-MD5")),
    Case("SASL initial response malformed", over_tls("AUTH PLAIN !!!")),
    Case("SASL response malformed", over_tls("AUTH PLAIN", "!!!")),
    Case("SASL response not PLAIN's form", over_tls(f"AUTH PLAIN {b64('x')}")),
    Case("SASL cancelled", over_tls("AUTH PLAIN", "*")),
    Case("AUTH without a mechanism", over_tls("AUTH")),
    Case("AUTH before EHLO", after(TLS, AUTH, goodbye="QUIT")),
    Case("AUTH twice", over_tls(AUTH, AUTH)),
    Case("AUTH during a message", over_tls(MAIL, AUTH), service=rules(on("MAIL", "mail-ok"))),
    Case(
        "AUTH where it is not offered",
        after(EHLO, AUTH, goodbye="QUIT"),
        port="no-auth",
        service={**STARTTLS, "mechanisms": []},
    ),
]

TRANSPORT = [
    Case(
        "cleartext AUTH (offered over TLS only)",
        after(EHLO, AUTH, goodbye="QUIT"),
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
        (EHLO, "STARTTLS", TLS),
        port="starttls hostname-mismatch",
        service={**STARTTLS, "certificate": "hostname-mismatch"},
    ),
    Case("TLS on the plain port", (TLS,), port="starttls", service=STARTTLS),
    Case(
        "cleartext on the TLS port",
        (Unread(EHLO), CLOSED),
        service=rules(rule("tls", {"raw": UNEXPECTED_MESSAGE}, "close")),
    ),
    Case(
        "STARTTLS where TLS is off",
        after(EHLO, "STARTTLS", goodbye="QUIT"),
        port="no-tls",
        service={"security": "cleartext", "mechanisms": []},
    ),
    Case("STARTTLS twice", over_tls("STARTTLS")),
    Case("HTTP on the SMTP port", ("GET / HTTP/1.1",), port="starttls", service=STARTTLS),
]

ACCESS = [
    Case(
        "address denied, at the greeting",
        (CLOSED,),
        port="starttls",
        source="127.0.0.66",
        service={**STARTTLS, **rules(rule("greeting", "ip-not-allowed-at-greeting"))},
    ),
    Case(
        "address denied for now, at the greeting",
        (CLOSED,),
        port="starttls",
        source="127.0.0.67",
        service={**STARTTLS, **rules(rule("greeting", "temporary-failure-at-greeting"))},
    ),
    Case(
        "address dropped, at the greeting",
        (CLOSED,),
        port="starttls",
        source="127.0.0.68",
        service={**STARTTLS, **rules(rule("greeting", "greeting-refused"))},
    ),
    Case(
        "EHLO name refused",
        after("EHLO bad.helo", MAIL, goodbye="QUIT"),
        port="starttls",
        service={**STARTTLS, **rules(on("EHLO", "greeting-refused-at-ehlo"))},
    ),
    Case(
        "too many connections from an address",
        (CLOSED,),
        held=2,
        port="starttls",
        service={
            **STARTTLS,
            **rules(
                rule(
                    "greeting",
                    "too-many-connections-at-greeting",
                    connections={"per": "address", "over": 2},
                )
            ),
        },
    ),
    Case(
        "too many connections in all",
        (CLOSED,),
        held=1,
        port="crowded",
        service={
            **STARTTLS,
            **rules(
                rule(
                    "greeting",
                    "too-many-connections-at-greeting-2",
                    connections={"per": "service", "over": 1},
                )
            ),
        },
    ),
]

MESSAGES = [
    Case(
        "relay denied",
        over_tls(MAIL, REMOTE),
        service=rules(on("MAIL", "mail-ok"), on("RCPT", "relay-denied")),
    ),
    Case(
        "unknown recipient",
        over_tls(AUTH, MAIL, "RCPT TO:<nobody@example.test>"),
    ),
    Case(
        "DATA after an unknown recipient",
        over_tls(AUTH, MAIL, "RCPT TO:<nobody@example.test>", "DATA"),
    ),
    Case(
        "sender not owned",
        over_tls(AUTH, "MAIL FROM:<other@example.test>", LOCAL),
        service=rules(on("MAIL", "sender-not-allowed", sender="foreign")),
    ),
    Case(
        "sender not verified",
        over_tls(AUTH, "MAIL FROM:<unverifiable@example.test>", LOCAL),
        service=rules(on("RCPT", "sender-not-allowed-at-rcpt")),
    ),
    Case(
        "authentication required, at MAIL",
        over_tls(MAIL, LOCAL),
        port="must-auth",
    ),
    Case(
        "mailbox full",
        over_tls(AUTH, MAIL, "RCPT TO:<full@example.test>"),
        service=rules(on("RCPT", "quota-exceeded-at-rcpt")),
    ),
    Case(
        "message too large, declared",
        over_tls(AUTH, f"{MAIL} SIZE=99999"),
        port="small",
        service={"max-message-bytes": 2048},
    ),
    Case(
        "message too large, at the end of the data",
        over_tls(AUTH, MAIL, LOCAL, "DATA", LARGE),
        port="small",
        service={"max-message-bytes": 2048},
    ),
    Case(
        "message rejected as spam",
        over_tls(AUTH, MAIL, LOCAL, "DATA", SPAM),
        service=rules(rule("end-of-data", "message-rejected")),
    ),
    Case(
        "too many messages in a connection",
        over_tls(AUTH, MAIL, "RSET", MAIL, "RSET", "MAIL FROM:<third@example.test>"),
        service=rules(on("MAIL", "rate-limited-at-mail", argument="*third*")),
    ),
]

COMMANDS = [
    Case("unknown command", over_tls("FOO")),
    Case(
        "too many unknown commands",
        (EHLO, "FOO", "FOO", "FOO", "FOO", CLOSED),
        port="starttls",
        service=STARTTLS,
    ),
    Case("MAIL before EHLO", after(TLS, MAIL, goodbye="QUIT")),
    Case("RCPT before MAIL", over_tls(AUTH, LOCAL)),
    Case("DATA before RCPT", over_tls(AUTH, MAIL, "DATA")),
    Case("DATA before MAIL", over_tls(AUTH, "DATA")),
    Case("MAIL twice", over_tls(AUTH, MAIL, MAIL)),
    Case("MAIL without FROM", over_tls(AUTH, "MAIL")),
    Case("MAIL with a bad address", over_tls(AUTH, "MAIL FROM:<a@@b>")),
    Case("MAIL with an unknown parameter", over_tls(AUTH, f"{MAIL} FOO=bar")),
    Case("EHLO without a name", after(TLS, "EHLO", goodbye="QUIT")),
]

NOT_REPRODUCIBLE = [
    unreproducible("bad token (XOAUTH2)", "this build has no mechanism for tokens"),
    unreproducible("service shuts down", "a session in progress is let finish"),
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
