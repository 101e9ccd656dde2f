"""Mailboxes that take access tokens: logging in with one, fetching one, and when a new one."""

import base64
import json
import time
from urllib.parse import parse_qs, unquote_plus

import pytest

from fakeservers.spec import Account
from tests.harness.checker.conftest import imap_script, smtp_script
from tests.harness.checker.test_mailbox import run

TOKEN, REFRESH, SECRET = "ya29.first", "1//refresh", "GOCSPX-client/secret+&"
CHALLENGE = base64.b64encode(
    b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'
)
RETRY = b'{"error":"invalid_grant","error_description":"Token has been expired or revoked."}'


def oauth2(**held):
    return {
        "authentication": "oauth2",
        "password": "",
        "oauth2": {
            "access_token": TOKEN,
            "token_endpoint": "https://127.0.0.1:1/token",
            "client_id": "an app",
            **held,
        },
    }


def message(token=TOKEN):
    return base64.b64encode(f"user=anna@example.test\1auth=Bearer {token}\1\1".encode())


def endpoint(*answers):
    """A token endpoint that gives these answers, and remembers what it was asked."""
    asked = []

    def script(peer):
        peer.start_tls()
        head = []
        while line := peer.line():
            head.append(line)
        size = next(int(h.split(b":")[1]) for h in head if h.lower().startswith(b"content-length"))
        asked.append((head, parse_qs(peer.exactly(size).decode(), strict_parsing=True)))
        peer.send(answers[min(len(asked), len(answers)) - 1])
        peer.close()

    script.asked = asked
    return script


def http(body, status=b"200 OK", **headers):
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    lines = [b"HTTP/1.1 " + status, *(f"{k}: {v}".encode() for k, v in headers.items())]
    lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture
def asked(checked, serve):
    """A function that checks with a token endpoint of these answers; `asked.script` has what it was
    asked, `asked.steps` how the steps ended, `asked.said` what was said."""

    def go(*answers, imap=None, smtp=None, typed=None, **held):
        script = answers[0] if callable(answers[0]) else endpoint(*answers)
        server = serve(script)
        go.script, go.steps, go.said, go.tokens = script, [], [], []
        held = {
            "refresh_token": REFRESH,
            "client_secret": SECRET,
            "token_endpoint": f"https://127.0.0.1:{server.port}/o/token?tenant=x",
            **held,
        }
        return checked(
            imap or imap_script(capabilities=b"IMAP4rev1 AUTH=XOAUTH2 SASL-IR"),
            smtp or smtp_script(auth=b"XOAUTH2"),
            on_step=lambda step: go.steps.append((step.name, step.state)),
            on_said=go.said.append,
            on_tokens=go.tokens.append,
            **oauth2(**held),
            **(typed or {}),
        )

    return go


def shown(asked):
    return "\n".join(line.text for line in asked.said)


NEW = http({"access_token": "ya29.new", "token_type": "Bearer", "expires_in": 3599})


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("security", ["implicit-tls", "starttls", "cleartext"])
def test_a_mailbox_is_logged_in_to_with_a_token(security, mechanism):
    services = {
        name: {"security": security, "mechanisms": [mechanism, "PLAIN"]}
        for name in ("imap", "smtp")
    }
    [diagnosis], evidence = run(services, typed=oauth2(access_token=Account().token))
    assert (diagnosis.error, diagnosis.warnings) == ("connected", [])
    assert [login.mechanism for login in evidence.logins] == [mechanism] * 2


def test_a_token_that_is_refused_is_no_wrong_password():
    [diagnosis], evidence = run(typed=oauth2(access_token="nobody's"))
    assert (diagnosis.error, diagnosis.stage) == ("unauthorized", "imap-login")
    assert (diagnosis.cause, diagnosis.ask_password) == ("unspecified", False)
    assert diagnosis.candidates[:2] == ["unspecified", "token-expired"]
    assert diagnosis.advice[0] == "reconnect-account"
    assert "confirm-address-and-password" not in diagnosis.advice
    assert not diagnosis.exact
    assert len(evidence.logins) == 1


