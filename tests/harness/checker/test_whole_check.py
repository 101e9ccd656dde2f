"""The five steps, with everything in order and with faults in the protocols."""

import base64

import pytest

from tests.harness.checker.conftest import PASSWORD, imap_script, smtp_script

PLAIN = base64.b64encode(b"\0anna@example.test\0" + PASSWORD.encode())


def test_all_is_well(checked):
    steps = []
    diagnosis = checked(on_step=steps.append)
    assert diagnosis.error == "connected"
    assert diagnosis.warnings == []
    assert checked.imap.commands() == ["AUTHENTICATE", "CAPABILITY", "ID", "SELECT", "LOGOUT"]
    assert checked.smtp.commands()[:5] == ["ehlo", "AUTH", "mail", "rcpt", "DATA"]
    assert checked.smtp.commands()[-1] == "QUIT"
    assert f"Message-ID: {diagnosis.message_id}".encode() in checked.smtp.received
    names = ["connect-imap", "log-in-imap", "connect-smtp", "log-in-smtp", "send-test-email"]
    assert [(s.name, s.state) for s in steps] == [
        (name, state) for name in names for state in ("started", "done")
    ]


def test_without_the_test_email(checked):
    steps = []
    diagnosis = checked(on_step=steps.append, send=False)
    assert (diagnosis.error, diagnosis.message_id) == ("connected", None)
    assert diagnosis.warnings == ["test-email-not-sent"]
    assert "no test email" in diagnosis.text["en"] and "aucun e-mail test" in diagnosis.text["fr"]
    assert [step.name for step in steps][-1] == "log-in-smtp"
    assert checked.smtp.commands() == ["ehlo", "AUTH", "QUIT"]


def test_the_step_that_fails_is_told(checked):
    steps = []
    checked(imap_script(SELECT=b"TAG NO no\r\n"), on_step=steps.append)
    assert (steps[-1].name, steps[-1].state) == ("log-in-imap", "failed")
    assert steps[-1].detail == "imap-confirm"
    assert steps[-1].seconds > 0


def test_the_test_email_is_proper_and_unpredictable(checked):
    first = checked()
    lines = checked.smtp.received
    assert b"From: anna@example.test" in lines
    assert b"To: bcc@crm.example.test" in lines
    assert b"Auto-Submitted: auto-generated" in lines
    assert any(line.startswith(b"Date: ") for line in lines)
    assert b"rcpt to:<bcc@crm.example.test>" in [line.lower() for line in lines]
    assert checked().message_id != first.message_id


def test_without_bcc_address_it_goes_to_the_customer(checked):
    assert checked(bcc_address=None).error == "connected"
    assert b"rcpt to:<anna@example.test>" in [line.lower() for line in checked.smtp.received]


def test_a_failed_farewell_is_a_warning(checked):
    def gone(peer, *_):
        peer.close()

    diagnosis = checked(imap_script(LOGOUT=gone), smtp_script(QUIT=b"500 no\r\n"))
    assert diagnosis.error == "connected"
    assert diagnosis.warnings == ["imap-logout-failed", "smtp-quit-failed"]


def test_a_farewell_is_not_waited_for_long(checked):
    def silent(peer, *_):
        peer.until_gone()

    assert checked(imap_script(LOGOUT=silent), timeout_s=0.3).warnings == ["imap-logout-failed"]


def test_a_close_notify_is_a_farewell(checked, monkeypatch):
    """Servers on asyncio's TLS close the TCP connection only after the client's close_notify."""

    def script(peer):
        def bye(peer, tag, _):
            peer.send(b"* BYE bye\r\n" + tag + b" OK done\r\n")
            peer.sock.unwrap()
            peer.close()

        peer.start_tls()
        imap_script(LOGOUT=bye)(peer)

    monkeypatch.setattr("harness.checker.client_connection.CLOSING_S", 3600.0)
    assert checked(script, imap_typed={"security": "implicit-tls"}).warnings == []


