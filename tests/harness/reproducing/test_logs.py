"""Every shape of log becomes a scenario in which the same happens, in the same words."""

from __future__ import annotations

import re

import pytest

from tests.harness.reproducing.conftest import LOGS

BAD = ("unauthorized", "bad-credentials")
GMAIL = "{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
DOVECOT = "535 5.7.8 Authentication failed."

CASES = {
    "curl-imap": ("imap-login", *BAD, GMAIL),
    "curl-smtp": ("smtp-login", *BAD, DOVECOT),
    "swaks": ("smtp-login", *BAD, DOVECOT),
    "swaks-plain": ("smtp-login", *BAD, DOVECOT),
    "s_client-smtp": ("smtp-login", *BAD, DOVECOT),
    "imaplib": ("imap-login", *BAD, GMAIL),
    "imaplib-plain": ("imap-login", *BAD, GMAIL),
    "smtplib": ("smtp-login", *BAD, DOVECOT),
    "smtplib2": ("smtp-login", *BAD, DOVECOT),
    "nodemailer": ("smtp-login", *BAD, DOVECOT),
    "nodemailer-bunyan": ("smtp-login", *BAD, DOVECOT),
    "imapflow": ("imap-login", *BAD, GMAIL),
    "imapflow-trace": ("imap-login", *BAD, GMAIL),
    "imapflow-raw": ("imap-login", *BAD, GMAIL),
    "jakarta-imap": ("imap-login", *BAD, GMAIL),
    "jakarta-smtp": ("smtp-login", *BAD, DOVECOT),
    "thunderbird-imap": (
        "imap-login",
        "imap-authentication-error",
        "temporary-failure",
        "{tag} NO [UNAVAILABLE] Temporary authentication failure. [mx3:2026-11-24 08:15:04]",
    ),
    "thunderbird-smtp-old": (
        "smtp-rcpt",
        "test-email-failed",
        "relay-denied",
        "554 5.7.1 <{recipient}>: Relay access denied",
    ),
    "thunderbird-console": (
        "smtp-starttls",
        "smtp-settings-incorrect",
        "starttls-refused",
        "454 4.7.0 TLS not available due to local problem",
    ),
    "rawlog": (
        "imap-confirm",
        "imap-confirmation-error",
        "mailbox-unavailable",
        "* NO Mailbox is locked, will abort\n{tag} NO [SERVERBUG] Internal error occurred. Refer to"
        " server log for more information. [2026-11-26 12:07:31] (0.001 + 0.000 secs).",
    ),
    "own-transcript": (
        "imap-login",
        "imap-authentication-error",
        "too-many-connections",
        "* BYE [ALERT] Maximum number of connections from user+IP exceeded"
        " (mail_max_userip_connections=10)",
    ),
    "postfix": (
        "smtp-rcpt",
        "test-email-failed",
        "relay-denied",
        "554 5.7.1 <someone@example.test>: Relay access denied",
    ),
    "postfix-bounce": (
        "smtp-rcpt",
        "test-email-failed",
        "recipient-rejected",
        "550 5.1.1 <someone@example.test>: Recipient address rejected: User unknown in virtual"
        " mailbox table",
    ),
    "exim": ("smtp-login", *BAD, "535 Incorrect authentication data"),
    "ticket": ("imap-login", *BAD, f"{GMAIL} (host.example.test)"),
    "ticket-smtp": (
        "smtp-login",
        "unauthorized",
        "smtp-auth-disabled",
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
        " Tenant. Visit https://aka.ms/smtp_auth_disabled for more information. [host.example.test"
        " {date} {id}]",
    ),
    "traceback": (
        "smtp-login",
        *BAD,
        "535-5.7.8 Username and Password not accepted. For more information, go to\n"
        "535 5.7.8  https://support.google.com/mail/?p=BadCredentials {id}.25 - gsmtp",
    ),
    "reply": (
        "imap-login",
        "imap-authentication-error",
        "web-login-required",
        "* NO [WEBALERT https://accounts.google.com/signin/continue?sarp=1&scc=1&plt={id}]"
        " Web login required.\n{tag} NO [ALERT] Please log in via your web browser:"
        " https://support.google.com/mail/accounts/answer/78754 (Failure)",
    ),
}
"""By log: stage, documented error, cause, and the reply as the scenario words it."""

