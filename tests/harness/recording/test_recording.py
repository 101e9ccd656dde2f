"""What a real server says to a client is shown, kept without secrets, and said again."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from harness.checker import check
from harness.cli import main
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.recording.relay import Upstream
from tests.harness.recording.conftest import settings
from tests.masking.forms import shown_in, told

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


def test_tags_and_other_commands_do_not_matter(studio):
    spec = mailbox(**RULES["too-many-connections"])
    with studio.before_fakes(spec) as (recorder, ca_file):
        check(settings(recorder, ca_file, spec))
        scenario, _ = studio.scenario(recorder)
    with studio.background.hold(open_mailbox(scenario.mailbox_spec())) as again:
        port = again.services["imap"].port
        context = ssl.create_default_context(cafile=again.ca_file)
        with (
            socket.create_connection(("127.0.0.1", port)) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            client.settimeout(20)
            lines = client.makefile("rb")
            assert lines.readline().startswith(b"* OK ")
            account = spec.account
            command = f'LOGIN {account.address} "{account.password}"'
            client.sendall(f"x1 NOOP\r\nx2 CAPABILITY\r\nzz.9 {command}\r\n".encode())
            said = [next(lines) for _ in range(4)]
    assert said[-1] == b"zz.9 NO [LIMIT] Maximum number of connections from user+IP exceeded\r\n"


def test_a_password_in_pieces_is_not_shown(studio):
    spec = mailbox("cleartext")
    with (
        studio.before_fakes(spec) as (recorder, _),
        socket.create_connection(("127.0.0.1", recorder.ports["imap"])) as client,
    ):
        client.settimeout(20)
        client.sendall(b"a1 NOOP\r\na2 LOGIN anna@example.test {11}\r\n")
        lines = client.makefile("rb")
        while not next(lines).startswith(b"+"):
            pass
        for piece in (b"Geh", b"eim-4711", b"\r\n"):
            client.sendall(piece)
        while not next(lines).startswith(b"a2 "):
            pass
        client.sendall(b"a3 AUTHENTICATE PLAIN AGFubmEAR2VoZWlt\r\n")
        assert next(lines).startswith(b"a3 ")
    shown = "".join(studio.shown)
    assert "a2 NO" in shown
    assert not any(secret in shown for secret in ("Geh", "eim", "AGFubmEAR2VoZWlt"))


@pytest.mark.parametrize("form", ["quoted", "PLAIN", "PLAIN wrapped", "swapped", "XOAUTH2", "verb"])
def test_what_a_client_tells_is_shown_as_by_the_fakes(studio, form):
    """However it is cut: one connection for each byte."""
    spec, secret = mailbox("cleartext"), "Zq7#wKx9%Lm2"
    said = told(secret)[form].encode() + b"\r\n"
    with studio.before_fakes(spec) as (recorder, _):
        for cut in range(1, len(said)):
            address = ("127.0.0.1", recorder.ports["imap"])
            with socket.create_connection(address) as client:
                client.settimeout(20)
                client.sendall(b"a NOOP\r\n" + said[:cut])
                lines = client.makefile("rb")
                while not next(lines).startswith(b"a "):
                    pass
                client.sendall(said[cut:] + b"z LOGOUT\r\n")
                assert list(lines)
    assert shown_in("\n".join(studio.shown), (secret,)) == set()


def test_the_command_writes_its_scenario_at_ctrl_c(studio, tmp_path):
    spec = mailbox(**RULES["relay-denied"])
    with studio.background.hold(open_mailbox(spec)) as real:
        ports = {name: service.port for name, service in real.services.items()}
        words = [f"--{name}=127.0.0.1:{port}" for name, port in ports.items()]
        command = [sys.executable, "-m", "badinbox", "record", *words]
        command += ["--ca-file", real.ca_file]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            told = []
            while not told or not told[-1].startswith("Ready"):
                told.append(process.stdout.readline())
                assert told[-1], told
            found = {line.split()[0]: line.split() for line in told}
            servers = {
                name: ServerSettings(host="127.0.0.1", port=int(found[name.upper()][3].rstrip(",")))
                for name in ("imap", "smtp")
            }
            account = spec.account
            typed = ConnectionSettings(
                email=account.address,
                password=account.password,
                ca_file=found["CA"][1],
                bcc_address=spec.bcc.address,
                **servers,
            )
            assert check(typed).cause == "relay-denied"
            process.send_signal(signal.SIGINT)
            told += process.stdout.readlines()
            assert process.wait(30) == 0
    assert account.password not in "".join(told)
    assert (
        "554 5.7.1 <{recipient}>: Relay access denied" in (tmp_path / "recorded.yaml").read_text()
    )
    assert studio.run() == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give --imap HOST:PORT"),
        (["--imap", "imap.example.com"], "is not HOST:PORT"),
        (["--imap", "imap.example.com:0"], "is not HOST:PORT"),
        (["--imap", "imap.example.com:993:2"], "is not HOST:PORT"),
        (["--imap", "127.0.0.1:9", "--ca-file", "EMPTY"], "holds no certificates"),
        (["--imap", "127.0.0.1:9", "--output", "EMPTY"], "is there already"),
    ],
)
def test_bad_usage_is_told_in_one_line(tmp_path, capsys, arguments, complaint):
    (tmp_path / "empty").touch()
    words = [str(tmp_path / "empty") if word == "EMPTY" else word for word in arguments]
    assert main(["record", *words]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
