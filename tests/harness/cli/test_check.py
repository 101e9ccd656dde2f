"""`badinbox check` against mailboxes of the catalogue: what it asks, prints, writes and repeats."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cli import check_command, main
from harness.contract.settings import ConnectionSettings
from tests.harness.cli.conftest import Badinbox, command, environment

APP_PASSWORD = "unauthorized-app-password-required/gmail-imap"
EXPIRED = "unauthorized-untrusted-certificate/expired[smtp-starttls]"
WORKS = "connected/dialects[dovecot]"


def typed(settings: ConnectionSettings, *, without: Sequence[str] = ()) -> list[str]:
    """The options that say what the customer typed."""
    options = {
        "--email": settings.email,
        "--bcc": settings.bcc_address,
        "--ca-file": settings.ca_file,
        "--timeout": "5",
        "--password-env": "MAIL_PASSWORD",
    }
    for protocol, server in (("imap", settings.imap), ("smtp", settings.smtp)):
        options[f"--{protocol}-host"] = server.host
        options[f"--{protocol}-port"] = str(server.port)
        options[f"--{protocol}-security"] = server.security
    return [
        word
        for name, value in options.items()
        if value and name not in without
        for word in (name, value)
    ]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, badinbox_mailbox: Any) -> Callable[..., Any]:
    """Check the mailbox of a scenario; returns the exit code and the mailbox."""

    def run(scenario: str, *options: str) -> Any:
        mailbox = badinbox_mailbox(scenario)
        monkeypatch.setenv("MAIL_PASSWORD", mailbox.settings.password)
        return main(["check", *typed(mailbox.settings), *options]), mailbox

    return run


def test_provider_page_and_scenario_are_named(
    check: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    code, mailbox = check(APP_PASSWORD)
    text = " ".join(capsys.readouterr().out.split())
    assert code == 1
    assert "provider Gmail and Google Workspace" in text
    assert "explains this here: https://support.google.com/accounts/answer/185833" in text
    assert text.endswith(f"reproduce it locally with: badinbox serve {APP_PASSWORD}")
    assert len(mailbox.evidence.logins) == 1 and mailbox.messages == []


def test_the_second_look_logs_in_no_more(
    check: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    code, mailbox = check(EXPIRED)
    output = capsys.readouterr().out
    assert code == 1 and "Certificate 1 of 1" in output and "expired on" in " ".join(output.split())
    assert len(mailbox.evidence.logins) == 1  # IMAP's own


@pytest.mark.parametrize(
    ("audience", "said", "unsaid"),
    [
        ("customer", ["For the customer"], ["For the IT team", "ALERT"]),
        ("it", ["For the IT team", "[ALERT]"], ["For the customer"]),
        ("both", ["For the customer", "For the IT team"], []),
    ],
)
def test_for_whom(
    check: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    audience: str,
    said: list[str],
    unsaid: list[str],
) -> None:
    check(APP_PASSWORD, "--for", audience)
    output = capsys.readouterr().out
    assert all(text in output for text in said)
    assert not any(text in output for text in unsaid)


def test_in_french(check: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    check(APP_PASSWORD, "--for", "both", "--lang", "fr")
    output = capsys.readouterr().out
    assert "ÉCHEC  identification IMAP" in output
    assert "Pour le client" in output and "Pour l'équipe informatique" in output
    assert "unauthorized-app-password-required à imap-login, cause app-password-required" in output
    assert "pour le reproduire localement : badinbox serve" in output


def test_json_has_what_was_found_beside_the_diagnosis(
    check: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    check(EXPIRED, "--json")
    found = json.loads(capsys.readouterr().out)
    assert found["cause"] == "certificate-expired" and found["reproduce"] == EXPIRED
    assert [probe["outcome"] for probe in found["probes"]] == [
        "certificate-shown",
        "certificate-expired",
    ]


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_the_report_has_the_dialogue_and_no_password(
    check: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    _, mailbox = check(APP_PASSWORD, "--report", str(tmp_path / name), "--hide-user")
    text = (tmp_path / name).read_text()
    assert "AUTHENTICATE PLAIN ***" in text and APP_PASSWORD in text
    assert mailbox.settings.password not in text and mailbox.settings.email not in text


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--report", "out.txt"], "ends in none of .md"),
        (["--report", "nowhere/out.md"], "does not exist"),
        (["--hide-user"], "--hide-user is for --report"),
        (["--for", "it", "--json"], "--for is text"),
        (["--interval", "2"], "--interval is for --watch"),
        (["--watch", "--interval", "0"], "0"),
    ],
)
def test_what_does_not_fit_is_refused(
    badinbox: Badinbox, options: list[str], complaint: str
) -> None:
    servers = ["--imap-host", "127.0.0.1", "--smtp-host", "127.0.0.1", "--email", "a@b.test"]
    done = badinbox("check", *servers, *options)
    assert done.returncode == 2 and complaint in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""


def test_what_is_missing_is_named_where_nobody_can_be_asked(badinbox: Badinbox) -> None:
    done = badinbox("check", "--imap-host", "127.0.0.1")
    assert done.returncode == 2
    assert "give --email, --smtp-host; there is no terminal to ask on" in done.stderr


class Terminal:
    """Answers in turn the questions that are asked on the terminal, and remembers them."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.asked: dict[str, Any] = {}

    def prompt(self, text: str, default: Any = None, **_: Any) -> Any:
        self.asked[text] = default
        return self.answers.get(text.replace(" ", "_").replace("-", "_"), default)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[ConnectionSettings, Terminal]]:
    def ask(options: dict[str, Any], **answers: str) -> tuple[ConnectionSettings, Terminal]:
        terminal = Terminal(**answers)
        monkeypatch.setattr(check_command.click, "prompt", terminal.prompt)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        names = ["email", "username", "password_env", "bcc", "ca_file", "source_address"]
        names += [f"{p}_{what}" for p in ("imap", "smtp") for what in ("host", "port", "security")]
        empty = dict.fromkeys(names)
        given = {**empty, "allow_insecure": False, "timeout": 5.0, "lang": "en", **options}
        return check_command.settings_of(given), terminal

    return ask


