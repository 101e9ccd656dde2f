"""Before all else: does it connect a mailbox that works? And who is asked to warn?"""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.checker import check, hello_bytes
from harness.connectors.inprocess import InProcess
from harness.contract.answer import Answer, NoAnswer, Output, Report, Reported
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.runner.events import CaseResult
from harness.runner.preflight import Preflight, preflight
from harness.runner.runner import Runner
from harness.scenario.catalogue import select
from tests.catalogue import whole_catalogue

CONNECTED = Diagnosis(error="connected")
Check = Callable[[ConnectionSettings], Diagnosis]

SERVER_NAME = 9 + len("localhost")
"""The bytes of the extension that names the server (RFC 6066, 3)."""


def found(check: Check, declared: Capabilities | None = None, **more: bool) -> Preflight:
    async def run() -> Preflight:
        async with Runner(InProcess(check)) as runner:
            return await preflight(runner, declared, **more)

    return asyncio.run(run())


def impolite(settings: ConnectionSettings) -> Diagnosis:
    """Says right, and looks in once more without a word of goodbye."""
    said = check(settings)
    context = ssl.create_default_context(cafile=settings.ca_file)
    smtp = smtplib.SMTP_SSL(settings.smtp.host, settings.smtp.port, context=context)
    smtp.login(settings.login, settings.password)
    smtp.close()
    return said


def test_one_that_does_everything() -> None:
    seen = found(check)
    hello = seen.does.hello_bytes
    assert 0 <= hello_bytes() - hello <= SERVER_NAME  # an address is not named in it
    lacking = {"hello_bytes": hello, "tokens": False, "stays": False}
    assert (seen.does, seen.stopped) == (EVERYTHING.model_copy(update=lacking), None)
    assert seen.lines == (
        "preflight: logs in to both, one after the other, sends a test e-mail, knows every setting",
    )


def test_one_that_connects_goes_on_however_it_behaves() -> None:
    seen = found(impolite)
    assert seen.stopped is None and "leaves without QUIT" in seen.lines[0]


def test_one_that_connects_nowhere_is_stopped() -> None:
    seen = found(lambda _: Diagnosis(error="imap-settings-incorrect"))
    assert seen.stopped is not None and seen.stopped.judgement.verdict == "wrong"
    assert "nothing else was run" in seen.lines[0]


def test_one_that_connects_in_cleartext_only_since_it_trusts_nobody_is_stopped() -> None:
    """TLS is no setting that it lacks: else all that is over TLS would not be applicable."""

    def distrusting(settings: ConnectionSettings) -> Diagnosis:
        try:
            return reading_only(settings.model_copy(update={"ca_file": None}))
        except ssl.SSLError:
            return Diagnosis(error="unauthorized-untrusted-certificate")

    seen = found(distrusting)
    assert seen.stopped is not None and "does not trust the certificate" in seen.lines[1]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (NoAnswer("crashed", "it raised KeyError"), "It crashed: it raised KeyError"),
        (NoAnswer("timed-out", "no answer in 2 s"), "It did not answer in time: no answer in 2 s"),
        (NoAnswer("unclear", "it is not JSON"), "No answer can be read: it is not JSON"),
        (Reported(Report(error="EAUTH")), "What it says of it is no documented error: `--mapping"),
        (Reported(Report(error="unauthorized")), "The transcript shows how far it came."),
    ],
)
@pytest.mark.parametrize("connects", [True, False])
def test_what_happened_is_told_first(answer: Answer, told: str, connects: bool) -> None:
    """Whatever a process printed besides, and however far it came."""

    class Fails(InProcess):
        async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
            if connects:
                await super().check(settings, deadline_s)
            return replace(answer, output=Output(1, "Traceback"))

    async def run() -> Preflight:
        async with Runner(Fails(check)) as runner:
            return await preflight(runner)

    lines = asyncio.run(run()).lines
    never = isinstance(answer, Reported) and not connects
    assert lines[1].startswith("It never connected" if never else told)


def test_one_whose_answers_nobody_understands_yet() -> None:
    def wordless(settings: ConnectionSettings) -> Diagnosis:
        check(settings)
        return Diagnosis(error="unclassified")

    assert found(wordless).stopped is not None
    assert found(wordless, understood=False).stopped is None


def imap(settings: ConnectionSettings) -> imaplib.IMAP4:
    """Logged in, with whatever the customer typed but a source address, and that insecure
    certificates are allowed."""
    server, trusted = settings.imap, ssl.create_default_context(cafile=settings.ca_file)
    if server.security == "implicit-tls":
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=trusted)
    else:
        client = imaplib.IMAP4(server.host, server.port)
    if server.security == "starttls":
        client.starttls(trusted)
    client.login(settings.login, settings.password)
    return client


def smtp(settings: ConnectionSettings) -> smtplib.SMTP:
    """As `imap`, with implicit TLS only."""
    server, trusted = settings.smtp, ssl.create_default_context(cafile=settings.ca_file)
    client = smtplib.SMTP_SSL(server.host, server.port, context=trusted)
    client.login(settings.login, settings.password)
    return client


