"""What a run of checks can do, a run of lives can: stop early, be shared, compared and accepted."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.harness.cli.conftest import Badinbox
from tests.harness.conftest import COMES_IN, HEADER

RUN = ("run", "life/", "--scenarios", "scenarios")
LIVES = ("life/comes", "life/knocks", "life/stays")
CHECK = "unauthorized/bad-password-imap[gmail]"
KNOCKS = """\
title: Whoever connects anew connects too often
reproduces: connected
source: RFC 9051
life:
  - until: connected
  - cut: fin
  - at-most: {connections: 0}
    for-s: 5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three lives, of which one no connector can pass, and which are named so."""
    life = tmp_path / "scenarios" / "life"
    life.mkdir(parents=True)
    for name in LIVES:
        text = KNOCKS if name == "life/knocks" else COMES_IN
        (life.parent / f"{name}.yaml").write_text(HEADER + text)
    return tmp_path


def verdicts(folder: Path, name: str) -> dict[str, str]:
    cases = json.loads((folder / name).read_text())["cases"]
    return {each["id"]: each["verdict"] for each in cases}


def mend(folder: Path) -> None:
    file = folder / "scenarios" / "life" / "knocks.yaml"
    file.write_text(
        file.read_text().replace("connections: 0}\n    for-s: 5", "log-ins: 9}\n    for-s: 0.1")
    )


def test_lives_have_no_phases(badinbox: Badinbox, folder: Path) -> None:
    done = badinbox(*RUN, "--phase", "remedy")
    assert done.returncode == 2 and done.stderr == (
        "badinbox: --phase remedy: nothing to run, as a life has its cures among its steps; "
        "leave it out\n"
    )
    beside = badinbox("run", "life/nothing-happens", CHECK, "--phase", "remedy")
    assert beside.returncode == 0 and "incomplete" not in beside.stdout
    assert "life/" not in beside.stdout


def test_what_means_nothing_to_lives_is_told(badinbox: Badinbox, folder: Path) -> None:
    done = badinbox("run", "life/comes", "--scenarios", "scenarios", "--timeout", "5")
    assert done.returncode == 0 and "--timeout changes nothing here" in done.stderr
    checks = badinbox("run", CHECK, "--pace", "2")
    assert checks.returncode == 0 and "--pace changes nothing here" in checks.stderr
    lives = badinbox("run", "life/comes", "--scenarios", "scenarios", "--pace", "1")
    assert lives.returncode == 0 and lives.stderr == ""


def test_it_stops_at_the_first_that_does_not_pass(badinbox: Badinbox, folder: Path) -> None:
    done = badinbox(*RUN, "-x", "--jobs", "1", "--json", "run.json")
    assert done.returncode == 1
    assert verdicts(folder, "run.json") == {"life/comes": "passed", "life/knocks": "hammered"}


def test_what_failed_last_is_lived_alone(badinbox: Badinbox, folder: Path) -> None:
    assert badinbox(*RUN).returncode == 1
    again = badinbox(*RUN, "--lf", "--json", "again.json")
    assert again.returncode == 1 and "1 of these 3 scenarios failed last" in again.stdout
    assert verdicts(folder, "again.json") == {"life/knocks": "hammered"}
    mend(folder)
    assert badinbox(*RUN, "--lf").returncode == 0
    assert "0 of these 3 scenarios failed last" in badinbox(*RUN, "--lf", "-x").stdout


def test_parts_are_lived_elsewhere_each_once(badinbox: Badinbox, folder: Path) -> None:
    for part in ("1", "2"):
        badinbox(*RUN, "--shard", f"{part}/2", "--json", f"{part}.json")
    found = [*verdicts(folder, "1.json"), *verdicts(folder, "2.json")]
    assert sorted(found) == sorted(LIVES)


def test_workers_find_the_same(badinbox: Badinbox, folder: Path) -> None:
    for workers in ("1", "2"):
        badinbox(*RUN, "--workers", workers, "--json", f"{workers}.json")
    alone, shared = verdicts(folder, "1.json"), verdicts(folder, "2.json")
    assert alone == shared and alone["life/knocks"] == "hammered"
    assert badinbox("compare", "1.json", "2.json").returncode == 0


def test_what_is_known_is_accepted_until_it_is_mended(badinbox: Badinbox, folder: Path) -> None:
    assert badinbox(*RUN, "--write-baseline", "known.yaml").returncode == 0
    assert "id: life/knocks\n  verdict: hammered\n" in (folder / "known.yaml").read_text()
    assert badinbox(*RUN, "--baseline", "known.yaml").returncode == 0
    mend(folder)
    done = badinbox(*RUN, "--baseline", "known.yaml")
    assert done.returncode == 1
    assert "life/knocks: hammered is accepted, but it passes now" in done.stderr + done.stdout


def test_two_runs_are_compared(badinbox: Badinbox, folder: Path) -> None:
    badinbox(*RUN, "--json", "before.json")
    mend(folder)
    badinbox(*RUN, "--json", "after.json")
    better = badinbox("compare", "before.json", "after.json")
    assert better.returncode == 0 and "life/knocks: hammered -> passed" in better.stdout
    worse = badinbox("compare", "after.json", "before.json")
    assert worse.returncode == 1 and "life/knocks: passed -> hammered" in worse.stdout


def test_as_tests_of_a_build_and_judged_again(badinbox: Badinbox, folder: Path) -> None:
    badinbox(*RUN, "--json", "run.json", "--junit", "run.xml")
    again = badinbox("judge", "run.json", "--junit", "again.xml", "--strict")
    assert again.returncode == 1
    assert again.stderr == "3 verdicts of lives stay as they were: run those again\n"
    for name in ("run.xml", "again.xml"):
        cases = ET.parse(folder / name).iter("testcase")
        found = {case.get("name"): [each.get("type") for each in case] for case in cases}
        assert found == {"life/comes": [], "life/knocks": ["hammered"], "life/stays": []}
