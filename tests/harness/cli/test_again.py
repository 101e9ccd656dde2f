"""Running again: what failed last, what took longest, and whenever a file changes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness.cli.shared.again import connector_places, watched_of
from harness.cli.shared.options import Choice
from harness.results.last_failed import last_failed
from tests.harness.conftest import REFUSED

from .conftest import Badinbox, started

WRONG = "unauthorized-app-password-required/asks"
WORKS = "connected/works"


@pytest.fixture
def one_is_wrong(scenarios: Path) -> Path:
    """The folder of scenarios, in one of which the built-in checker is not right."""
    file = scenarios / f"{WRONG}.yaml"
    file.write_text(file.read_text().replace("Application-specific password required", "No."))
    return file


def test_what_failed_last_is_run_alone_or_first(
    badinbox: Badinbox, one_is_wrong: Path, tmp_path: Path
) -> None:
    run = ("run", "--scenarios", "scenarios", "--phase", "fault")
    done = badinbox(*run, "--lf")
    assert done.returncode == 1
    assert "0 of these 2 scenarios failed last: all are run" in done.stdout
    assert last_failed("builtin", tmp_path / ".badinbox_cache") == {WRONG}
    done = badinbox(*run, "--lf", "--json", "only.json")
    assert "1 of these 2 scenarios failed last\n" in done.stdout
    assert WORKS not in (tmp_path / "only.json").read_text()
    badinbox(*run, "--ff", "--json", "first.json")
    text = (tmp_path / "first.json").read_text()
    assert 0 < text.index(f'"id": "{WRONG}"') < text.index(f'"id": "{WORKS}"')
    one_is_wrong.write_text(one_is_wrong.read_text().replace("No.", "App password required."))
    assert badinbox(*run, "--lf").returncode == 0
    assert "0 of these 2" in badinbox(*run, "--lf").stdout, "it passes now"


def test_each_connector_has_its_own_and_what_was_not_run_stays(
    badinbox: Badinbox, one_is_wrong: Path, tmp_path: Path
) -> None:
    run = ("run", "--scenarios", "scenarios", "--phase", "fault")
    badinbox(*run)
    badinbox(*run, WORKS)
    assert last_failed("builtin", tmp_path / ".badinbox_cache") == {WRONG}
    assert last_failed("node check.js", tmp_path / ".badinbox_cache") == set()


def test_git_ignores_what_is_remembered(
    badinbox: Badinbox, scenarios: Path, tmp_path: Path
) -> None:
    badinbox("run", "--scenarios", "scenarios", "--phase", "fault")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    status = ["git", "-C", tmp_path, "status", "--short", "--untracked-files=all"]
    assert ".badinbox_cache" not in subprocess.check_output(status, text=True)


@pytest.mark.parametrize("content", ["", "[]", '{"failed": 1}', '{"failed": {"builtin": 3}}'])
def test_what_cannot_be_read_is_forgotten(tmp_path: Path, content: str) -> None:
    (tmp_path / "last-failed.json").write_text(content)
    assert last_failed("builtin", tmp_path) == frozenset()


def test_what_took_longest(badinbox: Badinbox, scenarios: Path) -> None:
    done = badinbox("run", "--scenarios", "scenarios", "--durations", "2")
    *_, head, first, second = done.stdout.splitlines()
    assert head == "slowest 2 of 3 checks"
    assert float(first.split()[0]) >= float(second.split()[0])
    assert "slowest" not in badinbox("run", "--scenarios", "scenarios").stdout


def _until(running: subprocess.Popen[str], words: str) -> str:
    """What is printed, up to the line with these words."""
    assert running.stdout
    read = ""
    for line in running.stdout:
        read += line
        if words in line:
            return read
    raise AssertionError(f"it ended before it said {words!r}: {read}")


def test_it_runs_again_when_a_scenario_changes(scenarios: Path, tmp_path: Path) -> None:
    run = ("run", "--watch", "--scenarios", "scenarios", "--phase", "fault", "--json", "out.json")
    with started(tmp_path, *run) as running:
        ends = threading.Timer(60, running.kill)
        ends.start()
        assert "all passed" in _until(running, "waiting for a change")
        file = scenarios / f"{WRONG}.yaml"
        file.write_text("# no scenario\n" + REFUSED)
        assert "changed: scenarios/" in _until(running, "waiting for a change")
        (scenarios / "connected/works.yaml").unlink()
        file.unlink()
        _until(running, "waiting for a change")
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate()
        ends.cancel()
    assert running.returncode == 130
    assert errors.startswith("badinbox: scenarios: no scenario is in this folder; it has no file ")


def test_what_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("src/check.js", "own/a.yaml", "maps/mapping.yaml", "pkg/mail.py", "out.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "maps/mapping.yaml").write_text("connector: jsonl:node src/check.js\n")
    watched = watched_of(
        {
            "choice": Choice(("own", "connected/"), None, sample=False, words=None),
            "connector": None,
            "mapping": tmp_path / "maps/mapping.yaml",
            "policy": None,
            "does": (),
            "strict": False,
            "json_report": tmp_path / "src/out.json",
        }
    )
    assert watched.places == [tmp_path / name for name in ("maps", "own", "src")]
    counted = ("src/lib/a.js", "own/new.yaml", "maps/mapping.yaml")
    ignored = ("maps/other.yaml", "src/out.json", "src/.out.json.x7", "out.json")
    assert all(watched.counts(tmp_path / name) for name in counted)
    assert not any(watched.counts(tmp_path / name) for name in ignored)


@pytest.mark.parametrize(
    ("connector", "places"),
    [
        ("builtin", []),
        ("http://127.0.0.1:9000/check", []),
        ("pkg.mail:check", ["pkg"]),
        ("single:check", ["."]),
        ("node src/check.js", ["src"]),
        ("./src/check.js", ["src"]),
        (f"{sys.executable} src/check.js", ["src"]),
        (f"{sys.executable} -m pkg", ["."]),
    ],
)
def test_where_a_connectors_code_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connector: str, places: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("src/check.js", "pkg/mail.py", "single.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(connector_places(connector)) == [(tmp_path / place).resolve() for place in places]


def test_without_the_library_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from harness.cli.run_command import run_command

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    failed = CliRunner().invoke(run_command, ["--watch", "--connector", "node check.js"])
    assert str(failed.exception) == "--watch needs watchfiles: pip install 'badinbox[watch]'"


def test_what_cannot_change_is_not_watched(badinbox: Badinbox) -> None:
    done = badinbox("run", "--watch")
    assert done.returncode == 2
    assert done.stderr == "badinbox: --watch: nothing of this run is a file that can change\n"


def test_a_sample_is_taken_of_what_applies_to_the_connector(
    badinbox: Badinbox, tmp_path: Path
) -> None:
    run = ("run", "--sample", "--does", "services=imap", "--phase", "fault", "--json", "out.json")
    assert badinbox(*run).returncode == 0
    cases = json.loads((tmp_path / "out.json").read_text())["cases"]
    assert len(cases) > 40 and {case["verdict"] for case in cases} == {"passed"}
    assert "0 of these" in badinbox(*run, "--lf").stdout