@pytest.mark.parametrize(
    ("capabilities", "answer"),
    [
        (b"IMAP4rev1 AUTH=XOAUTH2 SASL-IR", b""),
        (b"IMAP4rev1 AUTH=OAUTHBEARER SASL-IR", b"AQ=="),
        (b"IMAP4rev1 AUTH=XOAUTH2 AUTH=PLAIN", b""),
    ],
)
def test_reasons_for_a_refusal_are_answered_and_kept(checked, capabilities, answer):
    def refuse(peer, tag, rest):
        if b" " not in rest:
            peer.send(b"+ \r\n")
            peer.line()
        peer.send(b"+ " + CHALLENGE + b"\r\n")
        assert peer.line() == answer
        return b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n"

    diagnosis = checked(imap_script(capabilities=capabilities, AUTHENTICATE=refuse), **oauth2())
    assert (diagnosis.rule, diagnosis.ask_password) == ("token-refused", False)
    assert diagnosis.evidence.lines[-2] == f"+ {CHALLENGE.decode()}"


def test_smtp_gives_reasons_too(checked):
    def refuse(peer, rest):
        assert rest == b"XOAUTH2 " + message()
        peer.send(b"334 " + CHALLENGE + b"\r\n")
        assert peer.line() == b""
        return b"535 5.7.8 Username and Password not accepted\r\n"

    imap = imap_script(capabilities=b"IMAP4rev1 AUTH=XOAUTH2 SASL-IR")
    diagnosis = checked(imap, smtp_script(auth=b"LOGIN XOAUTH2", AUTH=refuse), **oauth2())
    assert (diagnosis.stage, diagnosis.error) == ("smtp-login", "unauthorized")
    assert not diagnosis.ask_password


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_where_no_mechanism_carries_tokens_none_is_sent(checked, protocol):
    scripts = {
        "imap": imap_script(capabilities=b"IMAP4rev1 AUTH=XOAUTH2 SASL-IR"),
        "smtp": smtp_script(auth=b"XOAUTH2"),
    }
    scripts[protocol] = {"imap": imap_script(), "smtp": smtp_script()}[protocol]
    diagnosis = checked(**scripts, **oauth2())
    assert (diagnosis.stage, diagnosis.cause) == (f"{protocol}-login", "auth-mechanism-unsupported")
    assert not {"AUTHENTICATE", "LOGIN", "AUTH"} & set(getattr(checked, protocol).commands())


def test_a_token_that_is_missing_is_fetched(asked, checked):
    assert asked(NEW, access_token=None, scopes=("a", "b")).error == "connected"
    assert asked.steps[:2] == [("fetch-token", "started"), ("fetch-token", "done")]
    [(head, form)] = asked.script.asked
    assert head[0] == b"POST /o/token?tenant=x HTTP/1.1"
    assert form == {
        "grant_type": ["refresh_token"],
        "refresh_token": [REFRESH],
        "scope": ["a b"],
        "client_id": ["an app"],
        "client_secret": [SECRET],
    }
    assert checked.imap.received[0].endswith(message("ya29.new"))
    [held] = asked.tokens
    assert (held.access_token, held.refresh_token) == ("ya29.new", REFRESH)
    assert 3500 < held.expires_at - time.time() < 3700


def test_an_application_asks_in_its_own_name(asked):
    held = {"access_token": None, "refresh_token": None, "grant": "client_credentials"}
    assert asked(NEW, **held).error == "connected"
    [(_, form)] = asked.script.asked
    assert form["grant_type"] == ["client_credentials"] and "refresh_token" not in form


@pytest.mark.parametrize(("expires_in_s", "times"), [(-1, 1), (60, 0)])
def test_a_token_that_has_expired_is_not_used(asked, expires_in_s, times):
    assert asked(NEW, expires_at=time.time() + expires_in_s).error == "connected"
    assert len(asked.script.asked) == times


def refusing(reply, *, once=True):
    """An IMAP server that refuses the first token, or all."""
    seen = []

    def ask(peer, tag, rest):
        seen.append(rest)
        return b"TAG OK in\r\n" if once and len(seen) > 1 else reply

    return imap_script(capabilities=b"IMAP4rev1 AUTH=XOAUTH2 SASL-IR", AUTHENTICATE=ask)


