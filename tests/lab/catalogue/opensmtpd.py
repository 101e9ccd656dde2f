"""What OpenSMTPD is driven into."""

from __future__ import annotations

from tests.lab.cases import AUTHORITY_PROFILES, PASSWORD, USER, Case, after, b64, plain, rule
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
from tests.lab.catalogue.smtp_dialogue import EXTENSIONS, FORMS, LINES
from tests.lab.client import CLOSED, TLS, Step, Unread

PLAIN = {"security": "cleartext", "mechanisms": []}
BLOCKED = "554 5.7.1 Your IP address is blocked"
LATER = "421 4.7.0 Try again later"
UNNAMED = "550 no rDNS is so 80s"


def _said(text: str) -> dict[str, str]:
    """What is not the server's word, but its administrator's."""
    return {"text": text + "\n"}


SUCCESS = [
    Case("log-in and sending", over_tls(AUTH, MAIL, REMOTE, "DATA", SMALL)),
    Case(
        "log-in after STARTTLS (AUTH LOGIN)",
        after(EHLO, "STARTTLS", TLS, EHLO, "AUTH LOGIN", b64(USER), b64(PASSWORD), goodbye="QUIT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case("EHLO keywords before TLS", after(EHLO, goodbye="QUIT"), "starttls", STARTTLS),
    Case("EHLO keywords over TLS", over_tls()),
    Case("HELO, NOOP, RSET, VRFY", over_tls("HELO c", "NOOP", "RSET", f"VRFY {USER}")),
    Case("HELP", over_tls("HELP")),
]

LOGINS = [
    Case("bad password (AUTH PLAIN)", over_tls(f"AUTH PLAIN {plain(password='wrong')}")),
    Case("bad password (AUTH LOGIN)", over_tls("AUTH LOGIN", b64(USER), b64("wrong"))),
    Case("unknown user", over_tls(f"AUTH PLAIN {plain('nobody@example.test')}")),
    Case("SASL mechanism unsupported", over_tls("AUTH CRAM-MD5")),
    Case("SASL initial response malformed", over_tls("AUTH PLAIN !!!")),
    Case("SASL response malformed", over_tls("AUTH PLAIN", "!!!")),
    Case("SASL response not PLAIN's form", over_tls(f"AUTH PLAIN {b64('x')}")),
    Case("SASL cancelled", over_tls("AUTH PLAIN", "*")),
    Case("AUTH without a mechanism", over_tls("AUTH")),
    Case("AUTH before EHLO", after(TLS, AUTH, goodbye="QUIT")),
    Case("AUTH twice", over_tls(AUTH, AUTH)),
    Case("AUTH during a message", over_tls(AUTH, MAIL, AUTH)),
    Case("MAIL before AUTH", over_tls(MAIL)),
    Case(
        "AUTH where it is not offered",
        after(EHLO, AUTH, goodbye="QUIT"),
        "no-auth",
        {**STARTTLS, "mechanisms": []},
    ),
]

TRANSPORT = [
    Case(
        "cleartext AUTH (offered over TLS only)",
        after(EHLO, AUTH, goodbye="QUIT"),
        "starttls",
        STARTTLS,
    ),
    Case(
        "cleartext AUTH (TLS is a must)",
        after(EHLO, AUTH, MAIL, goodbye="QUIT"),
        "must-starttls",
        {**STARTTLS, **rules(on("MAIL", "tls-required"))},
    ),
    *(
        Case(f"certificate: {name}", (TLS,), f"tls {name}", {"certificate": name})
        for name in AUTHORITY_PROFILES
    ),
    Case(
        "certificate after STARTTLS: hostname-mismatch",
        (EHLO, "STARTTLS", TLS),
        "starttls hostname-mismatch",
        {**STARTTLS, "certificate": "hostname-mismatch"},
    ),
    Case("TLS on the plain port", (TLS,), "starttls", STARTTLS),
    Case("cleartext on the TLS port", (Unread(EHLO), CLOSED), service=rules(rule("tls", "reset"))),
    Case("STARTTLS where TLS is off", after(EHLO, "STARTTLS", goodbye="QUIT"), "no-tls", PLAIN),
    Case("STARTTLS twice", over_tls("STARTTLS")),
    Case("HTTP on the SMTP port", ("GET / HTTP/1.1",), "starttls", STARTTLS),
    Case(
        "client certificate required",
        (TLS, CLOSED),
        "client-certificate",
        {"tls": {"client-certificate": "required"}},
    ),
    Case("no cipher in common", (TLS,), "ciphers", {"tls": {"ciphers": "unshared"}}),
]


def _at_connect(failure: str, source: str, text: str, steps: tuple[Step, ...], port: str) -> Case:
    """A filter of the phase `connect`, which says so and closes."""
    service = {**STARTTLS, **rules(rule("greeting", _said(text), "close"))}
    return Case(failure, steps, port, service, source)


ACCESS = [
    _at_connect("address denied, at the greeting", "127.0.0.66", BLOCKED, (CLOSED,), "filtered"),
    _at_connect(
        "address denied for now, at the greeting", "127.0.0.68", LATER, (CLOSED,), "filtered"
    ),
    _at_connect("address without a name, at the greeting", "", UNNAMED, (CLOSED,), "no-name"),
    Case(
        "address denied on the TLS port, before TLS",
        (TLS,),
        "filtered tls",
        rules(rule("tls", {"raw": BLOCKED + "\r\n"}, "close")),
        source="127.0.0.66",
    ),
    Case(
        "EHLO name refused",
        after(TLS, "EHLO bad.helo", goodbye="QUIT"),
        "hello",
        rules(rule("command", _said("550 5.7.1 Helo command rejected"), command="EHLO")),
    ),
    Case(
        "greylisted",
        over_tls(AUTH, MAIL, REMOTE),
        "greylisting",
        rules(rule("command", _said("451 4.7.1 Greylisted"), command="RCPT")),
        source="127.0.0.69",
    ),
    Case(
        "reception paused",
        (Unread(EHLO), CLOSED),
        "paused",
        {**STARTTLS, **rules(rule("greeting", {"hang": True}))},
    ),
]

MESSAGES = [
    Case("unknown recipient", over_tls(AUTH, MAIL, "RCPT TO:<nobody@example.test>", "DATA")),
    Case(
        "relay denied",
        over_tls(MAIL, REMOTE),
        "optional",
        rules(on("MAIL", "mail-ok"), on("RCPT", "relay-denied")),
    ),
    Case(
        "recipient refused to this sender",
        over_tls(AUTH, "MAIL FROM:<refused@example.test>", REMOTE),
        service=rules(on("RCPT", "recipient-rejected")),
    ),
    Case(
        "sender not owned",
        over_tls(AUTH, "MAIL FROM:<other@example.test>", LOCAL),
        "owned",
        rules(on("MAIL", "sender-not-allowed", sender="foreign")),
    ),
    Case(
        "message too large, declared",
        over_tls(AUTH, f"{MAIL} SIZE=5000"),
        "tiny",
        {"max-message-bytes": 300},
    ),
    Case(
        "message too large, at the end",
        over_tls(AUTH, MAIL, LOCAL, "DATA", LARGE),
        "tiny",
        {"max-message-bytes": 300},
    ),
    Case(
        "too many messages",
        over_tls(AUTH, MAIL, LOCAL, "DATA", ".", MAIL),
        "tiny",
        {
            "max-message-bytes": 300,
            **rules({**on("MAIL", "mail-ok"), "times": 1}, on("MAIL", "rate-limited-at-mail")),
        },
    ),
    Case(
        "too many recipients",
        over_tls(AUTH, MAIL, LOCAL, REMOTE, REMOTE),
        "tiny",
        {
            "max-message-bytes": 300,
            **rules({**on("RCPT", "rcpt-ok"), "times": 2}, on("RCPT", "too-many-recipients")),
        },
    ),
    Case(
        "queue not there",
        (TLS, EHLO, AUTH, MAIL, CLOSED),
        "no-queue",
        rules(on("MAIL", "temporary-failure-at-mail")),
    ),
    Case(
        "content refused",
        over_tls(AUTH, "MAIL FROM:<spam@example.test>", LOCAL, "DATA", SMALL),
        "content",
        rules(rule("end-of-data", _said("554 5.7.1 Spam message rejected"))),
    ),
    Case(
        "no message by RFC 5322",
        over_tls(AUTH, MAIL, LOCAL, "DATA", "x\r\n\r\nhello\r\n."),
        service=rules(rule("end-of-data", "message-rejected-2")),
    ),
]

CASES = [*SUCCESS, *LOGINS, *TRANSPORT, *ACCESS, *MESSAGES, *EXTENSIONS, *LINES, *FORMS]