INFERRED = {
    "postfix-sasl": ("postfix", "smtp-login", *BAD, "bad-credentials"),
    "dovecot": ("dovecot", "imap-login", *BAD, "bad-credentials"),
    "exim-relay": ("exim", "smtp-rcpt", "test-email-failed", "relay-denied", "relay-denied"),
}
WITHOUT_WORDS = {
    "certificate": ("imap-tls", "unauthorized-untrusted-certificate", "certificate-expired"),
    "refused": ("smtp-connect", "smtp-settings-incorrect", "refused"),
    "closed": ("imap-greeting", "imap-settings-incorrect", "closed-at-connect"),
}
SECRET = re.compile(
    r"firma\.|kunde|customer@|S3cr3t|UzNjcjN0LVBhNTV3b3Jk|AGN1c3Rvb|Y3VzdG9tZX|198\.51\.100|203\.0\.113"
)


def test_every_log_is_tried():
    tried = {*CASES, *INFERRED, *WITHOUT_WORDS}
    assert {file.stem for file in LOGS.glob("*.log")} == tried


@pytest.mark.parametrize("name", CASES)
def test_it_happens_again_in_the_same_words(reproduce, name):
    stage, error, cause, reply = CASES[name]
    made = reproduce(LOGS / f"{name}.log")
    assert made.code == 0, made.err
    assert (made.data["stage"], made.data["reproduces"], made.data["cause"]) == (
        stage,
        error,
        cause,
    )
    rules = made.data[stage[:4]]["rules"]
    assert rules[-1]["then"][0] == {"text": reply}
    first, cured = made.run()
    assert first["diagnosis"]["error"] == error
    assert first["diagnosis"]["cause"] == cause
    assert _fits(reply, first["diagnosis"]["evidence"]["lines"])
    assert cured["diagnosis"]["error"] == "connected"


def _fits(template: str, lines: list[str]) -> bool:
    """Whether the last lines, after any challenges, are those of the template."""
    wanted = template.split("\n")
    patterns = [re.sub(r"\\\{\w+\\\}", r".+", re.escape(line)) for line in wanted]
    return all(map(re.fullmatch, patterns, lines[-len(wanted) :]))


@pytest.mark.parametrize("name", INFERRED)
def test_a_server_s_log_is_inferred_from_and_that_is_said(reproduce, name):
    dialect, stage, error, cause, reply = INFERRED[name]
    made = reproduce(LOGS / f"{name}.log")
    assert (made.data["dialect"], made.data["stage"], made.data["cause"]) == (dialect, stage, cause)
    assert made.data[stage[:4]]["rules"][-1]["then"] == [{"reply": reply}]
    assert "inferred from the server's log" in made.out
    assert "inferred from the server's log" in made.text
    assert made.run()[0]["diagnosis"]["error"] == error


@pytest.mark.parametrize("name", WITHOUT_WORDS)
def test_what_happens_without_words_happens_again(reproduce, name):
    stage, error, cause = WITHOUT_WORDS[name]
    made = reproduce(LOGS / f"{name}.log")
    assert (made.data["stage"], made.data["cause"]) == (stage, cause)
    first, cured = made.run()
    assert first["diagnosis"]["error"] == error
    assert cured["diagnosis"]["error"] == "connected"


@pytest.mark.parametrize("name", [*CASES, *INFERRED, *WITHOUT_WORDS])
def test_nothing_of_the_customer_s_is_left(reproduce, name):
    made = reproduce(LOGS / f"{name}.log")
    assert not SECRET.search(made.text)
    assert not SECRET.search(made.out)


def test_what_is_taken_over_and_what_is_not_known_is_said(reproduce):
    made = reproduce(LOGS / "curl-smtp.log")
    greeting, _ = made.data["smtp"]["rules"]
    assert greeting == {
        "when": {"event": "greeting"},
        "then": [{"text": "220 {host} Dovecot ready."}],
    }
    assert made.data["smtp"]["mechanisms"] == [
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
        "XOAUTH2",
        "OAUTHBEARER",
    ]
    assert made.data["dialect"] == "dovecot"
    assert "unauthorized/bad-password-smtp[dovecot]" in made.out
    unknown = reproduce("535 5.7.8 no such thing\n", "--force")
    assert "not known   how the connection was secured: implicit TLS is assumed" in unknown.out
    assert "# Not known: how the connection was secured: implicit TLS is assumed." in unknown.text
