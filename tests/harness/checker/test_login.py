"""Which mechanism is used, what of it is on the wire, and that secrets stay secret."""

import base64
import hmac

import pytest

from tests.harness.checker.conftest import PASSWORD, imap_script, smtp_script

PASSWORDS = [PASSWORD, "Schlüßel €", 'quote"only', "back\\slash", "plain", " spaces ", ""]


def b64(text):
    return base64.b64encode(text.encode())


def plain(password):
    return b64(f"\0anna@example.test\0{password}")


@pytest.mark.parametrize("password", PASSWORDS)
def test_imap_plain_with_initial_response(checked, password):
    assert checked(password=password).error == "connected"
    assert checked.imap.received[0].endswith(b"AUTHENTICATE PLAIN " + plain(password))


@pytest.mark.parametrize("password", PASSWORDS)
def test_imap_plain_without_initial_response(checked, password):
    def ask(peer, tag, mechanism):
        assert mechanism == b"PLAIN"
        peer.send(b"+ \r\n")
        assert peer.line() == plain(password)
        return b"TAG OK in\r\n"

    script = imap_script(capabilities=b"IMAP4rev1 AUTH=PLAIN", AUTHENTICATE=ask)
    assert checked(script, password=password).error == "connected"


def test_the_initial_response_is_not_given_twice(checked):
    def ask(peer, tag, rest):
        peer.send(b"+ \r\n")
        assert peer.line() == b"*"
        return b"TAG BAD cancelled\r\n"

    assert checked(imap_script(AUTHENTICATE=ask)).stage == "imap-login"


