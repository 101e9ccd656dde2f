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

from fakeservers.wire.transcript import Step, Transcript
from harness.connectors.inprocess import InProcess
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.said.untrue import MADE_UP, NEXT_TRY, OLD
from harness.judging.lives.sent_mail import SENT
from harness.judging.policy import SEVERITIES, severity
from harness.judging.violations import MOST_CONNECTIONS, sentence, violations
from harness.runner.runner import Runner
from harness.scenario.catalogue import select
from harness.texts import LANGUAGES, load_report_texts
from tests.catalogue import whole_catalogue

from .made import MESSAGE, connection, fired, login

AT_LOGIN = Fault("imap", "imap-login", "rule", rules=frozenset({"imap.rules[0]"}))
EXPECTED = Expectation(
    error="imap-authentication-error", stage="imap-login", cause="rate-limited", fault=AT_LOGIN
)
ANSWER = Diagnosis(error="imap-authentication-error")
UNTRUSTED = replace(EXPECTED, error="unauthorized-untrusted-certificate", cause="unknown-authority")
STRIPPED = replace(EXPECTED, error="imap-settings-incorrect", cause="starttls-not-offered")
INJECTED = replace(
    STRIPPED, cause="starttls-injection", fault=replace(AT_LOGIN, mechanisms=("PLAIN",))
)


def found(expected: Expectation, *connections: Transcript, **more: Any) -> tuple[str, ...]:
    return violations(expected, ANSWER, CheckEvidence(connections=connections, **more))


def found_inside(inside: Transcript) -> tuple[str, ...]:
    """Where somebody was logged in on that connection."""
    accepted = login(inside.service, inside.number, outcome="accepted")
    return found(EXPECTED, inside, logins=(accepted,))