def test_of_a_known_provider_the_settings_are_offered(
    asked: Callable[..., tuple[ConnectionSettings, Terminal]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, terminal = asked({}, E_mail_address="anna@icloud.com", **{"Password_(hidden)": "x"})
    assert (settings.imap.host, settings.imap.port) == ("imap.mail.me.com", 993)
    assert (settings.smtp.port, settings.smtp.security) == (587, "starttls")
    assert terminal.asked["User name"] == "anna@icloud.com"
    captured = capsys.readouterr()
    assert "icloud.com is with iCloud Mail" in captured.err and captured.out == ""


def test_of_another_domain_nothing_is_offered(
    asked: Callable[..., tuple[ConnectionSettings, Terminal]],
) -> None:
    settings, terminal = asked(
        {"email": "anna@example.org"},
        **{"IMAP_server": "a.test", "SMTP_server": "b.test", "SMTP_security": "starttls"},
        **{"Password_(hidden)": "x"},
    )
    assert terminal.asked["IMAP server"] is None
    assert (settings.imap.port, settings.smtp.port) == (993, 587)
    assert "E-mail address" not in terminal.asked


def test_a_server_that_was_typed_is_not_asked_about(
    asked: Callable[..., tuple[ConnectionSettings, Terminal]],
) -> None:
    settings, terminal = asked(
        {"email": "anna@gmail.com", "imap_host": "localhost", "smtp_security": "starttls"},
        **{"Password_(hidden)": "x"},
    )
    assert set(terminal.asked) == {"SMTP server", "SMTP port", "User name", "Password (hidden)"}
    # The provider's port is for another security than the one that was typed.
    assert (settings.smtp.host, settings.smtp.port) == ("smtp.gmail.com", 587)


def test_on_a_terminal_the_password_is_not_shown(badinbox_mailbox: Any, tmp_path: Path) -> None:
    mailbox = badinbox_mailbox(APP_PASSWORD)
    settings = mailbox.settings
    options = typed(settings, without=("--email", "--password-env", "--imap-host"))
    spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    process = subprocess.Popen(
        [sys.executable, "-c", spawn, *command("check", *options)],
        cwd=tmp_path,
        env=environment(COLUMNS="80"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    shown = b""
    try:
        for question, answer in (
            (b"E-mail address: ", settings.email),
            (b"IMAP server: ", settings.imap.host),
            (b"User name", ""),
            (b"Password (hidden): ", settings.password),
        ):
            while question not in shown:
                data = process.stdout.read1(1000)
                assert data, shown
                shown += data
            process.stdin.write(f"{answer}\n".encode())
            process.stdin.flush()
        shown += process.stdout.read()
    finally:
        process.kill()
        process.communicate()
    assert b"app-password-required" in shown
    assert settings.password.encode() not in shown
    assert len(mailbox.evidence.logins) == 1


TOKENS = "connected/tokens-renewed[expiry-untold]"


def with_tokens(settings: ConnectionSettings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options of an account that was connected by OAuth 2."""
    held = settings.oauth2
    assert held is not None
    secrets = {
        "--token-env": held.access_token,
        "--refresh-token-env": held.refresh_token,
        "--client-secret-env": held.client_secret,
    }
    options = {"--token-endpoint": held.token_endpoint, "--client-id": held.client_id}
    for name, secret in secrets.items():
        if secret:
            options[name] = name.strip("-").upper().replace("-", "_")
            monkeypatch.setenv(options[name], secret)
    scopes = [word for scope in held.scopes for word in ("--scope", scope)]
    return [*(word for option in options.items() for word in option), *scopes]


def test_a_mailbox_is_checked_with_tokens(
    monkeypatch: pytest.MonkeyPatch,
    badinbox_mailbox: Any,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    mailbox = badinbox_mailbox(TOKENS)
    options = [*with_tokens(mailbox.settings, monkeypatch), "--report", str(tmp_path / "a.md")]
    servers = typed(mailbox.settings, without=["--password-env"])
    assert main(["check", *servers, *options]) == 0
    printed = capsys.readouterr().out
    assert "ok     fetch an access token" in printed
    for text in (printed, (tmp_path / "a.md").read_text("utf-8")):
        for secret in (
            mailbox.settings.oauth2.access_token,
            mailbox.settings.oauth2.refresh_token,
            mailbox.settings.oauth2.client_secret,
        ):
            assert secret not in text


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--token-env", "NO_SUCH"], "--token-env: NO_SUCH: there is no such variable"),
        (["--token-env", "EMPTY"], "--token-env: EMPTY: is empty"),
        (["--token-env", "T", "--password-env", "T"], "one logs in with one of them"),
        (["--refresh-token-env", "T"], "--refresh-token-env needs --token-endpoint"),
        (["--token-env", "T", "--scope", "x"], "--scope needs --token-endpoint"),
        (["--refresh-token-env", "T", "--token-endpoint", "https://x/"], "needs --client-id"),
        (
            ["--token-env", "T", "--token-endpoint", "https://x/", "--client-id", "y"],
            "--token-endpoint needs --refresh-token-env, or --grant client_credentials",
        ),
        (
            ["--grant", "client_credentials", "--refresh-token-env", "T"],
            "--grant client_credentials takes no --refresh-token-env",
        ),
        *(
            (
                ["--refresh-token-env", "T", "--client-id", "y", "--token-endpoint", url],
                "--token-endpoint: expected an address that begins with https://",
            )
            for url in ("http://x/", "x", "https://", "https://x:port/", "https://[::1/")
        ),
    ],
)
def test_tokens_that_do_not_go_together(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    problem: str,
) -> None:
    monkeypatch.setenv("T", "secret-of-the-test")
    monkeypatch.setenv("EMPTY", "")
    servers = ["--email", "a@example.test", "--imap-host", "127.0.0.1", "--smtp-host", "127.0.0.1"]
    assert main(["check", *servers, *options]) == 2
    printed = capsys.readouterr().err
    assert problem in printed and "secret-of-the-test" not in printed
