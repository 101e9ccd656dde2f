"""What a real server says to a client is shown, kept without secrets, and said again."""

from __future__ import annotations

import socket
import ssl

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.checker import check
from harness.recording.relay import Upstream
from tests.harness.recording.conftest import settings

SECURITIES = ("implicit-tls", "starttls", "cleartext")
RULES = {
    "too-many-connections": {
        "imap": [
            {
                "when": {"event": "login"},
                "then": [
                    {"text": "{tag} NO [LIMIT] Maximum number of connections from user+IP exceeded"}
                ],
            }
        ]
    },
    "relay-denied": {
        "smtp": [
            {
                "when": {"event": "command", "command": "RCPT"},
                "then": [{"text": "554 5.7.1 <{recipient}>: Relay access denied"}],
            }
        ]
    },
    "server-unavailable": {
        "imap": [
            {"when": {"event": "greeting"}, "then": [{"text": "* BYE [UNAVAILABLE] down"}, "close"]}
        ]
    },
    "dropped": {"imap": [{"when": {"event": "login"}, "then": ["reset"]}]},
}  # fmt: skip


def mailbox(security="implicit-tls", dialect="dovecot", **rules) -> MailboxSpec:
    services = {
        name: {"protocol": name, "security": security, "rules": rules.get(name, [])}
        for name in ("imap", "smtp")
    }
    return MailboxSpec.model_validate({"dialect": dialect, "services": services})


@pytest.mark.parametrize("security", SECURITIES)
def test_a_bad_password(studio, security):
    spec = mailbox(security)
    with studio.before_fakes(spec) as (recorder, ca_file):
        typed = settings(recorder, ca_file, spec, password="Geheim-4711")
        assert check(typed).cause == "bad-credentials"
        scenario, text = studio.scenario(recorder)
    assert (scenario.reproduces, scenario.cause) == ("unauthorized", "bad-credentials")
    assert scenario.facts.imap.security == security
    assert "{tag} NO [AUTHENTICATIONFAILED] Authentication failed." in text
    assert "Geheim" not in text + "".join(studio.shown)
    assert any("NO [AUTHENTICATIONFAILED]" in line for line in studio.shown)
    assert studio.run() == 0


@pytest.mark.parametrize("security", SECURITIES)
def test_success(studio, security):
    spec = mailbox(security)
    with studio.before_fakes(spec) as (recorder, ca_file):
        assert check(settings(recorder, ca_file, spec)).error == "connected"
        scenario, text = studio.scenario(recorder)
    assert scenario.reproduces == "connected"
    assert scenario.dialect == "dovecot"
    assert {scenario.facts.imap.security, scenario.facts.smtp.security} == {security}
    shown = "".join(studio.shown)
    assert spec.account.password not in text + shown
    assert spec.account.address not in text
    assert studio.run() == 0


@pytest.mark.parametrize("cause", RULES)
def test_the_failure_is_said_again(studio, cause):
    spec = mailbox(**RULES[cause])
    with studio.before_fakes(spec) as (recorder, ca_file):
        first = check(settings(recorder, ca_file, spec))
        assert first.cause == cause
        scenario, text = studio.scenario(recorder)
    assert (scenario.reproduces, scenario.stage, scenario.cause) == (
        first.error,
        first.stage,
        cause,
    )
    assert spec.account.password not in text
    assert studio.run() == 0


def test_a_certificate_that_is_not_trusted_ends_it(studio):
    spec = mailbox()
    with studio.background.hold(open_mailbox(spec)) as real:
        context = ssl.create_default_context()
        upstream = Upstream(
            "imap", "127.0.0.1", real.services["imap"].port, "implicit-tls", context
        )
        with (
            studio.before([upstream]) as recorder,
            socket.create_connection(("127.0.0.1", recorder.ports["imap"])) as client,
        ):
            client.settimeout(20)
            assert client.recv(1) == b""
        assert any("verify-error" in line for line in studio.shown)
        assert real.evidence.logins == []
        scenario, _ = studio.scenario(recorder)
    assert scenario.cause in ("unknown-authority", "missing-intermediate")


def test_a_server_that_is_not_there_is_recorded_too(studio):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        upstream = Upstream(
            "imap", "127.0.0.1", taken.getsockname()[1], "cleartext", ssl.create_default_context()
        )
        with (
            studio.before([upstream]) as recorder,
            socket.create_connection(("127.0.0.1", recorder.ports["imap"])) as client,
        ):
            client.settimeout(20)
            assert client.recv(1) == b""
    scenario, _ = studio.scenario(recorder)
    assert (scenario.stage, scenario.cause) == ("imap-connect", "refused")
    assert studio.run() == 0
