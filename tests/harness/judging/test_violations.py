"""Each violation: what brings it about, and what is near and does not."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from harness.connectors.inprocess import InProcess
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.judging.seen import Expectation, Seen, SeenConnection, SeenLogin
from harness.judging.violations import SENTENCES, sentence, violations
from harness.runner.runner import Runner
from harness.scenario.catalogue import builtin_path, collect, select

EXPECTED = Expectation(
    error="imap-authentication-error", stage="imap-login", cause="rate-limited", service="imap"
)
ANSWER = Diagnosis(error="imap-authentication-error")
UNTRUSTED = replace(EXPECTED, error="unauthorized-untrusted-certificate", cause="unknown-authority")
STRIPPED = replace(EXPECTED, error="imap-settings-incorrect", cause="starttls-not-offered")
INJECTED = replace(STRIPPED, cause="starttls-injection")
IMAP = SeenConnection("imap")
SMTP = SeenConnection("smtp", "smtp")


def found(expected: Expectation, *connections: SeenConnection, **more: Any) -> tuple[str, ...]:
    return violations(expected, ANSWER, Seen(connections=connections, **more))


IN = replace(IMAP, logged_in=True)
FIRED = replace(IMAP, fired=True)
REFUSED_IN = SeenLogin("imap", tls=True, accepted=False)
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "nothing": (found(EXPECTED, IMAP, SMTP), ()),
    "TLS spoken behind a bad certificate": (
        found(UNTRUSTED, replace(IMAP, verbs_in_tls=("CAPABILITY",))),
        ("certificate-not-verified",),
    ),
    "the handshake alone": (found(UNTRUSTED, replace(IMAP, verbs_in_clear=("STARTTLS",))), ()),
    "the other service's certificate is valid": (
        found(UNTRUSTED, IMAP, replace(SMTP, verbs_in_tls=("EHLO",))),
        (),
    ),
    "gone on without STARTTLS": (
        found(STRIPPED, replace(IMAP, verbs_in_clear=("CAPABILITY", "SELECT"))),
        ("starttls-stripping-accepted",),
    ),
    "given up without STARTTLS": (
        found(STRIPPED, replace(IMAP, verbs_in_clear=("CAPABILITY", "STARTTLS", "LOGOUT"))),
        (),
    ),
    "gone on behind injected text": (
        found(INJECTED, replace(IMAP, verbs_in_tls=("LOGIN",))),
        ("starttls-injection-accepted",),
    ),
    "given up behind injected text": (
        found(INJECTED, replace(IMAP, verbs_in_clear=("STARTTLS",))),
        (),
    ),
    "met the limit twice": (found(EXPECTED, FIRED, FIRED), ("retried-at-once",)),
    "met the limit once": (found(EXPECTED, FIRED, IMAP), ()),
    "told to wait, and tried another way": (
        found(EXPECTED, FIRED, logins=(REFUSED_IN, REFUSED_IN)),
        ("retried-at-once",),
    ),
    "told to wait, tried again, and was let in": (
        found(EXPECTED, FIRED, logins=(REFUSED_IN, replace(REFUSED_IN, accepted=True))),
        ("retried-at-once",),
    ),
    "told to wait by the other service": (
        found(EXPECTED, SMTP, logins=(REFUSED_IN, SeenLogin("smtp", True, True))),
        (),
    ),
    "a mechanism refused, another tried": (
        found(
            replace(EXPECTED, cause="auth-mechanism-unsupported"),
            FIRED,
            logins=(REFUSED_IN, REFUSED_IN),
        ),
        (),
    ),
    "a password refused, tried by another mechanism": (
        found(
            replace(EXPECTED, cause="bad-credentials"), FIRED, logins=(REFUSED_IN, REFUSED_IN)
        ),
        ("repeated-refused-password",),
    ),
    "a refusal that no wait mends": (
        found(replace(EXPECTED, cause="imap-disabled"), FIRED, FIRED),
        (),
    ),
    "six at a time": (found(EXPECTED, *[IMAP] * 6), ("too-many-simultaneous-connections",)),
    "five at a time": (found(EXPECTED, *[IMAP] * 5), ()),
    "six, one after the other": (
        found(EXPECTED, *[replace(IMAP, began_s=n, ended_s=n + 0.5) for n in range(6)]),
        (),
    ),
    "logged in and gone": (found(EXPECTED, IN), ("no-logout",)),
    "logged out": (found(EXPECTED, replace(IN, verbs_in_tls=("LOGOUT",))), ()),
    "the server ended it": (found(EXPECTED, replace(IN, ended_by="server")), ()),
    "a fault ended it": (found(EXPECTED, replace(IN, fired=True)), ()),
    "authenticated and gone": (found(EXPECTED, replace(SMTP, logged_in=True)), ("no-quit",)),
    "quit": (found(EXPECTED, replace(SMTP, logged_in=True, verbs_in_clear=("QUIT",))), ()),
    "left open": (found(EXPECTED, replace(IMAP, left_open=True)), ("connection-left-open",)),
    "slow": (
        found(replace(EXPECTED, answer_within_s=12.0), IMAP, seconds=12.5),
        ("slower-than-its-time-out",),
    ),
    "as slow as it may be": (
        found(replace(EXPECTED, answer_within_s=12.0), IMAP, seconds=12.0),
        (),
    ),
    "slow where no time-out is met": (found(EXPECTED, IMAP, seconds=100.0), ()),
    "secrets": (
        found(EXPECTED, IMAP, told_secrets=frozenset({"answer", "output"})),
        ("secret-in-answer", "secret-in-output"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_violation(case: str) -> None:
    found, expected = CASES[case]
    assert found == expected


def test_every_violation_has_a_sentence() -> None:
    from harness.judging.violations import _CHECKS

    assert list(_CHECKS) == list(SENTENCES)
    assert all(sentence(name).endswith(".") for name in _CHECKS)
    assert sentence("no-warning:certificate-expired") == "It did not warn of certificate-expired."


@contextlib.contextmanager
def _imap(settings: ConnectionSettings, *, verify: bool = True) -> Iterator[imaplib.IMAP4_SSL]:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    imap = imaplib.IMAP4_SSL(settings.imap.host, settings.imap.port, ssl_context=context)
    with contextlib.closing(imap.sock):
        yield imap


def careless(settings: ConnectionSettings) -> Diagnosis:
    """Verifies nothing."""
    with _imap(settings, verify=False) as imap:
        imap.login(settings.login, settings.password)
        imap.logout()
    return Diagnosis(error="unauthorized-untrusted-certificate")


def rude(settings: ConnectionSettings) -> Diagnosis:
    """Leaves without a word."""
    with _imap(settings) as imap:
        imap.login(settings.login, settings.password)
    context = ssl.create_default_context(cafile=settings.ca_file)
    smtp = smtplib.SMTP_SSL(settings.smtp.host, settings.smtp.port, context=context)
    smtp.login(settings.login, settings.password)
    smtp.sendmail(settings.email, [str(settings.bcc_address)], "Subject: test\r\n\r\ntest\r\n")
    smtp.close()
    return Diagnosis(error="connected")


KEPT: list[imaplib.IMAP4_SSL] = []


def clinging(settings: ConnectionSettings) -> Diagnosis:
    """Never leaves."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    imap = imaplib.IMAP4_SSL(settings.imap.host, settings.imap.port, ssl_context=context)
    KEPT.append(imap)
    with pytest.raises(imaplib.IMAP4.error):
        imap.login(settings.login, settings.password)
    return Diagnosis(error="unauthorized")