def reading_only(settings: ConnectionSettings) -> Diagnosis:
    client = imap(settings)
    client.select()
    client.logout()
    return CONNECTED


def sending_nothing(settings: ConnectionSettings) -> Diagnosis:
    imap(settings).shutdown()
    smtp(settings).quit()
    return CONNECTED


@pytest.mark.parametrize(
    ("connector", "does", "line"),
    [
        (
            reading_only,
            {"services": ("imap",), "sends": False},
            "logs in to IMAP only, sends nothing, "
            'no "allow insecure certificates", no source address',
        ),
        (
            sending_nothing,
            {"sends": False, "opens_inbox": False, "smtp_security": ("implicit-tls",)},
            "logs in to both, one after the other, opens no mailbox, sends nothing, no STARTTLS on "
            'SMTP, no cleartext on SMTP, no "allow insecure certificates", no source address, '
            "leaves without LOGOUT",
        ),
    ],
)
def test_what_others_do(connector: Check, does: dict[str, object], line: str) -> None:
    seen = found(connector)
    lacking = {"insecure_option": False, "source_address": False, "tokens": False, "stays": False}
    wanted = EVERYTHING.model_copy(update=lacking)
    wanted = wanted.model_copy(update={"hello_bytes": seen.does.hello_bytes, **does})
    assert seen.stopped is None and seen.does == wanted
    assert 0 < seen.does.hello_bytes < EVERYTHING.hello_bytes
    assert line in seen.lines[0]


def test_both_at_the_same_time() -> None:
    """SMTP is connected to before IMAP has accepted a log-in, and then used."""

    def at_a_time(settings: ConnectionSettings) -> Diagnosis:
        server, trusted = settings.smtp, ssl.create_default_context(cafile=settings.ca_file)
        with smtplib.SMTP_SSL(server.host, server.port, context=trusted) as client:
            imap(settings).logout()
            client.login(settings.login, settings.password)
            client.sendmail(settings.email, settings.bcc_address or "", "Subject: test\n\ntest")
        return CONNECTED

    seen = found(at_a_time)
    assert seen.does.parallel and seen.does.sends
    assert "logs in to both, at the same time, opens no mailbox, sends" in seen.lines[0]


def test_who_knocks_at_both_first_asks_one_after_the_other() -> None:
    def knocks(settings: ConnectionSettings) -> Diagnosis:
        for server in (settings.imap, settings.smtp):
            socket.create_connection((server.host, server.port)).close()
        imap(settings).logout()
        smtp(settings).quit()
        return CONNECTED

    seen = found(knocks)
    assert not seen.does.parallel and "logs in to both, one after the other" in seen.lines[0]


def test_smtp_before_imap() -> None:
    """What was sent before IMAP was tried was not sent although IMAP had failed."""

    def smtp_first(settings: ConnectionSettings) -> Diagnosis:
        with smtp(settings) as client:
            client.sendmail(settings.email, settings.bcc_address or "", "Subject: test\n\ntest")
        imap(settings).logout()
        return CONNECTED

    seen = found(smtp_first)
    assert seen.does.parallel and seen.does.sends
    assert "logs in to both, SMTP before IMAP, opens no mailbox, sends" in seen.lines[0]


def test_a_service_behind_one_that_cannot_be_reached_so() -> None:
    """SMTP comes after IMAP, and IMAP knows STARTTLS only."""

    def only_starttls(settings: ConnectionSettings) -> Diagnosis:
        if settings.imap.security != "starttls":
            return Diagnosis(error="imap-settings-incorrect")
        imap(settings).logout()
        smtp(settings).quit()
        return CONNECTED

    does = found(only_starttls).does
    assert (does.imap_security, does.smtp_security) == (("starttls",), ("implicit-tls",))
    assert does.services == ("imap", "smtp")


def test_what_is_declared_counts_and_a_contradiction_is_told() -> None:
    declared = Capabilities(sends=True, imap_security=("implicit-tls",), custom_username=False)
    seen = found(reading_only, declared)
    assert seen.does.sends and not seen.does.custom_username
    assert seen.does.imap_security == ("implicit-tls",) and seen.does.services == ("imap",)
    told = "declared `sends: true`, seen false: what is declared counts"
    assert seen.lines[1:] == (told,)


class Foreign(InProcess):
    """The built-in checker, answering as a program of others does."""

    warns: bool

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> Answer:
        said = await super().check(settings, deadline_s)
        assert isinstance(said, Diagnosis)
        warnings = {"warnings": []} if self.warns else {}
        return Reported(Report.model_validate({"error": said.error, **warnings}))


@pytest.mark.parametrize(("warns", "verdict"), [(True, "misbehaved"), (False, "passed")])
def test_warnings_are_asked_only_of_those_that_give_any(warns: bool, verdict: str) -> None:
    expired = "unauthorized-untrusted-certificate/expired[imap-implicit-tls,insecure-allowed]"
    [scenario] = select(whole_catalogue(), [expired])
    connector = Foreign(check)
    connector.warns = warns

    async def run() -> CaseResult:
        async with Runner(connector) as runner:
            [result] = await runner.run_case(scenario, "fault")
            return result

    assert asyncio.run(run()).judgement.verdict == verdict
