"""Each thing that a connector can do wrong with tokens, done over the wire; and one that does none
of them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import imaplib
import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from harness.connectors.inprocess import InProcess
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, OAuth2Settings
from harness.judging.verdict import Judgement
from harness.runner.runner import Runner
from harness.scenario.catalogue import collect, select
from harness.scenario.model import Scenario
from tests.catalogue import whole_catalogue

CONNECTED = Diagnosis(error="connected")
UNAUTHORIZED = Diagnosis(error="unauthorized")
Check = Callable[[ConnectionSettings], Diagnosis]


def tokens(settings: ConnectionSettings) -> OAuth2Settings:
    assert settings.oauth2
    return settings.oauth2


def trusted(settings: ConnectionSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file)


def renewed(settings: ConnectionSettings, refresh: str | None = None) -> tuple[str, str]:
    """A new access token, and the refresh token to keep."""
    held = tokens(settings)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh or held.refresh_token or "",
        "client_id": held.client_id,
        "client_secret": held.client_secret or "",
    }
    answer = httpx.post(held.token_endpoint, data=form, verify=trusted(settings)).json()
    return answer.get("access_token", ""), answer.get("refresh_token", form["refresh_token"])


def said(settings: ConnectionSettings, token: str) -> str:
    return f"user={settings.login}\1auth=Bearer {token}\1\1"


def imap(settings: ConnectionSettings, token: str) -> bool:
    """Whether IMAP lets it in."""
    server = settings.imap
    with imaplib.IMAP4_SSL(server.host, server.port, ssl_context=trusted(settings)) as client:
        try:
            client.authenticate("XOAUTH2", lambda _: said(settings, token).encode())
        except imaplib.IMAP4.error:
            return False
        client.select()
        return True


def send(settings: ConnectionSettings, token: str) -> None:
    server, context = settings.smtp, trusted(settings)
    with smtplib.SMTP_SSL(server.host, server.port, context=context) as client:
        client.ehlo()
        client.auth("XOAUTH2", lambda _=None: said(settings, token))
        client.sendmail(settings.email, [settings.bcc_address or ""], "Subject: test\n\ntest")


def honest(settings: ConnectionSettings) -> Diagnosis:
    token, _ = renewed(settings)
    imap(settings, token)
    send(settings, token)
    return CONNECTED


def uses_the_expired_one(settings: ConnectionSettings) -> Diagnosis:
    imap(settings, tokens(settings).access_token or "")
    return honest(settings)


def renews_in_a_loop(settings: ConnectionSettings) -> Diagnosis:
    for _ in range(3):
        renewed(settings)
    return UNAUTHORIZED


def asks_by_header(settings: ConnectionSettings, times: int) -> Diagnosis:
    """In the form first, which is refused, then in the header (RFC 6749, 2.3.1)."""
    renewed(settings)
    held = tokens(settings)
    form = {"grant_type": "refresh_token", "refresh_token": held.refresh_token or ""}
    for _ in range(times):
        httpx.post(
            held.token_endpoint,
            data=form,
            auth=(held.client_id, held.client_secret or ""),
            verify=trusted(settings),
        )
    return Diagnosis(error="imap-authentication-error")


def asks_by_header_in_a_loop(settings: ConnectionSettings) -> Diagnosis:
    return asks_by_header(settings, 2)


def throws_the_new_one_away(settings: ConnectionSettings) -> Diagnosis:
    imap(settings, renewed(settings)[0])
    renewed(settings)
    return CONNECTED


def sends_the_refresh_token(settings: ConnectionSettings) -> Diagnosis:
    imap(settings, tokens(settings).refresh_token or "")
    return UNAUTHORIZED


def sends_the_application_s_secret(settings: ConnectionSettings) -> Diagnosis:
    imap(settings, tokens(settings).client_secret or "")
    return UNAUTHORIZED


def takes_it_for_a_password(settings: ConnectionSettings) -> Diagnosis:
    server, context = settings.imap, trusted(settings)
    client = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context)
    with client, contextlib.suppress(imaplib.IMAP4.error):
        client.login(settings.login, tokens(settings).access_token or "")
    return UNAUTHORIZED


def forgets_tls(settings: ConnectionSettings) -> Diagnosis:
    server = settings.imap
    with imaplib.IMAP4(server.host, server.port) as client:
        first = base64.b64encode(said(settings, tokens(settings).access_token or "").encode())
        client.send(b"a1 AUTHENTICATE XOAUTH2 " + first + b"\r\n")
        client.readline()
    return UNAUTHORIZED


def asks_for_the_password(settings: ConnectionSettings) -> Diagnosis:
    imap(settings, tokens(settings).access_token or "")
    return Diagnosis(error="unauthorized", ask_password=True)


def judged(check: Check, scenario: Scenario) -> Judgement:
    async def run() -> Judgement:
        async with Runner(InProcess(check)) as runner:
            result, _ = await runner.probe(scenario)
            return result.judgement

    return asyncio.run(run())


def chosen(selector: str) -> Scenario:
    [scenario] = select(whole_catalogue(), [selector])
    return scenario


@pytest.mark.parametrize(
    ("liar", "scenario", "violation"),
    [
        (uses_the_expired_one, "connected/tokens-renewed[expiry-told]", "expired-token-sent"),
        (renews_in_a_loop, "unauthorized/refresh-token[gmail-revoked]", "token-renewed-in-a-loop"),
        (
            asks_by_header_in_a_loop,
            "imap-authentication-error/oauth-client-refused[plain-wrong-secret]",
            "token-renewed-in-a-loop",
        ),
        (
            throws_the_new_one_away,
            "connected/tokens-renewed[rotating]",
            "voided-refresh-token-used",
        ),
        (
            sends_the_refresh_token,
            "unauthorized/token-imap-renewed[plain-scope]",
            "token-secret-sent-elsewhere",
        ),
        (
            sends_the_application_s_secret,
            "unauthorized/token-imap[gmail-revoked]",
            "token-secret-sent-elsewhere",
        ),
        (
            takes_it_for_a_password,
            "unauthorized/token-imap[gmail-revoked]",
            "password-instead-of-token",
        ),
        (
            asks_for_the_password,
            "unauthorized/token-imap[gmail-revoked]",
            "password-asked-in-vain",
        ),
    ],
)
def test_liars_are_caught(liar: Check, scenario: str, violation: str) -> None:
    assert violation in judged(liar, chosen(scenario)).violations


STARTTLS = """\
# yaml-language-server: $schema=scenario.schema.json
title: The token is refused behind STARTTLS
reproduces: unauthorized
stage: imap-login
cause: token-revoked
source: RFC 6750
imap: {security: starttls}
customer: {oauth2: {access-token: revoked, refresh-token: none}}
remedy: {advice: reconnect-account, apply: {customer: {oauth2: {access-token: valid}}}}
"""


def test_a_token_in_cleartext(tmp_path: Path) -> None:
    file = tmp_path / "unauthorized" / "starttls.yaml"
    file.parent.mkdir()
    file.write_text(STARTTLS)
    [scenario] = collect([file])
    assert "password-in-clear" in judged(forgets_tls, scenario).violations


@pytest.mark.parametrize("case", ["absent", "expiry-told", "rotating"])
def test_who_renews_once_and_keeps_it_is_not_condemned(case: str) -> None:
    judgement = judged(honest, chosen(f"connected/tokens-renewed[{case}]"))
    assert (judgement.verdict, judgement.violations) == ("passed", ())


def test_who_is_not_taken_by_the_form_may_say_so_in_the_header() -> None:
    scenario = chosen("imap-authentication-error/oauth-client-refused[plain-wrong-secret]")
    judgement = judged(lambda settings: asks_by_header(settings, 1), scenario)
    assert judgement.violations == ()