def stubborn(settings: ConnectionSettings) -> Diagnosis:
    """Tries again and again."""
    for _ in range(3):
        with _imap(settings) as imap, pytest.raises(imaplib.IMAP4.error):
            imap.login(settings.login, settings.password)
    return Diagnosis(error="unauthorized")


@pytest.mark.parametrize(
    ("connector", "scenario", "expected"),
    [
        (
            careless,
            "unauthorized-untrusted-certificate/self-signed[imap-implicit-tls]",
            ("certificate-not-verified", "password-after-untrusted-certificate"),
        ),
        (rude, "connected/working[implicit-tls]", ("no-logout", "no-quit")),
        (clinging, "unauthorized/bad-password-imap[gmail]", ("connection-left-open",)),
        (stubborn, "unauthorized/bad-password-imap[gmail]", ("repeated-refused-password",)),
    ],
)
def test_on_the_wire(connector: Any, scenario: str, expected: tuple[str, ...]) -> None:
    [chosen] = select(collect([builtin_path()]), [scenario])

    async def run() -> Any:
        async with Runner(InProcess(connector)) as runner:
            [result] = await runner.run_case(chosen, "fault")
            return result

    try:
        judgement = asyncio.run(run()).judgement
    finally:
        for imap in KEPT:
            imap.sock.close()
        KEPT.clear()
    assert (judgement.verdict, judgement.violations) == ("misbehaved", expected), judgement.why
    assert judgement.why == " ".join(map(sentence, expected))
