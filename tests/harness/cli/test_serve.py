"""`badinbox serve` with many mailboxes, an authority that is kept, and beyond loopback."""

from __future__ import annotations

import imaplib
import json
import signal
import ssl
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from badinbox import Client, ConnectionSettings, check
from harness.cli.shared.options import port_range
from tests.free_ports import free_ports
from tests.harness.cli.conftest import Badinbox, command, environment, started, until

ASKS = "unauthorized-app-password-required/asks"


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """What the ports file of a running `serve` says; `output` is filled at its end."""
    file = folder / "ports.json"
    serve = ("serve", "--scenarios", "scenarios", "--ports-file", "ports.json", *arguments)
    with started(folder, *serve) as process:
        until(file.exists, process)
        told = json.loads(file.read_text())
        yield told
        process.send_signal(signal.SIGINT)
        told["output"], told["errors"] = process.communicate(timeout=30)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "badinbox"


def _said(mailbox: dict[str, Any]) -> str:
    return check(ConnectionSettings.model_validate(mailbox["settings"])).error


def test_all_at_once_each_at_an_address_of_its_own(scenarios: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--all", "--table", "table.hosts", "--imap-port", "9998") as told:
        mailboxes = {mailbox["id"]: mailbox for mailbox in told["mailboxes"]}
        assert set(mailboxes) == {"connected/works", ASKS}
        typed = [mailbox["settings"] for mailbox in mailboxes.values()]
        assert {settings["imap"]["port"] for settings in typed} == {9998}
        hosts = [settings["imap"]["host"] for settings in typed]
        assert len(set(hosts)) == 2
        assert _said(mailboxes["connected/works"]) == "connected"
        assert _said(mailboxes[ASKS]) == "unauthorized-app-password-required"
        table = (tmp_path / "table.hosts").read_text()
        assert table.splitlines()[0] == f"{hosts[0]} connected-works.badinbox.test"
    head, _, live = told["output"].partition("Ready")
    assert all(host in head for host in hosts) and f"{ASKS} imap#0" in live


def test_an_authority_that_is_kept(badinbox: Badinbox, scenarios: Path, tmp_path: Path) -> None:
    files = []
    for _ in range(2):
        with serving(tmp_path, "connected/works", "--ca", "ca", "--no-api") as told:
            [mailbox] = told["mailboxes"]
            files.append(Path(mailbox["settings"]["ca_file"]).read_bytes())
            assert _said(mailbox) == "connected" and "api" not in told
    assert files[0] == files[1]
    assert stat.S_IMODE((tmp_path / "ca" / "ca-key.pem").stat().st_mode) == 0o600
    recipes = badinbox("ca", "ca")
    assert recipes.returncode == 0, recipes.stderr
    assert f"NODE_EXTRA_CA_CERTS={tmp_path}/ca/ca.pem" in recipes.stdout
    assert (tmp_path / "ca" / "ca.p12").is_file()
    (tmp_path / "ca" / "ca.pem").write_text("no certificate")
    broken = badinbox("serve", "connected", "--scenarios", "scenarios", "--ca", "ca")
    assert broken.returncode == 2 and broken.stderr.count("\n") == 1


def test_beyond_loopback_only_when_told_so(scenarios: Path, tmp_path: Path) -> None:
    exposed = ("connected/works", "--bind", "0.0.0.0", "--expose", "--host", "mail.test")
    with serving(tmp_path, *exposed) as told:
        [mailbox] = told["mailboxes"]
        settings = ConnectionSettings.model_validate(mailbox["settings"])
        assert settings.imap.host == settings.smtp.host == "mail.test"
        assert mailbox["services"]["imap"]["host"] == "0.0.0.0"
        assert told["api"]["url"].startswith("http://127.0.0.1:")
    assert "known passwords" in told["errors"]


def test_a_reader_that_leaves_is_no_fault_of_the_mailbox(scenarios: Path, tmp_path: Path) -> None:
    serve = ("serve", "connected/works", "--scenarios", "scenarios", "--ports-file", "ports.json")
    with started(tmp_path, *serve) as process:
        until((tmp_path / "ports.json").exists, process)
        assert process.stdout
        process.stdout.close()
        told = json.loads((tmp_path / "ports.json").read_text())
        with Client(told["api"]["socket"]) as client:
            assert client.check("connected/works")["verdict"] == "passed"


def test_quiet_prints_no_dialogue(scenarios: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "connected/works", "--quiet") as told:
        assert _said(told["mailboxes"][0]) == "connected"
    assert told["output"].rstrip().endswith("Ready; Ctrl-C ends it.")


def test_the_token_may_be_given(
    scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BADINBOX_TOKEN", "one that I know")
    with serving(tmp_path, "connected/works") as told:
        assert told["api"]["token"] == "one that I know"
        assert stat.S_IMODE((tmp_path / "ports.json").stat().st_mode) == 0o600


def test_too_few_open_files_are_told_of_in_one_line(scenarios: Path, tmp_path: Path) -> None:
    limited = ["sh", "-c", 'ulimit -n 100 && exec "$@"', "sh", *command("serve", "--all")]
    done = subprocess.run(
        limited, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert "only 100 are permitted" in done.stderr


def test_one_server_for_all_scenarios(scenarios: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--any", "--table", "table.hosts") as told:
        ports = {(each["protocol"], each["security"]): each["port"] for each in told["common"]}
        assert len(ports) == 6 and told["mailboxes"] == []
        names = [line.split()[1] for line in (tmp_path / "table.hosts").read_text().splitlines()]
        assert "connected.works.localhost" in names
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        port = ports["imap", "implicit-tls"]
        with imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=context) as client:
            assert client.login("works", "Tr0ub4dor&3-inbox")[0] == "OK"
        with (
            imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=context) as client,
            pytest.raises(imaplib.IMAP4.error, match=r"did you mean connected\.works\?"),
        ):
            client.login("connected.wroks", "x")
    assert "connected/works imap#0" in told["output"]
    assert "refused: no scenario is called 'connected.wroks'" in told["output"]


def test_ports_of_their_own_may_be_told(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    ports = free_ports(4)
    first, last = ports[0], ports[-1]
    with (
        serving(tmp_path, "--any", "--own-ports", f"{first}-{last}") as told,
        Client(told["api"]["socket"]) as client,
    ):
        standing = client.start("connected/works")
        assert {each["port"] for each in standing["services"].values()} == {*ports[:2]}
        busy = badinbox("serve", "--any", "--own-ports", f"{first}-{last}")
        assert busy.returncode == 2
        assert f"127.0.0.1 port {first}, and 1 more of {first}-{last}: in use" in busy.stderr
    assert f"{first}-{last}, for what is chosen by no name" in told["output"]
    alone = badinbox("serve", "--own-ports", f"{first}-{last}")
    assert alone.returncode == 2 and "--own-ports goes with --any" in alone.stderr


@pytest.mark.parametrize("wrong", ["9100", "9-8", "0-9", "1-65536", "a-b", "1-", "-9", "1-2-3"])
def test_a_range_of_ports_has_two_ends(wrong: str) -> None:
    with pytest.raises(click.BadParameter, match="is no range of ports"):
        port_range(wrong)
