"""What stands around a reply, or around what happened, tells where it was."""

from __future__ import annotations

import pytest

from tests.harness.reproducing.conftest import failure_in

NO_LOGIN = "530-5.7.0 Authentication Required. Learn more at"
QMAIL = "192.0.2.1 failed after I sent the message.\nRemote host said:"
PASTED = "s.login(a, b)\ns.sendmail(a, b, c)\n发送失败: "


@pytest.mark.parametrize(
    ("text", "stage", "cause"),
    [
        (f"Net::SMTPAuthenticationError ({NO_LOGIN}):", "smtp-mail", "authentication-required"),
        ("Net::SMTPAuthenticationError: 535 5.7.8 Bad username or password", "smtp-login", None),
        (f"Error: Invalid login: {NO_LOGIN}", "smtp-login", None),
        ("Port 587 with STARTTLS\n\nS: 535 5.7.8 Error: No", "smtp-login", None),
        (f"{QMAIL} 550 5.7.1 No", "smtp-end-of-data", None),
        ("commands: (\n.), response: 554-No\n554 Not this", "smtp-end-of-data", None),
        (f"{PASTED}554 DT:SPM 163 spam", "smtp-end-of-data", "message-rejected"),
        (f"{PASTED}535 5.7.8 Authentication failed", "smtp-login", None),
    ],
)
def test_a_reply_is_at_the_command_that_stands_around_it(text, stage, cause):
    found = failure_in(text)
    assert found is not None and found.stage == stage
    assert cause in (None, found.diagnosis.cause)


def test_a_reply_that_begins_in_a_sentence_goes_on_behind_it():
    reply = ["550-5.7.1 Mail of example.test is not taken due to", "550 5.7.1 the DMARC policy"]
    found = failure_in("They said: " + "\n".join(reply) + "\n")
    assert found is not None and found.lines == tuple(reply)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ('"It says\n530-5.5.1 Log in." and more', "530-5.5.1 Log in."),
        ('550 5.1.1 The "user" is unknown', '550 5.1.1 The "user" is unknown'),
    ],
)
def test_a_quotation_ends_that_an_earlier_line_has_opened(text, reply):
    found = failure_in(text)
    assert found is not None and found.lines == (reply,)


RESET = "Connection reset by peer"


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        (f"{RESET}. Address: https://auth.example.test/login", None),
        (f"{RESET}. See https://help.example.test/reset", "smtp-greeting"),
        (f"IMAP: {RESET}. Address: https://mail.example.test", "imap-greeting"),
        (RESET, "smtp-greeting"),
    ],
)
def test_what_happened_at_an_address_of_the_web_is_no_failure_of_mail(text, stage):
    found = failure_in(text)
    assert (found.stage if found else None) == stage


@pytest.mark.parametrize(
    ("frame", "stage"),
    [("append", "imap-confirm"), ("uid", "imap-confirm"), ("login", "imap-login")],
)
def test_the_frame_of_a_command_tells_where_the_connection_ended(frame, stage):
    line = f'  File "/usr/lib/python3.11/imaplib.py", line 324, in {frame}\n'
    found = failure_in(f"{line}imaplib.abort: socket error: EOF")
    assert found is not None and (found.stage, found.ended) == (stage, "closed")


CUT = "S: * OK ready\nC: 1 CAPABILITY\nS: 1 OK\nC: 2 AUTHENTICATE PLAIN\n"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("* NO [WEBALERT https://accounts.google.com/ContinueSignIn?scc=1", "web-login-required"),
        ("* OK still looking", None),
    ],
)
def test_a_log_may_end_before_the_answer(reproduce, said, cause):
    log = f"{CUT}S: {said}\n"
    found = failure_in(log)
    assert (found.diagnosis.cause if found else None) == cause
    if cause:
        made = reproduce(log)
        assert said in made.file.read_text("utf-8") and "- close" in made.file.read_text("utf-8")
        assert "what the server said then: nothing tells it" in made.out


ASKED = "> a1 NOOP\n< a1 OK NOOP done\n"
REFUSED = "a9 NO [AUTHENTICATIONFAILED] No such luck"


@pytest.mark.parametrize("log", [f"{ASKED}< {REFUSED}", f"{ASKED}> a2 NOOP\n< {REFUSED}"])
def test_a_refused_log_in_is_one_though_the_log_has_not_its_command(log):
    found = failure_in(log)
    assert found is not None and found.stage == "imap-login"
    assert found.lines == (REFUSED,)


@pytest.mark.parametrize("told", ["from 5.2.0 to 5.3.0 of May", "it, since 5.3.0 of last week"])
def test_versions_are_no_reply(told):
    assert failure_in(f"The IMAP client is like that since I was updating {told}.") is None