EXPIRED = b"TAG NO [EXPIRED] Token has expired\r\n"


def test_a_token_that_is_refused_is_renewed_once(asked, checked):
    assert asked(NEW, imap=refusing(EXPIRED)).error == "connected"
    logins = [line for line in checked.imap.received if b"AUTHENTICATE" in line]
    assert [line.rsplit(b" ")[-1] for line in logins] == [message(), message("ya29.new")]
    ended = [step for step in asked.steps if step[1] != "started"]
    assert ended[:4] == [
        ("connect-imap", "done"),
        ("log-in-imap", "failed"),
        ("fetch-token", "done"),
        ("connect-imap", "done"),
    ]


def test_a_token_that_is_refused_again_is_not_renewed_again(asked, checked):
    diagnosis = asked(NEW, imap=refusing(EXPIRED, once=False))
    assert (diagnosis.stage, diagnosis.cause) == ("imap-login", "token-expired")
    assert len(asked.script.asked) == 1
    assert checked.imap.commands().count("AUTHENTICATE") == 2


@pytest.mark.parametrize(
    "reply",
    [
        b"TAG NO [ALERT] IMAP access is disabled for your domain.\r\n",
        b"TAG NO [AUTHENTICATIONFAILED] insufficient_scope\r\n",
        b"TAG BAD Malformed token\r\n",
        b"TAG NO [UNAVAILABLE] Temporary failure\r\n",
    ],
)
def test_what_no_other_token_cures_is_no_reason_to_ask_for_one(asked, reply):
    assert asked(NEW, imap=refusing(reply)).stage == "imap-login"
    assert asked.script.asked == []


def test_no_more_than_one_token_is_fetched(asked):
    diagnosis = asked(NEW, access_token=None, imap=refusing(EXPIRED))
    assert diagnosis.cause == "token-expired"
    assert len(asked.script.asked) == 1


def test_a_new_refresh_token_takes_the_place_of_the_old_one(asked):
    new = http({"access_token": "ya29.new", "refresh_token": "1//second", "expires_in": "60"})
    diagnosis = asked(new, access_token=None)
    assert diagnosis.warnings == ["refresh-token-rotated"]
    assert asked.tokens[0].refresh_token == "1//second"


def test_without_anything_to_ask_with(asked):
    diagnosis = asked(NEW, access_token=None, refresh_token=None)
    assert (diagnosis.stage, diagnosis.cause) == ("oauth-token", "consent-missing")
    assert (diagnosis.error, asked.script.asked) == ("unauthorized", [])


@pytest.mark.parametrize(
    ("answer", "cause", "error"),
    [
        (http(RETRY, b"400 Bad Request"), "token-revoked", "unauthorized"),
        (http(RETRY), "token-revoked", "unauthorized"),
        (
            http({"error": "invalid_client"}, b"401 Unauthorized"),
            "oauth-client-refused",
            "imap-authentication-error",
        ),
        (http({"error": "invalid_scope"}, b"400 Bad Request"), "consent-missing", "unauthorized"),
        (
            http(b"slow", b"429 Too Many Requests", **{"Retry-After": 60}),
            "rate-limited",
            "imap-authentication-error",
        ),
        (
            http(b"<html>Welcome</html>", **{"Content-Type": "text/html"}),
            "token-endpoint-unavailable",
            "imap-authentication-error",
        ),
        (
            http(b"", b"302 Found", Location="https://127.0.0.1:1/"),
            "token-endpoint-unavailable",
            "imap-authentication-error",
        ),
        (http(b'{"access_token": 7}'), "token-endpoint-unavailable", "imap-authentication-error"),
        (
            http(b'{"access_token": "a\\r\\nb"}'),
            "token-endpoint-unavailable",
            "imap-authentication-error",
        ),
        (http(b"x" * 10_000_000), "token-endpoint-unavailable", "imap-authentication-error"),
        (http(RETRY + b" " * 10_000_000, b"400 Bad Request"), "token-revoked", "unauthorized"),
        (
            b"220 smtp.example.test ESMTP\r\n",
            "token-endpoint-unavailable",
            "imap-authentication-error",
        ),
        (b"", "token-endpoint-unavailable", "imap-authentication-error"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b'{"access_token": "ya29.cut',
            "token-endpoint-unavailable",
            "imap-authentication-error",
        ),
    ],
)
def test_whatever_the_endpoint_answers(asked, checked, answer, cause, error):
    diagnosis = asked(answer, access_token=None)
    assert (diagnosis.stage, diagnosis.cause, diagnosis.error) == ("oauth-token", cause, error)
    assert not diagnosis.ask_password and not diagnosis.exact
    assert checked.imap.received == []
    assert len(asked.script.asked) == 1
    assert "ya29.cut" not in shown(asked) + repr(diagnosis)


