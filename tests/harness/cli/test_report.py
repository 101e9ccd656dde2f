"""`badinbox report` beside a running `badinbox serve`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from badinbox import Client, ConnectionSettings, check
from tests.harness.cli.conftest import Badinbox, started, until

ID = "unauthorized-app-password-required/asks"
RIGHT = "unauthorized-app-password-required"


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder of the test's own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "badinbox"


@pytest.fixture
def serving(scenarios: Path, tmp_path: Path, runtime: Path) -> Iterator[dict[str, Any]]:
    """What the ports file of a running `serve` says."""
    with started(tmp_path, "serve", ID, "--scenarios", "scenarios", "--ports-file", "p") as process:
        until((tmp_path / "p").exists, process)
        yield json.loads((tmp_path / "p").read_text())


def test_a_report_is_judged_by_what_the_running_mailbox_saw(
    badinbox: Badinbox, serving: dict[str, Any], tmp_path: Path
) -> None:
    early = badinbox("report", ID, RIGHT)
    assert early.returncode == 1 and "not-exercised" in early.stdout
    check(ConnectionSettings.model_validate(serving["mailboxes"][0]["settings"]))
    right = badinbox("report", ID, RIGHT, "--stage", "imap-login")
    assert right.returncode == 0 and f"{ID}: passed" in right.stdout, right.stderr
    wrong = badinbox("report", ID, "unauthorized", "--message", "Bad password")
    assert wrong.returncode == 1 and "Bad password" in wrong.stdout
    assert "NO [ALERT] Application-specific" in wrong.stdout, "the transcript is shown"
    (tmp_path / "m.yaml").write_text(f"rules: [{{code: E42, means: {RIGHT}}}]\n")
    mapped = badinbox("report", ID, "E42", "--mapping", "m.yaml")
    assert mapped.returncode == 0, mapped.stdout
    given = serving["api"]["socket"]
    assert badinbox("report", ID, RIGHT, "--socket", given).returncode == 0


def test_a_report_of_what_does_not_stand(badinbox: Badinbox, serving: dict[str, Any]) -> None:
    done = badinbox("report", "unauthorized-app-password-required/ask", RIGHT)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "did you mean" in done.stderr


def test_a_report_where_nothing_runs(badinbox: Badinbox, runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "serve-1.sock").touch()
    for arguments in ([], ["--socket", str(runtime / "serve-1.sock")]):
        done = badinbox("report", ID, RIGHT, *arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert "badinbox serve" in done.stderr


def test_a_report_where_several_run(
    badinbox: Badinbox, serving: dict[str, Any], tmp_path: Path
) -> None:
    more = ("serve", ID, "--scenarios", "scenarios", "--ports-file", "q")
    with started(tmp_path, *more) as process:
        until((tmp_path / "q").exists, process)
        done = badinbox("report", ID, RIGHT)
        assert done.returncode == 2 and "choose one" in done.stderr
        assert serving["api"]["socket"] in done.stderr


def test_the_runtime_folder_must_be_ones_own(badinbox: Badinbox, runtime: Path) -> None:
    runtime.mkdir()
    runtime.chmod(0o755)
    done = badinbox("report", ID, RIGHT)
    assert done.returncode == 2 and "only you" in done.stderr


def test_the_client_of_the_package(serving: dict[str, Any]) -> None:
    api = serving["api"]
    with Client() as near, Client(api["url"], api["token"]) as far:
        [standing] = near.mailboxes()
        assert standing == far.mailboxes()[0]
        with far.mailbox("connected/works") as works:
            settings = ConnectionSettings.model_validate(works["settings"])
            assert check(settings).error == "connected"
            assert near.wait("message", mailbox=works["name"], after=works["event"])
            assert near.check("connected/works")["verdict"] == "passed"
        assert len(near.mailboxes()) == 1
        near.apply_remedy(ID, "use-app-password")
        assert near.check(ID)["verdict"] == "passed"
