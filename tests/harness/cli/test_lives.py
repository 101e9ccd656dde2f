"""Lives on the command line: run, judged again, compared, and said by a person at `serve`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from badinbox import ConnectionSettings, check
from harness.contract.staying import FASTEST, SLOWEST
from tests.harness.cli.conftest import Badinbox, started, until
from tests.harness.conftest import COMES_IN, HEADER

SHORT = HEADER + COMES_IN
CHANGED = f"""\
{HEADER}title: The password is changed while the mailbox is connected
breaks-into: unauthorized/bad-password-imap[gmail]
life:
  - until: connected
  - change: breaks-into
  - cut: fin
  - says: unauthorized
  - wait-s: 600
  - remedy: confirm-address-and-password
  - says: connected
"""
ID = "life/changed"
CHECKS_ONLY = "def check(settings):\n    return {'error': 'connected'}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder `scenarios` with two lives, and the folder that it is in."""
    for name, text in (("short", SHORT), ("changed", CHANGED)):
        file = tmp_path / "scenarios" / "life" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


RUN = ("run", "life/short", "--scenarios", "scenarios")


def test_a_life_is_run_recorded_compared_and_left_as_it_was(
    badinbox: Badinbox, folder: Path
) -> None:
    done = badinbox(*RUN, "--json", "run.json", "--durations", "1", "--markdown", "out.md")
    assert done.returncode == 0, done.stderr + done.stdout
    [case] = json.loads((folder / "run.json").read_text())["cases"]
    assert case["verdict"] == "passed" and case["phase"] == "fault"
    assert [each["text"] for each in case["life"] if each["kind"] == "step"] == [
        *("until: connected", "deliver: 1", "seen: all"),
    ]
    again = badinbox("judge", "run.json")
    assert again.returncode == 0 and "Traceback" not in again.stderr
    assert again.stderr == "1 verdict of lives stay as they were: run those again\n"
    assert badinbox("compare", "run.json", "run.json").returncode == 0


def test_who_does_not_stay_is_asked_no_life(badinbox: Badinbox, folder: Path) -> None:
    (folder / "product.py").write_text(CHECKS_ONLY)
    connector = ("--connector", "product:check", "--does", "stays=false")
    done = badinbox(*RUN, *connector)
    assert done.returncode == 0 and "does not stay connected (1)" in done.stdout, done.stderr
    required = badinbox(*RUN, *connector, "--require", "staying")
    assert required.returncode == 1
    assert "--require staying: not asked, as it does not stay connected: 1" in required.stderr


@pytest.mark.parametrize("pace", ["0", "0.1", "61", "-1", "nan", "fast"])
def test_a_pace_that_is_none_is_one_line(badinbox: Badinbox, folder: Path, pace: str) -> None:
    for command in (RUN, ("serve", ID, "--scenarios", "scenarios")):
        done = badinbox(*command, "--pace", pace)
        assert done.returncode == 2, done.stdout
        assert f"{FASTEST:g} to {SLOWEST:g}" in done.stderr.splitlines()[-1]


TELLS_ITS_PACE = """\
import json, sys
settings = json.loads(sys.stdin.readline())
print(json.dumps({"state": "failing", "error": f"pace {settings['pace']['poll_s']:g}"}), flush=True)
for line in sys.stdin:
    if "stop" in json.loads(line):
        print(json.dumps({"state": "stopped"}), flush=True)
        break
"""


@pytest.mark.parametrize(
    ("given", "poll"),
    [((), "1"), (("--pace", "0.2"), "0.1"), (("--pace", "0.2", "--workers", "2"), "0.1")],
)
def test_the_pace_of_the_command_line_is_over_that_of_the_file(
    badinbox: Badinbox, folder: Path, given: tuple[str, ...], poll: str
) -> None:
    (folder / "stays.py").write_text(TELLS_ITS_PACE)
    (folder / "c.yaml").write_text("connector: python3 stays.py\npace: 2\ndoes: {stays: true}\n")
    text = SHORT.replace("until: connected", "wait-s: 0.1").replace("  - deliver: 1\n", "")
    text = text.replace("seen: all", "stays: connected\n    for-s: 0.1")
    (folder / "scenarios" / "life" / "short.yaml").write_text(text)
    more = ("--mapping", "c.yaml", "--no-preflight", "--json", "run.json", *given)
    badinbox(*RUN, *more)
    [case] = json.loads((folder / "run.json").read_text())["cases"]
    assert case["said"]["error"] == f"pace {poll}", case["why"]


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The mailbox of the life stands: what to type."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    serve = ("serve", ID, "connected/works", "--scenarios", "scenarios", "--ports-file", "p")
    works = folder / "scenarios" / "connected" / "works.yaml"
    works.parent.mkdir()
    works.write_text(f"{HEADER}title: Works\nreproduces: connected\nsource: RFC 9051\n")
    with started(folder, *serve) as process:
        until((folder / "p").exists, process)
        yield json.loads((folder / "p").read_text())


def typed(served: dict[str, Any]) -> ConnectionSettings:
    [of_life] = [each for each in served["mailboxes"] if each["id"] == ID]
    return ConnectionSettings.model_validate(of_life["settings"])


def test_a_product_that_can_only_be_clicked(badinbox: Badinbox, served: dict[str, Any]) -> None:
    check(typed(served))
    said = badinbox("report", ID, "--state", "connected")
    assert said.returncode == 0 and said.stdout == "step 4 of 7: says: unauthorized\n", said.stderr
    check(typed(served))
    said = badinbox("report", ID, "--state", "failing", "--error", "bad-password")
    assert said.stdout == "step 4 of 7: says: unauthorized\n"
    said = badinbox("report", ID, "--state", "failing", "--error", "unauthorized")
    assert said.stdout == "step 5 of 7: wait-s: 600\n"


def test_the_verdict_is_waited_for_and_gives_the_exit_code(
    badinbox: Badinbox, served: dict[str, Any]
) -> None:
    from badinbox import Client

    with Client() as client:
        check(typed(served))
        client.say(ID, "connected")
        client.next_step(ID)
    done = badinbox("report", ID)
    assert done.returncode == 1 and f"{ID}: unnoticed" in done.stdout, done.stderr
    assert "time line" in done.stdout and "<- not met" in done.stdout
    late = badinbox("report", ID, "--state", "connected")
    assert late.returncode == 2 and "is over" in late.stderr and late.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((ID, "--state", "failing"), "--state failing needs --error"),
        ((ID, "--state", "message"), "--state message needs --message-id"),
        ((ID, "--state", "connected", "--error", "x"), "--error is for --state failing"),
        ((ID, "unauthorized", "--state", "connected"), "--state is for a mailbox with a life"),
        ((ID, "unauthorized"), "has a life"),
        (("connected/works",), "CODE is missing: connected/works has no life"),
        (("connected/works", "--state", "connected"), "connected/works has no life"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    badinbox: Badinbox, served: dict[str, Any], arguments: tuple[str, ...], problem: str
) -> None:
    done = badinbox("report", *arguments)
    assert done.returncode == 2 and problem in done.stderr.splitlines()[-1], done.stderr
    assert "Traceback" not in done.stderr