@pytest.mark.parametrize("lengthless", [True, False])
def test_an_answer_of_unknown_length_and_one_in_chunks(asked, lengthless):
    body = b'{"access_token": "ya29.new"}'
    ends = b"Connection: close\r\n\r\n" + body
    chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    answer = b"HTTP/1.1 200 OK\r\n" + (ends if lengthless else chunks)
    assert asked(answer, access_token=None).error == "connected"


def test_a_certificate_that_is_not_trusted_is_that_anywhere(asked):
    def script(peer):
        peer.start_tls("expired")
        peer.until_gone()

    diagnosis = asked(script, access_token=None, typed={"allow_insecure_certificates": True})
    assert (diagnosis.stage, diagnosis.cause) == ("oauth-token", "certificate-expired")
    assert diagnosis.error == "unauthorized-untrusted-certificate"


def test_no_secret_is_shown(asked):
    rotated = {"access_token": "ya29.new-one", "refresh_token": "1//second-one"}
    asked(http(rotated), imap=refusing(EXPIRED, once=False))
    text = shown(asked)
    assert "the request for a token, " in text
    assert '{"access_token": "***", "refresh_token": "***"}' in text
    for secret in (TOKEN, REFRESH, SECRET, "ya29.new-one", "1//second-one", "GOCSPX"):
        assert secret not in text, text
    assert message().decode()[30:] not in text


def test_a_server_that_drips_is_not_waited_for_longer_than_for_any(asked):
    def script(peer):
        peer.start_tls()
        while peer.line():
            pass
        peer.until_gone()

    began = time.monotonic()
    diagnosis = asked(script, access_token=None, typed={"timeout_s": 0.3})
    assert (diagnosis.stage, diagnosis.cause) == ("oauth-token", "token-endpoint-unavailable")
    assert diagnosis.retryable and time.monotonic() - began < 4


BASIC = http(
    {"error": "invalid_client"}, b"401 Unauthorized", **{"WWW-Authenticate": 'Basic realm="x"'}
)


def test_who_may_not_say_in_the_form_who_it_is_says_so_in_the_header(asked):
    assert asked(BASIC, NEW, access_token=None).error == "connected"
    (_, first), (head, second) = asked.script.asked
    assert first["client_secret"] == [SECRET] and "client_secret" not in second
    assert "client_id" not in second and second["refresh_token"] == [REFRESH]
    [told] = [line for line in head if line.startswith(b"Authorization: Basic ")]
    name, secret = base64.b64decode(told.split()[-1]).decode().split(":")
    assert (name, unquote_plus(secret)) == ("an+app", SECRET)
    assert told.split()[-1].decode() not in shown(asked)


OTHER = http({"error": "x"}, b"401 Unauthorized", **{"WWW-Authenticate": "Bearer"})
LATER = http({"error": "x"}, b"400 Bad Request", **{"WWW-Authenticate": "Basic"})


@pytest.mark.parametrize(
    ("answer", "secret", "times"),
    [(BASIC, SECRET, 2), (BASIC, None, 1), (OTHER, SECRET, 1), (LATER, SECRET, 1)],
)
def test_nobody_is_told_more_than_twice_who_asks(asked, answer, secret, times):
    diagnosis = asked(answer, access_token=None, client_secret=secret)
    assert diagnosis.stage == "oauth-token" and len(asked.script.asked) == times
