"""No line that no server said becomes a reply; a reply that is one keeps its code."""

from __future__ import annotations

import io

import pytest

from harness.reproducing.failure import find_failure
from harness.reproducing.material import lines_of, read
from harness.reproducing.placeholders import Ours, with_placeholders
from harness.reproducing.windows import windows


def _found(log: str):
    ((part, _),) = windows(io.BytesIO(log.encode()))
    return find_failure(read(lines_of(part)))


@pytest.mark.parametrize(
    "log",
    [
        "09:14:02 [ERROR] [imap_poller] Fetching the box of Erika: [Errno 99] Cannot bind",
        "imap: 220 mx7.example.org ESMTP NO UCE",
        "IMAP stream: [CLOSED] IMAP connection broken (authenticate)",
        "IMAP [WARNING] nothing to do here",
        "IMAP: [NOTICE] there were NO new messages",
        "  responseCode: 534 }",
        "  smtp: 550 }}",
    ],
)
def test_a_word_in_brackets_or_a_no_is_no_reply(log):
    found = _found(log)
    assert found is None or found.lines == ()


@pytest.mark.parametrize(
    ("log", "reply"),
    [
        ("imaplib.error: b'[AUTHENTICATIONFAILED] Nope (Failure)'", "Nope (Failure)"),
        ("it said: a7 NO Mailbox is locked", "a7 NO Mailbox is locked"),
        ("* BYE Too many connections", "* BYE Too many connections"),
    ],
)
def test_a_reply_that_is_quoted_is_found(log, reply):
    found = _found(log)
    assert found is not None
    assert found.lines[0].endswith(reply)


def test_a_line_that_a_known_server_says_word_for_word_is_its():
    found = _found("Command received in Invalid state.\n\nINFO -- : Completed 200 OK in 223ms\n")
    assert found is not None
    assert found.lines == ("a1 BAD Command received in Invalid state.",)


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ("smtplib.SMTPSenderRefused: (551, b'Not yours', 'a@b.example')", "smtp-mail"),
        ("smtplib.SMTPRecipientsRefused: {'a@b.example': (501, b'5.1.5 Reserved')}", "smtp-rcpt"),
        ("smtplib.SMTPDataError: (554, b'5.6.0 Not like this')", "smtp-end-of-data"),
        ("smtplib.SMTPHeloError: (504, b'Who are you')", "smtp-ehlo"),
        ("smtplib.SMTPConnectError: (554, b'Go away')", "smtp-greeting"),
        ("smtplib.SMTPAuthenticationError: (454, b'Later')", "smtp-login"),
        ("smtp.Auth: (530, b'Must issue a STARTTLS command first')", "smtp-login"),
        ("mail: 454 4.7.0 TLS not available due to local problem", "smtp-starttls"),
        ("failed to issue MAIL command: 550 5.7.1 No", "smtp-mail"),
        ("Caused by: org.x.SMTPSenderFailedException: 501 5.1.7 Not an address", "smtp-mail"),
        ("com.sun.mail.smtp.SMTPAddressFailedException: 550 Not here", "smtp-rcpt"),
    ],
)
def test_the_class_of_an_exception_names_the_command(line, stage):
    found = _found(line)
    assert found is not None
    assert found.stage == stage


@pytest.mark.parametrize("code", ["554-Transaction failed", "535-Authentication failed"])
def test_the_code_of_a_reply_is_no_id(code):
    assert with_placeholders(code, Ours()) == code


def test_what_follows_the_code_is_masked_all_the_same():
    assert with_placeholders("554-q7Zk29LmX0aa81 refused", Ours()) == "554-{id} refused"


def test_what_is_somebodys_at_amazon_is_masked():
    said = "554 User `arn:aws:iam::123456789012:user/mail-of.us' may not send"
    assert with_placeholders(said, Ours()) == "554 User `arn:{id}' may not send"
