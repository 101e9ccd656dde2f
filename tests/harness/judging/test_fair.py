"""Who checks otherwise than the built-in checker does, and does it well, is not condemned."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import ssl
import warnings
from collections.abc import Callable

import pytest

from harness.connectors.inprocess import InProcess
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.runner.events import CaseResult
from harness.runner.trial import run_trial
from tests.catalogue import whole_catalogue

BY_ID = {scenario.id: scenario for scenario in whole_catalogue()}
Settings = ConnectionSettings


class Product:
    """A connection check on the standard library that takes TLS wherever it is offered.

    `old`: it supports TLS 1.0 and keys of 1,024 bits on purpose. `mechanism`: what it logs in with
    inside STARTTLS; None: as the server says.
    """

    def __init__(self, *, old: bool = False, mechanism: str | None = None) -> None:
        self.old, self.mechanism = old, mechanism

    def check(self, settings: Settings) -> Diagnosis:
        for log_in, error in (
            (self.imap, "imap-settings-incorrect"),
            (self.smtp, "smtp-settings-incorrect"),
        ):
            try:
                log_in(settings)
            except (OSError, imaplib.IMAP4.error, smtplib.SMTPException):
                return Diagnosis.model_validate({"error": error})
        return Diagnosis(error="connected")

    def context(self, settings: Settings) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.old:
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore"):
                context.minimum_version = ssl.TLSVersion.TLSv1
        context.load_verify_locations(settings.ca_file)
        return context

    def imap(self, settings: Settings) -> None:
        server, context = settings.imap, self.context(settings)
        with _connected(imaplib.IMAP4, imaplib.IMAP4_SSL, server, ssl_context=context) as client:
            if server.security != "implicit-tls" and "STARTTLS" in client.capabilities:
                client.starttls(context)
            if self.mechanism and server.security == "starttls":
                client.authenticate(self.mechanism, lambda _: settings.login.encode())
            client.login(settings.login, settings.password)
            client.select()

    def smtp(self, settings: Settings) -> None:
        server, context = settings.smtp, self.context(settings)
        with _connected(smtplib.SMTP, smtplib.SMTP_SSL, server, context=context) as client:
            client.ehlo()
            if server.security != "implicit-tls" and client.has_extn("starttls"):
                client.starttls(context=context)
                client.ehlo()
            if self.mechanism and server.security == "starttls":
                client.docmd("AUTH", f"{self.mechanism} YQ==")
            client.login(settings.login, settings.password)
            client.sendmail(settings.email, [settings.bcc_address], "Subject: test\r\n\r\ntest")


def _connected(plain: Callable, secure: Callable, server: ServerSettings, **tls: object):
    if server.security == "implicit-tls":
        return secure(server.host, server.port, **tls)
    return plain(server.host, server.port)


def judged(product: Product, id_: str) -> CaseResult:
    return asyncio.run(run_trial(InProcess(product.check), BY_ID[id_], None, 30.0))


@pytest.mark.parametrize(
    ("product", "ids"),
    [
        (
            Product(),
            [
                "imap-authentication-error/tls-required",
                "smtp-settings-incorrect/login-tls-required",
                "imap-settings-incorrect/starttls-injection",
                "smtp-settings-incorrect/starttls-injection",
            ],
        ),
        (
            Product(old=True),
            [
                "imap-settings-incorrect/tls-too-old[starttls-1.0]",
                "smtp-settings-incorrect/tls-too-old[implicit-tls-1.1]",
                "unauthorized-untrusted-certificate/weak-key[imap-implicit-tls]",
                "unauthorized-untrusted-certificate/weak-key[smtp-starttls]",
            ],
        ),
    ],
)
def test_whoever_rightly_gets_through_passes(product: Product, ids: list[str]) -> None:
    for id_ in ids:
        judgement = judged(product, id_).judgement
        assert (judgement.verdict, judgement.violations) == ("passed", ()), id_
        assert judgement.why.startswith("said connected, which is right, too: ")


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_whoever_uses_what_was_injected_is_found_out(protocol: str) -> None:
    id_ = f"{protocol}-settings-incorrect/starttls-injection"
    judgement = judged(Product(mechanism="LOGIN"), id_).judgement
    assert "starttls-injection-accepted" in judgement.violations


def test_nobody_is_let_in_by_a_server_that_is_too_old() -> None:
    """Also who does not read the capabilities that come with the log-in."""
    result = judged(Product(), "imap-confirmation-error/not-imap4rev1")
    assert result.judgement.verdict == "wrong", "it has one error for all of IMAP"
    assert result.diagnosis == Diagnosis(error="imap-settings-incorrect")