@pytest.mark.parametrize(
    ("answers", "error", "stage", "cause"),
    [
        (
            {"AUTHENTICATE": b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"},
            *("unauthorized", "imap-login", "bad-credentials"),
        ),
        (
            {"AUTHENTICATE": b"TAG NO [UNAVAILABLE] Temporary failure\r\n"},
            *("imap-authentication-error", "imap-login", "temporary-failure"),
        ),
        (
            {"AUTHENTICATE": b"* BYE [LIMIT] Too many simultaneous connections\r\n"},
            *("imap-authentication-error", "imap-login", "too-many-connections"),
        ),
        (
            {"SELECT": b"TAG NO [NONEXISTENT] Unknown Mailbox: INBOX\r\n"},
            *("imap-confirmation-error", "imap-confirm", "mailbox-unavailable"),
        ),
    ],
)
def test_imap_refuses(checked, answers, error, stage, cause):
    diagnosis = checked(imap_script(**answers))
    assert (diagnosis.error, diagnosis.stage, diagnosis.cause) == (error, stage, cause)
    assert checked.smtp.peers == []
    tagged = all(answer.startswith(b"TAG") for answer in answers.values())
    assert (checked.imap.commands()[-1] == "LOGOUT") == tagged


def test_one_attempt_only(checked):
    refused = imap_script(
        capabilities=b"IMAP4rev1 AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5", AUTHENTICATE=b"TAG NO no\r\n"
    )
    assert checked(refused).stage == "imap-login"
    assert checked.imap.commands() == ["AUTHENTICATE", "LOGOUT"]
    assert checked(smtp=smtp_script(AUTH=b"535 no\r\n")).stage == "smtp-login"
    assert checked.smtp.commands() == ["ehlo", "AUTH", "QUIT"]


def test_untagged_lines_before_a_refusal_are_evidence(checked):
    answer = b"* NO [ALERT] Log in via your web browser\r\nTAG NO Login failed\r\n"
    diagnosis = checked(imap_script(AUTHENTICATE=answer))
    assert diagnosis.evidence.lines[0] == "* NO [ALERT] Log in via your web browser"
    assert diagnosis.cause == "web-login-required"


def test_a_read_only_inbox_will_do(checked):
    answer = b"* 0 EXISTS\r\nTAG OK [READ-ONLY] done\r\n"
    assert checked(imap_script(SELECT=answer)).error == "connected"


def test_a_refused_id_does_no_harm(checked):
    assert checked(imap_script(ID=b"TAG BAD what\r\n")).error == "connected"


def test_a_list_that_imaplib_cannot_take_does_no_harm(checked):
    answer = b"* 0 EXISTS\r\n* OK [UIDVALIDITY x] y\r\n* FLAGS (\r\nTAG OK done\r\n"
    assert checked(imap_script(SELECT=answer)).error == "connected"


@pytest.mark.parametrize("capabilities", [b"IMAP2bis", b"IMAP4"])
def test_not_imap4rev1(checked, capabilities):
    diagnosis = checked(imap_script(capabilities=capabilities))
    assert (diagnosis.stage, diagnosis.cause) == ("imap-confirm", "not-imap4rev1")
    assert checked.imap.commands() == ["LOGOUT"]


def test_the_list_is_asked_for_where_it_is_not_told(checked):
    assert checked(imap_script(greeting=b"* OK ready\r\n")).error == "connected"
    assert checked.imap.commands()[:2] == ["CAPABILITY", "AUTHENTICATE"]


def test_preauth_needs_no_log_in(checked):
    assert checked(imap_script(greeting=b"* PREAUTH ready\r\n")).error == "connected"
    assert "AUTHENTICATE" not in checked.imap.commands()


def test_tls_versions_are_a_matter_of_the_profile(checked):
    def script(peer):
        peer.start_tls(versions=["1.3"])
        imap_script()(peer)

    typed = {"security": "implicit-tls"}
    assert checked(script, imap_typed=typed).warnings == []
    diagnosis = checked(script, imap_typed=typed, profile="hubspot-2024-01")
    assert (diagnosis.error, diagnosis.warnings) == ("connected", ["tls-version-not-listed"])


@pytest.mark.parametrize("where", ["greeting", "ID"])
def test_courier_is_warned_of(checked, where):
    greeting, answers = None, {}
    if where == "greeting":
        greeting = b"* OK [CAPABILITY IMAP4rev1] Courier-IMAP ready.\r\n"
    else:
        answers = {"ID": b'* ID ("name" "Courier-IMAP")\r\nTAG OK done\r\n'}
    diagnosis = checked(imap_script(greeting=greeting, **answers))
    assert diagnosis.warnings == ["courier-imap-not-supported"]


@pytest.mark.parametrize(
    ("answers", "error", "stage", "cause", "code"),
    [
        (
            {"ehlo": b"421 4.3.2 shutting down\r\n"},
            *("smtp-settings-incorrect", "smtp-ehlo", "server-unavailable", 421),
        ),
        (
            {"AUTH": b"535 5.7.8 Username and Password not accepted\r\n"},
            *("unauthorized", "smtp-login", "bad-credentials", 535),
        ),
        (
            {"AUTH": b"503 authentication not enabled\r\n"},
            *("smtp-settings-incorrect", "smtp-login", None, 503),
        ),
        (
            {"AUTH": b"534-5.7.9 Application-specific password required.\r\n534 5.7.9 see\r\n"},
            "unauthorized-app-password-required",
            *("smtp-login", "app-password-required", 534),
        ),
        (
            {"mail": b"550 5.7.1 Sender address rejected: not owned by user\r\n"},
            *("test-email-failed", "smtp-mail", "sender-not-allowed", 550),
        ),
        (
            {"rcpt": b"554 5.7.1 Relay access denied\r\n"},
            *("test-email-failed", "smtp-rcpt", "relay-denied", 554),
        ),
        ({"DATA": b"451 4.3.0 later\r\n"}, "test-email-failed", "smtp-data", None, 451),
        (
            {"end": b"554 5.7.1 Spam message rejected\r\n"},
            *("test-email-failed", "smtp-end-of-data", "message-rejected", 554),
        ),
    ],
)
def test_smtp_refuses(checked, answers, error, stage, cause, code):
    diagnosis = checked(smtp=smtp_script(**answers))
    assert (diagnosis.error, diagnosis.stage) == (error, stage)
    assert diagnosis.cause == cause or cause is None
    assert diagnosis.evidence.reply_code == code
    assert diagnosis.message_id is None
    assert (checked.smtp.commands()[-1] == "QUIT") == (code != 421)
    assert checked.imap.commands()[-1] == "LOGOUT"


def test_a_refused_recipient_gets_no_data(checked):
    checked(smtp=smtp_script(rcpt=b"550 5.1.1 no such user\r\n"))
    assert checked.smtp.commands() == ["ehlo", "AUTH", "mail", "rcpt", "QUIT"]


def test_there_is_no_fallback_to_helo(checked):
    assert checked(smtp=smtp_script(ehlo=b"502 what\r\n")).stage == "smtp-ehlo"
    assert checked.smtp.commands() == ["ehlo", "QUIT"]


def test_a_drop_after_the_message_may_have_sent_it(checked):
    def gone(peer):
        peer.close()

    diagnosis = checked(smtp=smtp_script(end=gone))
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-end-of-data", "dropped-after-data")
    assert f"Message-ID: {diagnosis.message_id}".encode() in checked.smtp.received


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_reply_beats_the_disconnect_after_it(checked, ending):
    def refuse(peer, *_):
        peer.send(b"535 5.7.8 Authentication credentials invalid\r\n")
        getattr(peer, ending)()

    def bye(peer, tag, *_):
        peer.send(b"* BYE [UNAVAILABLE] going down\r\n")
        peer.close()

    assert checked(smtp=smtp_script(AUTH=refuse)).cause == "bad-credentials"
    diagnosis = checked(imap_script(AUTHENTICATE=bye))
    assert (diagnosis.stage, diagnosis.evidence.response_code) == ("imap-login", "UNAVAILABLE")


def test_an_international_address_needs_smtputf8(checked):
    diagnosis = checked(bcc_address="zoë@example.test")
    assert (diagnosis.error, diagnosis.stage) == ("test-email-failed", "smtp-mail")
    keywords = b"250-here\r\n250-SMTPUTF8\r\n250 AUTH PLAIN\r\n"
    assert checked(smtp=smtp_script(ehlo=keywords), bcc_address="zoë@x.test").error == "connected"
    assert b"SMTPUTF8" in checked.smtp.received[2]
    lines = [line.lower() for line in checked.smtp.received]
    assert "rcpt to:<zoë@x.test>".encode() in lines
