"""A run that is spread over several processes."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.harness.cli.conftest import Badinbox, started, until
from tests.harness.conftest import HEADER, WORKING

SAMPLE = (
    *("run", "connected/working", "unauthorized/bad-password-imap[gmail]"),
    *("unauthorized/bad-password-smtp[dovecot]", "smtp-settings-incorrect/greeting-refused"),
    "unauthorized-untrusted-certificate/expired",
)
CONNECTORS = """\
import os, pathlib, signal, time

def hangs(settings):
    pathlib.Path(f"began-{settings.email}").touch()
    time.sleep(600)

def dies_once(settings):
    if settings.email == "b@example.test" and not os.path.exists("died"):
        pathlib.Path("died").touch()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    return {"error": "connected"}

def dies_always(settings):
    if settings.email == "b@example.test":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    return {"error": "connected"}
"""
SPREAD = (
    *("run", "--scenarios", "scenarios", "--no-preflight", "--phase", "fault", "--workers", "2"),
    *("--json", "out.json"),
)


NOT_MET = "not-exercised"
"""What is said without a look at the mailbox."""


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A folder with three mailboxes that work, of different people, and connectors beside it."""
    (tmp_path / "product.py").write_text(CONNECTORS)
    for name in "abc":
        file = tmp_path / f"scenarios/connected/{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEADER + WORKING + f"account: {{address: {name}@example.test}}\n")
    return tmp_path


def verdicts(file: Path) -> list[tuple[Any, ...]]:
    """In the order in which they are told."""
    told = json.loads(file.read_text())["cases"]
    return [(each["id"], each["phase"], each.get("remedy"), each["verdict"]) for each in told]


def test_verdicts_and_their_order_do_not_depend_on_who_runs_what(
    badinbox: Badinbox, tmp_path: Path
) -> None:
    found = []
    for options in (["--workers", "1"], ["--workers", "2"], ["--workers", "4"]):
        done = badinbox(*SAMPLE, *options, "--json", "out.json")
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(verdicts(tmp_path / "out.json"))
    assert found[0] == found[1] == found[2] and len(found[0]) > len(SAMPLE)
    parts = []
    for shard in ("1/2", "2/2"):
        badinbox(*SAMPLE, "--workers", "2", "--shard", shard, "--json", "out.json")
        parts += verdicts(tmp_path / "out.json")
    assert sorted(map(str, parts)) == sorted(map(str, found[0]))


def test_a_first_that_does_not_pass_ends_it(badinbox: Badinbox, three: Path) -> None:
    (three / "product.py").write_text("def says(settings):\n    return {'error': 'unauthorized'}\n")
    done = badinbox(*SPREAD, "-x", "--connector", "product:says")
    assert done.returncode == 1 and done.stderr == ""
    assert verdicts(three / "out.json") == [("connected/a", "fault", None, "wrong")]


@pytest.mark.parametrize("number", ["0", "-1", "1000", "two", ""])
def test_a_number_of_workers_that_is_none(badinbox: Badinbox, number: str) -> None:
    done = badinbox("run", "--workers", number)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"'{number}' is neither auto nor 1 to 64" in done.stderr


def test_the_cases_of_a_worker_that_was_killed_are_run_again(
    badinbox: Badinbox, three: Path
) -> None:
    done = badinbox(*SPREAD, "--connector", "product:dies_once")
    assert (three / "died").exists() and (done.returncode, done.stderr) == (1, ""), done.stdout
    assert [each[3] for each in verdicts(three / "out.json")] == [NOT_MET] * 3


def test_only_a_case_that_kills_its_worker_again_is_none(badinbox: Badinbox, three: Path) -> None:
    done = badinbox(*SPREAD, "--connector", "product:dies_always")
    assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr
    told = [each[3] for each in verdicts(three / "out.json")]
    assert told == [NOT_MET, "harness-error", NOT_MET]
    assert "the process that ran it ended, twice" in (three / "out.json").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_ends_it_ends_its_workers(three: Path, number: signal.Signals) -> None:
    with started(three, *SPREAD, "--connector", "product:hangs") as running:
        until(lambda: len(list(three.glob("began-*"))) == 3, running)
        running.send_signal(number)
        # The pipes are at their end only when the workers and the connectors are gone.
        _, errors = running.communicate(timeout=60)
    assert errors == "", errors
    ended = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
    assert running.returncode == ended[number]
