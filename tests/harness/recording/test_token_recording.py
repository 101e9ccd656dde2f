"""What an authorization server says to a client of others is shown, kept without secrets, and said
again."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import warnings
from collections.abc import Iterator
from urllib.parse import quote_plus, unquote_plus

import httpx
import pytest
from authlib.common.errors import AuthlibBaseError

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.checker import check
from harness.cli import main
from harness.contract.settings import OAuth2Settings
from harness.recording.relay import Upstream
from tests.harness.recording.conftest import settings
from tests.harness.recording.test_recording import mailbox

LIMITED = {"event": "token-request"}
BASIC, POST = "client_secret_basic", "client_secret_post"


def token_mailbox(dialect="plain", rules=(), **oauth) -> MailboxSpec:
    spec = mailbox(dialect=dialect).model_dump(by_alias=True, exclude_unset=True)
    spec["services"]["oauth"] = {"protocol": "oauth", "rules": list(rules), **oauth}
    return MailboxSpec.model_validate(spec)


def authlib(url, spec, ca_file, refresh_token, *, secret=None, how=BASIC):
    """What Authlib gets: the token, or what it raises."""
    from authlib.integrations.requests_client import OAuth2Session

    session = OAuth2Session(
        spec.oauth_client.id,
        secret or spec.oauth_client.secret,
        token_endpoint_auth_method=how,
    )
    session.trust_env, session.verify = False, ca_file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return session.refresh_token(url, refresh_token=refresh_token)["access_token"]


def requests_oauthlib(url, spec, ca_file, refresh_token):
    from requests_oauthlib import OAuth2Session

    session = OAuth2Session(spec.oauth_client.id)
    session.trust_env = False
    known = spec.oauth_client
    client = {"client_id": known.id, "client_secret": known.secret}
    return session.refresh_token(url, refresh_token, verify=ca_file, **client)["access_token"]


@contextlib.contextmanager
def relayed(studio, spec) -> Iterator[tuple[object, str, str]]:
    """The recorder, the address of its token endpoint, and the file of the authority."""
    with studio.before_fakes(spec) as (recorder, ca_file):
        path = next(each.path for each in studio.upstreams if each.protocol == "oauth")
        yield recorder, f"https://127.0.0.1:{recorder.ports['oauth']}{path}", ca_file


def secrets_of(spec) -> tuple[str, ...]:
    return (spec.oauth_client.secret, spec.account.refresh_token, spec.account.token)


def shown_none(studio, text, spec):
    everything = text + "\n".join(studio.shown)
    assert [secret for secret in secrets_of(spec) if secret in everything] == []


@pytest.mark.parametrize("how", [BASIC, POST])
@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("plain", "revoked"),
        ("gmail", "error_description: Token has been expired or revoked."),
        ("outlook", "AADSTS50173: "),
    ],
)
def test_a_refusal_is_said_again(studio, dialect, words, how):
    spec = token_mailbox(dialect)
    with relayed(studio, spec) as (recorder, url, ca_file):
        with pytest.raises(Exception, match="invalid_grant"):
            authlib(url, spec, ca_file, f"{spec.account.refresh_token}.revoked", how=how)
        scenario, text = studio.scenario(recorder)
    assert (scenario.reproduces, scenario.cause) == ("unauthorized", "token-revoked")
    assert scenario.dialect == dialect
    assert words in text and "status: 400" in text
    assert spec.oauth_client.id not in text
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text) is None, "ids of the moment"
    shown_none(studio, text, spec)
    assert any("invalid_grant" in line for line in studio.shown)
    assert studio.run() == 0


def test_who_asks_is_refused(studio):
    spec, secret = token_mailbox("outlook"), "QxT8~another-secret-of-the-customer"
    with relayed(studio, spec) as (recorder, url, ca_file):
        with pytest.raises(Exception, match="invalid_client"):
            authlib(url, spec, ca_file, spec.account.refresh_token, secret=secret)
        scenario, text = studio.scenario(recorder)
    assert scenario.cause == "oauth-client-refused"
    assert "AADSTS7000215" in text and "{client}" in text
    shown_none(studio, text, spec)
    assert secret not in text + "".join(studio.shown)
    assert studio.run() == 0


ANSWERS = {
    "rate-limited": {"status": 429, "headers": {"Retry-After": "60"}, "text": "Too Many Requests"},
    "token-endpoint-unavailable": {"status": 503, "html": "<h1>We will be back</h1>"},
    "consent-missing": {"status": 400, "json": {"error": "invalid_scope"}},
    "protocol-error": {"status": 400, "form": {"error": "invalid_request"}},
}


@pytest.mark.parametrize("cause", ANSWERS)
def test_whatever_is_answered_in_place_of_a_token(studio, cause):
    spec = token_mailbox(rules=[{"when": LIMITED, "then": {"http": ANSWERS[cause]}}])
    with relayed(studio, spec) as (recorder, url, ca_file):
        with pytest.raises((ValueError, OSError, AuthlibBaseError)):
            authlib(url, spec, ca_file, spec.account.refresh_token)
        scenario, text = studio.scenario(recorder)
    assert scenario.cause == cause
    assert ("Retry-After" in text) == (cause == "rate-limited")
    shown_none(studio, text, spec)
    assert studio.run() == 0


@pytest.mark.parametrize("client", [authlib, requests_oauthlib])
@pytest.mark.parametrize("tokens", ["opaque", "jwt"])
def test_tokens_that_are_given_are_kept_nowhere(studio, client, tokens):
    spec = token_mailbox(issuing={"tokens": tokens, "rotates": True})
    with relayed(studio, spec) as (recorder, url, ca_file):
        token = client(url, spec, ca_file, spec.account.refresh_token)
        scenario, text = studio.scenario(recorder)
    assert scenario.reproduces == "connected" and scenario.customer.oauth2 is not None
    shown_none(studio, text + repr(recorder.relays[-1].said), spec)
    assert token not in text + "".join(studio.shown)
    assert '"access_token": "***"' in "".join(studio.shown)
    assert studio.run() == 0


@pytest.mark.parametrize("cause", ["refused", "closed", "reset", "certificate", "tls"])
def test_no_answer_is_recorded_too(studio, cause):
    ending = {"closed": "close", "reset": "reset"}.get(cause)
    rules = [{"when": LIMITED, "then": ending}] if ending else []
    more = {"refused": {"listen": "refused"}, "certificate": {"certificate": "expired"}}
    if cause == "tls":
        rules = [{"when": {"event": "tls"}, "then": "close"}]
    spec = token_mailbox(rules=rules, **more.get(cause, {}))
    with relayed(studio, spec) as (recorder, url, ca_file):
        with pytest.raises(OSError):
            authlib(url, spec, ca_file, spec.account.refresh_token)
        scenario, text = studio.scenario(recorder)
    certificate = cause == "certificate"
    assert scenario.cause == (
        "certificate-expired" if certificate else "token-endpoint-unavailable"
    )
    shown_none(studio, text, spec)
    assert studio.run() == 0


def by_token(recorder, url, ca_file, spec, **held):
    """What a product with tokens has, for the recorder."""
    known = spec.oauth_client
    oauth2 = OAuth2Settings(
        token_endpoint=url,
        client_id=known.id,
        client_secret=known.secret,
        refresh_token=spec.account.refresh_token,
        **held,
    )
    return settings(recorder, ca_file, spec, password="", authentication="oauth2", oauth2=oauth2)


def test_all_three_servers_at_once(studio):
    spec = token_mailbox("gmail")
    with relayed(studio, spec) as (recorder, url, ca_file):
        assert check(by_token(recorder, url, ca_file, spec)).error == "connected"
        scenario, text = studio.scenario(recorder)
    assert scenario.reproduces == "connected" and scenario.dialect == "gmail"
    assert "password: token" in text
    shown_none(studio, text, spec)
    assert studio.run() == 0


def test_a_token_that_imap_refuses(studio):
    spec = token_mailbox("gmail")
    held = {"access_token": f"{spec.account.token}.revoked"}
    with relayed(studio, spec) as (recorder, url, ca_file):
        typed = by_token(recorder, url, ca_file, spec, **held)
        typed = typed.model_copy(
            update={"oauth2": typed.oauth2.model_copy(update={"refresh_token": None})}
        )
        assert check(typed).stage == "imap-login"
        scenario, text = studio.scenario(recorder)
    assert (scenario.stage, scenario.reproduces) == ("imap-login", "unauthorized")
    assert scenario.customer.oauth2 is not None
    shown_none(studio, text, spec)
    assert studio.run() == 0


@pytest.mark.parametrize("body", ["json", "form", "text"])
def test_whatever_proves_something_is_masked_also_where_the_server_repeats_it(studio, body):
    secrets = ["4/0AfJohXm-code-of-anna", "verifier~of~anna", "Zq7/wKx9+Lm2%"]
    text = f"no such code: {' '.join(secrets)}"
    answer = {body: text if body == "text" else {"error": "invalid_grant", "why": text}}
    spec = token_mailbox(rules=[{"when": LIMITED, "then": {"http": {"status": 400, **answer}}}])
    form = {"grant_type": "authorization_code", "code": secrets[0], "code_verifier": secrets[1]}
    with relayed(studio, spec) as (recorder, url, ca_file):
        with httpx.Client(verify=ssl.create_default_context(cafile=ca_file)) as client:
            said = client.post(f"{url}?audience=x", data=form, auth=("an-app", secrets[2]))
        assert secrets[0] in unquote_plus(said.text)
        _, written = studio.scenario(recorder)
    everything = written + "\n".join(studio.shown)
    for secret in secrets:
        assert secret not in everything and quote_plus(secret) not in everything
    assert "an-app" not in written
    assert studio.run() == 0


def test_what_is_no_request_goes_nowhere(studio):
    spec = token_mailbox()
    context = ssl.create_default_context()
    with studio.background.hold(open_mailbox(spec)) as real:
        context.load_verify_locations(real.ca_file)
        port = real.services["oauth"].port
        upstream = Upstream("oauth", "127.0.0.1", port, "implicit-tls", context, "/token")
        with (
            studio.before([upstream]) as recorder,
            socket.create_connection(("127.0.0.1", recorder.ports["oauth"])) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            client.settimeout(20)
            client.sendall(b"a1 LOGIN anna Zq7#wKx9%Lm2\r\n\r\n")
            assert client.recv(1) == b""
        assert real.evidence.token_requests == []
    assert "Zq7" not in "".join(studio.shown)


def test_the_command_relays_a_token_endpoint(studio, tmp_path):
    spec = token_mailbox("gmail")
    with studio.background.hold(open_mailbox(spec)) as real:
        service = real.services["oauth"]
        url = f"https://127.0.0.1:{service.port}{service.dialect.side('oauth').token_path}"
        command = [sys.executable, "-m", "badinbox", "record", "--token-endpoint", url]
        command += ["--ca-file", real.ca_file]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            told = []
            while not told or not told[-1].startswith("Ready"):
                told.append(process.stdout.readline())
                assert told[-1], told
            found = {line.split()[0]: line.split()[1].rstrip(",") for line in told}
            with pytest.raises(Exception, match="expired or revoked"):
                refresh = f"{spec.account.refresh_token}.expired"
                authlib(found["TOKEN"], spec, found["CA"], refresh)
            process.send_signal(signal.SIGINT)
            told += process.stdout.readlines()
            assert process.wait(30) == 0
    assert not any(secret in "".join(told) for secret in secrets_of(spec))
    assert "Token has been expired or revoked." in (tmp_path / "recorded.yaml").read_text()
    assert studio.run() == 0


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/token", "127.0.0.1:1", "https://", "https://x:0/"]
)
def test_no_address_of_a_token_endpoint(capsys, url):
    assert main(["record", "--token-endpoint", url]) == 2
    error = capsys.readouterr().err
    assert "begins with https://" in error and error.count("\n") == 1
