"""Words that somebody quotes without a code, and codes that stand without words."""

from __future__ import annotations

import pytest

from tests.harness.reproducing.conftest import failure_in


@pytest.mark.parametrize(
    ("text", "stage", "cause"),
    [
        (
            "Clients cannot connect via IMAP/SMTP. They show “Login failed, please create an"
            " app password.”",
            "imap-login",
            "app-password-required",
        ),
        ("IMAP says: mailbox over its quota", "imap-login", "quota-exceeded"),
        ("sending by SMTP ends in `you are not allowed to relay`", "smtp-rcpt", "relay-denied"),
    ],
)
def test_quoted_words_count_where_a_rule_knows_them(text, stage, cause):
    found = failure_in(text)
    assert found is not None
    assert (found.stage, found.diagnosis.cause) == (stage, cause)
    assert found.lines == (), "nobody says that a server said them"


@pytest.mark.parametrize(
    "text",
    [
        'of SMTP he wrote me "we are not allowed to relay"',
        'level=ERROR msg="login over quota" protocol=imap',
        "the mailer says “the weather is fine today, and dry” of SMTP",
        "they show “please create an app password”",
        '{"Message": "IMAP error synchronizing account 1: reported by server"}',
    ],
)
def test_what_nobody_quotes_of_a_server_does_not(text):
    assert failure_in(text) is None


@pytest.mark.parametrize(
    ("text", "stage", "reply"),
    [
        ("Failed to send - Negative SMTP reply: 553", "smtp-rcpt", "553"),
        ("我在使用邮件发送的功能时报错535", "smtp-login", "535"),
        ('says "sorry, too many emails (#5.7.1) "', "smtp-rcpt", "sorry, too many emails (#5.7.1)"),
        (
            r'msg="Writing: \n503 5.5.1 Error: No sender\r\n"',
            "smtp-rcpt",
            "503 5.5.1 Error: No sender",
        ),
    ],
)
def test_a_refusal_of_which_little_is_told(text, stage, reply):
    found = failure_in(text)
    assert found is not None and (found.stage, found.lines) == (stage, (reply,))


@pytest.mark.parametrize(
    "text",
    [
        "a 5.7.0 error after a successful log-in, due to the second EHLO",
        "519:  /usr/lib/ruby/2.0.0/net/smtp.rb -> **start**",
        "the meeting in room (#5.7)",
    ],
)
def test_a_number_that_no_server_said(text):
    assert failure_in(text) is None


def test_what_c_client_says_behind_a_reply_is_not_the_servers():
    found = failure_in("[AUTHENTICATIONFAILED] Authentication failed - Too many login failures")
    assert found is not None
    assert found.lines == ("a1 NO [AUTHENTICATIONFAILED] Authentication failed",)
    assert found.diagnosis.cause == "bad-credentials"


def test_a_tls_failure_in_a_servers_log_is_no_reply():
    found = failure_in("ERROR smtpd 454 - TLS handshake failed: remote error: bad certificate")
    assert found is not None and (found.stage, found.lines) == ("smtp-tls", ())


def test_a_statement_of_a_program_is_no_frame():
    code = 'await smtp.AuthenticateAsync("user", "password", token);\n'
    said = "SmtpCommandException: 4.4.2 mx.example.test Error: timeout exceeded"
    found = failure_in(code + said)
    assert found is not None and found.stage != "smtp-login"


def test_words_of_a_server_beside_a_dialogue_in_which_nothing_fails():
    said = "C: a1 LOGIN anna x\nS: a1 OK Logged in\nC: a2 SELECT INBOX\nS: a2 OK Done\n"
    words = "then it shows Too many simultaneous connections\n"
    found = failure_in(said + words)
    assert found is not None and found.diagnosis.cause == "too-many-connections"
    assert failure_in(said + "then it shows the inbox") is None


def test_bytes_of_a_literal_are_read_in_their_encoding():
    words = "请使用授权码登录。详情请看"
    for literal in (repr(words.encode("gb18030")), repr(words.encode("gb18030"))[1:]):
        found = failure_in(f"SMTPAuthenticationError: (535, {literal})")
        assert found is not None and found.lines == (f"535 {words}",)


@pytest.mark.parametrize("tag", [".", "a", "A1"])
def test_a_tag_that_somebody_typed(tag):
    said = f"* OK ready\n{tag} login anna x\n{tag} OK done\n{tag} select INBOX\n{tag} NO Not now\n"
    found = failure_in(said)
    assert found is not None and (found.stage, found.lines) == (
        "imap-confirm",
        (f"{tag} NO Not now",),
    )