@pytest.mark.parametrize("password", PASSWORDS)
def test_imap_login_command(checked, password):
    def login(peer, tag, rest):
        *words, last = rest.split(b" ", 1)
        assert words == [b'"anna@example.test"']
        if last.startswith(b"{"):
            peer.send(b"+ go\r\n")
            assert peer.exactly(int(last[1:-1])) == password.encode()
            assert peer.line() == b""
        else:
            read = last[1:-1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
            assert read == password.encode()
        return b"TAG OK in\r\n"

    script = imap_script(capabilities=b"IMAP4rev1 AUTH=XOAUTH2 AUTH=LOGIN", LOGIN=login)
    assert checked(script, password=password).error == "connected"
    assert "AUTHENTICATE" not in checked.imap.commands()


def test_imap_login_with_a_literal_for_each(checked):
    def login(peer, tag, rest):
        peer.send(b"+ go\r\n")
        assert rest == b"{5}"
        assert peer.exactly(5) == "zoëx".encode()
        assert peer.line() == b" {3}"
        peer.send(b"+ go\r\n")
        assert peer.line() == "pö".encode()
        return b"TAG OK in\r\n"

    script = imap_script(capabilities=b"IMAP4rev1", LOGIN=login)
    assert checked(script, username="zoëx", password="pö").error == "connected"


def test_a_refused_literal(checked):
    script = imap_script(capabilities=b"IMAP4rev1", LOGIN=b"TAG NO [TOOBIG] no\r\n")
    diagnosis = checked(script, password="pö")
    assert (diagnosis.stage, diagnosis.evidence.response_code) == ("imap-login", "TOOBIG")


def questions(password):
    return [(b"VXNlcm5hbWU6", b64("anna@example.test")), (b"UGFzc3dvcmQ6", b64(password))]


def test_imap_authenticate_login(checked):
    def ask(peer, tag, mechanism):
        assert mechanism == b"LOGIN"
        for question, answer in questions(PASSWORD):
            peer.send(b"+ " + question + b"\r\n")
            assert peer.line() == answer
        return b"TAG OK in\r\n"

    capabilities = b"IMAP4rev1 LOGINDISABLED AUTH=CRAM-MD5 AUTH=LOGIN SASL-IR"

    def script(peer):
        peer.start_tls()
        imap_script(capabilities=capabilities, AUTHENTICATE=ask)(peer)

    assert checked(script, imap_typed={"security": "implicit-tls"}).error == "connected"


def test_smtp_auth_login_with_prompts_that_are_not_base64(checked):
    def ask(peer, mechanism):
        assert mechanism == b"LOGIN"
        for prompt, answer in zip((b"User:", b"Password:"), questions(PASSWORD), strict=True):
            peer.send(b"334 " + prompt + b"\r\n")
            assert peer.line() == answer[1]
        return b"235 in\r\n"

    script = smtp_script(auth=b"LOGIN CRAM-MD5", AUTH=ask)
    assert checked(smtp=script).error == "connected"


def test_smtp_auth_cram_md5(checked):
    def ask(peer, mechanism):
        peer.send(b"334 " + b64("<1@here>") + b"\r\n")
        digest = hmac.new(PASSWORD.encode(), b"<1@here>", "md5").hexdigest()
        assert peer.line() == b64(f"anna@example.test {digest}")
        return b"235 in\r\n"

    assert checked(smtp=smtp_script(auth=b"XOAUTH2 CRAM-MD5", AUTH=ask)).error == "connected"


def test_a_senseless_challenge_is_cancelled(checked):
    def ask(peer, mechanism):
        peer.send(b"334 x\r\n")
        assert peer.line() == b"*"
        return b"501 cancelled\r\n"

    diagnosis = checked(smtp=smtp_script(auth=b"CRAM-MD5", AUTH=ask))
    assert (diagnosis.stage, diagnosis.evidence.reply_code) == ("smtp-login", 501)
    assert checked.smtp.commands()[-1] == "QUIT"


@pytest.mark.parametrize("password", PASSWORDS)
def test_smtp_auth_plain(checked, password):
    assert checked(password=password).error == "connected"
    assert checked.smtp.received[1] == b"AUTH PLAIN " + plain(password)


def test_the_old_way_of_offering(checked):
    script = smtp_script(ehlo=b"250-here\r\n250 AUTH=LOGIN PLAIN\r\n")
    assert checked(smtp=script).error == "connected"


def test_nothing_usable_offered_by_smtp(checked):
    diagnosis = checked(smtp=smtp_script(ehlo=b"250-here\r\n250 AUTH XOAUTH2\r\n"))
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-login", "auth-mechanism-unsupported")
    assert checked.smtp.commands() == ["ehlo", "QUIT"]


@pytest.mark.parametrize("answer", [b"503 5.5.1 not enabled\r\n", b"334 \r\n", b"250 fine\r\n"])
def test_nothing_offered_by_smtp(checked, answer):
    diagnosis = checked(smtp=smtp_script(ehlo=b"250 here\r\n", AUTH=answer))
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-login", "auth-mechanism-unsupported")
    assert diagnosis.evidence.lines == []
    assert [line for line in checked.smtp.received if b"AUTH" in line] == [b"AUTH"]
    assert checked.smtp.commands() == ["ehlo", "AUTH", "QUIT"]


def test_nothing_offered_by_smtp_that_closes(checked):
    def close(peer):
        peer.close()

    diagnosis = checked(smtp=smtp_script(ehlo=b"250 here\r\n", AUTH=close))
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-login", "auth-mechanism-unsupported")


@pytest.mark.parametrize("security", ["cleartext", "starttls"])
def test_a_server_that_wants_nothing_to_do_with_us(checked, security):
    """Sendmail 8.17 behind TCP wrappers."""
    denied = b"550 5.0.0 Access denied\r\n"
    few = b"250-here\r\n250 ENHANCEDSTATUSCODES\r\n"
    script = smtp_script(ehlo=few, AUTH=denied, STARTTLS=denied)
    diagnosis = checked(smtp=script, smtp_typed={"security": security})
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-ehlo", "ip-not-allowed")
    assert diagnosis.evidence.reply_code == 550
    assert checked.smtp.commands()[-1] == "QUIT"


def test_a_cleartext_log_in_that_is_disabled_is_not_tried(checked):
    diagnosis = checked(imap_script(capabilities=b"IMAP4rev1 LOGINDISABLED AUTH=PLAIN STARTTLS"))
    assert (diagnosis.stage, diagnosis.cause) == ("imap-login", "tls-required")
    assert checked.imap.commands() == ["LOGOUT"]


def test_auth_hidden_before_tls(checked):
    diagnosis = checked(smtp=smtp_script(ehlo=b"250-here\r\n250 STARTTLS\r\n"))
    assert (diagnosis.stage, diagnosis.cause) == ("smtp-login", "tls-required")


@pytest.mark.parametrize("form", [PASSWORD, 'p\\\\w\\"d 1', b64(PASSWORD).decode()])
def test_echoed_secrets_are_masked(checked, form):
    diagnosis = checked(imap_script(AUTHENTICATE=f"TAG NO you sent {form}!\r\n".encode()))
    assert form not in str(diagnosis)
    assert "***" in diagnosis.evidence.lines[0]


def test_an_echoed_initial_response_is_masked(checked):
    def echo(peer, rest):
        return b"501 5.5.2 what is " + rest + b"\r\n"

    diagnosis = checked(smtp=smtp_script(AUTH=echo))
    assert plain(PASSWORD).decode().rstrip("=") not in str(diagnosis)


def test_a_password_that_is_a_word_of_the_reason(checked):
    answer = b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"
    diagnosis = checked(imap_script(AUTHENTICATE=answer), password="credentials")
    assert diagnosis.cause == "bad-credentials"


def test_a_refusal_by_smtp_after_imap_accepted_the_same(checked):
    diagnosis = checked(smtp=smtp_script(AUTH=b"535 5.7.8 no\r\n"))
    assert "smtp-auth-disabled" in diagnosis.candidates


def test_nothing_is_logged_of_the_password(checked, caplog):
    caplog.set_level("DEBUG")
    checked(imap_script(capabilities=b"IMAP4rev1"))
    assert "w" not in caplog.text or PASSWORD not in caplog.text
    assert "w\\" not in caplog.text


def test_an_ok_after_an_unavailable_is_a_failed_log_in(checked):
    """Yahoo's OCF12: the server apologises in an untagged NO and says OK all the same."""

    def apologise(peer, tag, rest):
        peer.send(b"* NO [UNAVAILABLE] LOGIN failure. Server error OCF12\r\n")
        return b"TAG OK AUTHENTICATE completed\r\n"

    diagnosis = checked(imap_script(AUTHENTICATE=apologise))
    assert (diagnosis.stage, diagnosis.cause) == ("imap-login", "temporary-failure")
    assert not diagnosis.ask_password