REFUSED = login()
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "nothing": (found(EXPECTED, connection(), connection("smtp")), ()),
    "TLS spoken behind a bad certificate": (
        found(UNTRUSTED, connection(tls=["CAPABILITY"])),
        ("certificate-not-verified",),
    ),
    "the handshake alone": (found(UNTRUSTED, connection(clear=["STARTTLS"])), ()),
    "the other service's certificate is valid": (
        found(UNTRUSTED, connection(), connection("smtp", tls=["EHLO"])),
        (),
    ),
    "gone on without STARTTLS": (
        found(STRIPPED, connection(clear=["CAPABILITY", "SELECT"])),
        ("starttls-stripping-accepted",),
    ),
    "given up without STARTTLS": (
        found(STRIPPED, connection(clear=["CAPABILITY", "STARTTLS", "LOGOUT"])),
        (),
    ),
    "gone on behind injected text": (
        found(INJECTED, connection(tls=["LOGIN"])),
        ("starttls-injection-accepted",),
    ),
    "gone on, and asked anew": (
        found(INJECTED, connection(clear=["STARTTLS"], tls=["CAPABILITY", "LOGIN"])),
        (),
    ),
    "asked anew, and used what was injected": (
        found(
            INJECTED,
            connection(
                tls=["CAPABILITY"],
                steps=[Step("command", "AUTHENTICATE", "LOGIN", tls=True)],
            ),
        ),
        ("starttls-injection-accepted",),
    ),
    "left behind injected text": (found(INJECTED, connection(tls=["LOGOUT"])), ()),
    "given up behind injected text": (found(INJECTED, connection(clear=["STARTTLS"])), ()),
    "met the limit twice": (found(EXPECTED, fired(), fired()), ("retried-at-once",)),
    "met the limit once": (found(EXPECTED, fired(), connection()), ()),
    "told to wait, and tried another way": (
        found(EXPECTED, fired(), logins=(REFUSED, REFUSED)),
        ("retried-at-once",),
    ),
    "told to wait, tried again, and was let in": (
        found(EXPECTED, fired(), logins=(REFUSED, login(outcome="accepted"))),
        ("retried-at-once",),
    ),
    "told to wait by the other service": (
        found(EXPECTED, connection("smtp"), logins=(REFUSED, login("smtp", outcome="accepted"))),
        (),
    ),
    "a mechanism refused, another tried": (
        found(
            replace(EXPECTED, cause="auth-mechanism-unsupported"),
            fired(),
            logins=(REFUSED, REFUSED),
        ),
        (),
    ),
    "a password refused, tried by another mechanism": (
        found(replace(EXPECTED, cause="bad-credentials"), fired(), logins=(REFUSED, REFUSED)),
        ("repeated-refused-password",),
    ),
    "a refusal that no wait mends": (
        found(replace(EXPECTED, cause="imap-disabled"), fired(), fired()),
        (),
    ),
    "six at a time": (
        found(EXPECTED, *[connection() for _ in range(6)]),
        ("too-many-simultaneous-connections",),
    ),
    "five at a time": (found(EXPECTED, *[connection() for _ in range(5)]), ()),
    "six, one after the other": (
        found(EXPECTED, *[connection(began_s=n, ended_s=n + 0.5) for n in range(6)]),
        (),
    ),
    "logged in and gone": (found_inside(connection()), ("no-logout",)),
    "logged out": (found_inside(connection(tls=["LOGOUT"])), ()),
    "the server ended it": (found_inside(connection(ended_by="server")), ()),
    "a fault ended it": (found_inside(connection(fired=["imap.rules[0]"])), ()),
    "authenticated and gone": (found_inside(connection("smtp")), ("no-quit",)),
    "quit": (found_inside(connection("smtp", clear=["QUIT"])), ()),
    "left open": (
        found(EXPECTED, connection(number=7), left_open=frozenset({7})),
        ("connection-left-open",),
    ),
    "slow": (
        found(replace(EXPECTED, answer_within_s=12.0), connection(), seconds=12.5),
        ("slower-than-its-time-out",),
    ),
    "as slow as it may be": (
        found(replace(EXPECTED, answer_within_s=12.0), connection(), seconds=12.0),
        (),
    ),
    "slow where no time-out is met": (found(EXPECTED, connection(), seconds=100.0), ()),
    "the password sent to the service with the fault": (
        found(replace(EXPECTED, password_never_sent=True), fired(), logins=(REFUSED,)),
        ("password-sent",),
    ),
    "the password sent to the other service": (
        found(replace(EXPECTED, password_never_sent=True), fired(), logins=(login("smtp"),)),
        (),
    ),
    "secrets": (
        found(EXPECTED, connection(), told_secrets=frozenset({"answer", "output"})),
        ("secret-in-answer", "secret-in-output"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_violation(case: str) -> None:
    found, expected = CASES[case]
    assert found == expected


@pytest.mark.parametrize(("parallel", "service", "told"), [
    (False, "imap", True),
    (True, "imap", False),
    (True, "smtp", True),
])  # fmt: skip
def test_what_is_sent_beside_a_failure_is_not_sent_behind_it(
    parallel: bool, service: str, told: bool
) -> None:
    """Both services at a time: a failure of IMAP comes before nothing."""
    fault = replace(AT_LOGIN, service=service, stage=f"{service}-login")
    fault = replace(fault, rules=frozenset({f"{service}.rules[0]"}))
    expected = replace(EXPECTED, stage=fault.stage, fault=fault, parallel=parallel)
    sent = CheckEvidence(connections=(fired(service),), messages=(MESSAGE,))
    assert ("test-email-sent" in violations(expected, ANSWER, sent)) is told
    forbidden = replace(expected, no_test_email=True)
    assert ("test-email-sent" in violations(forbidden, ANSWER, sent)) is told


def test_every_violation_has_a_sentence() -> None:
    from harness.judging.violations import _CHECKS

    every = [*_CHECKS, MADE_UP, OLD, NEXT_TRY, SENT]
    for language in LANGUAGES:
        assert every == list(load_report_texts(language)["violations"])
    assert [*every, "no-warning"] == list(SEVERITIES)
    assert all(sentence(name, each).endswith(".") for name in every for each in LANGUAGES)
    assert f" {MOST_CONNECTIONS} " in sentence("too-many-simultaneous-connections")
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
    [chosen] = select(whole_catalogue(), [scenario])

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
    if all(severity(each) == "manners" for each in expected):  # told, and no more
        assert (judgement.verdict, judgement.violations) == ("passed", ()), judgement.why
        assert judgement.notes == expected
    else:
        assert (judgement.verdict, judgement.violations) == ("misbehaved", expected), judgement.why
        assert judgement.why == " ".join(map(sentence, expected))
