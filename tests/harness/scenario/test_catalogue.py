"""Finding scenarios and choosing among them."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.files.problems import BadInput
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, select, shard
from harness.scenario.schemas.modeline import is_scenario

GREETING = """\
title: No greeting
reproduces: smtp-settings-incorrect
stage: smtp-greeting
cause: greeting-refused
source: RFC 5321
state: [outage]
smtp:
  rules: {rules}
remedy: {{advice: retry-later, apply: {{state: []}}}}
""".format(rules="[{when: {event: greeting, state: outage}, then: {reply: greeting-refused}}]")
CASES = GREETING + "cases: {one: {}, two: {cause: server-unavailable, stage: smtp-ehlo}}\n"
CONNECTED = "title: All is well\nreproduces: connected\nsource: RFC 9051\n"

IDS = [
    "connected/well",
    "smtp-settings-incorrect/cases[one]",
    "smtp-settings-incorrect/cases[two]",
    "smtp-settings-incorrect/greeting",
    "smtp-settings-incorrect/greeting-2",
]


@pytest.fixture
def folder(write, tmp_path: Path) -> Path:
    write(GREETING, "b/greeting.yaml")
    write(GREETING, "b/greeting-2.yml")
    write(CASES, "b/cases.yaml")
    write(CONNECTED, "z/well.yaml")
    (tmp_path / "b/notes.yaml").write_text("not: a scenario\n")
    (tmp_path / "b/readme.md").write_text("no scenario either\n")
    return tmp_path


def ids(scenarios) -> list[str]:
    return [scenario.id for scenario in scenarios]


def test_a_folder_is_collected_in_the_order_of_ids(folder):
    assert ids(collect([folder])) == IDS


def test_a_file_found_twice_counts_once(folder):
    assert ids(collect([folder / "z/well.yaml", folder, folder / "b"])) == IDS


def test_hidden_folders_are_passed_over(folder):
    shutil.copytree(folder / "b", folder / ".cache")
    assert ids(collect([folder])) == IDS


def test_one_id_in_two_files_is_refused(write, folder):
    other = write(CONNECTED, "c/well.yaml")
    with pytest.raises(BadInput) as bad:
        collect([folder])
    assert (
        str(bad.value) == f"{folder / 'z/well.yaml'}:1: the id 'connected/well' is taken by {other}"
    )


def test_the_problems_of_all_files_are_told(write, folder):
    write("title: 1\n", "b/bad.yaml")
    write("title: 2\n", "z/bad.yaml")
    with pytest.raises(BadInput) as bad:
        collect([folder])
    assert {Path(problem.file).parent.name for problem in bad.value.problems} == {"b", "z"}


def test_a_folder_without_scenarios_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no scenario is in this folder"):
        collect([tmp_path])


def test_what_a_folder_without_scenarios_has_instead_is_named(tmp_path):
    (tmp_path / "a.yaml").write_text("title: x\nreproduces: unauthorized\n")
    (tmp_path / "b.yml").write_text("services: {}\n")
    with pytest.raises(BadInput) as bad:
        collect([tmp_path, tmp_path / "gone.yaml"])
    folder, first, second, other = map(str, bad.value.problems)
    assert "no scenario is in this folder" in folder
    assert first.startswith(f"{tmp_path / 'a.yaml'}:1: not a scenario: its first line must be")
    assert "'reproduces'" not in first
    assert second.startswith(f"{tmp_path / 'b.yml'}:1: not") and second.endswith("'reproduces'")
    assert "no such file" in other


def test_a_named_file_must_be_a_scenario(folder):
    with pytest.raises(BadInput, match="not a scenario: its first line must be the modeline"):
        collect([folder / "b/notes.yaml"])


@pytest.mark.parametrize(
    ("line", "scenario"),
    [
        ("# yaml-language-server: $schema=../scenario.schema.json", True),
        ("# yaml-language-server: $schema=scenario.schema.json \r", True),
        ("# as in scenario.schema.json", False),
        ("# yaml-language-server: $schema=other.schema.json", False),
        ("# yaml-language-server: $schema=scenario.schema.json.bak", False),
    ],
)
def test_a_scenario_is_told_by_the_whole_modeline(tmp_path, line, scenario):
    (file := tmp_path / "a.yaml").write_text(f"{line}\ntitle: x\n")
    assert is_scenario(file) is scenario


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        collect([tmp_path / "gone.yaml"])


def test_the_scenarios_that_come_along_are_found():
    assert (builtin_path() / "connected").is_dir()


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("connected/well", IDS[:1]),
        ("connected", IDS[:1]),
        ("connected/", IDS[:1]),
        ("smtp-settings-incorrect", IDS[1:]),
        ("smtp-settings-incorrect/cases", IDS[1:3]),
        ("smtp-settings-incorrect/cases[two]", IDS[2:3]),
        ("smtp-settings-incorrect/greeting", IDS[3:4]),
        ("error=connected", IDS[:1]),
        ("stage=smtp-ehlo", IDS[2:3]),
        ("cause=greeting-refused", [IDS[1], *IDS[3:]]),
        ("dialect=plain", IDS),
        ("service=smtp", IDS[1:]),
        ("security=implicit-tls", IDS),
        ("advice=retry-later", IDS[1:]),
        ("service=smtp,cause=server-unavailable", IDS[2:3]),
        ("!connected/", IDS[1:]),
        ("!service=smtp", IDS[:1]),
        ("!b/cases.yaml", [IDS[0], *IDS[3:]]),
        ("!smtp-settings-incorrect/cases[two]", [*IDS[:2], *IDS[3:]]),
        ("Paramètres SMTP incorrects", IDS[1:]),
        ("error=Parametres SMTP incorrects", IDS[1:]),
        ("!Incorrect SMTP settings", IDS[:1]),
        ("b", IDS[1:]),
        ("b/", IDS[1:]),
        ("b/cases.yaml", IDS[1:3]),
        ("./z/well.yaml", IDS[:1]),
    ],
)
def test_a_selector(folder, monkeypatch, selector, expected):
    monkeypatch.chdir(folder)
    assert ids(select(collect(["."]), [selector])) == expected


def test_several_selectors_are_a_union_in_the_order_of_the_scenarios(folder):
    chosen = select(collect([folder]), ["stage=smtp-ehlo", "connected", "cause=server-unavailable"])
    assert ids(chosen) == [IDS[0], IDS[2]]


def test_what_is_excluded_is_taken_from_what_is_chosen(folder):
    chosen = select(collect([folder]), ["!cause=server-unavailable", "service=smtp", "!connected"])
    assert ids(chosen) == [IDS[1], *IDS[3:]]


def test_the_security_is_what_was_typed_for_the_service_that_fails(write, folder):
    write(CASES + "imap: {security: starttls}\ncustomer: {smtp: {security: cleartext}}\n", "c.yaml")
    write(CONNECTED + "imap: {security: starttls}\n", "works.yaml")
    found = collect([folder / "c.yaml", folder / "works.yaml"])
    assert ids(select(found, ["security=starttls"])) == ["connected/works"]
    assert ids(select(found, ["security=implicit-tls"])) == ["connected/works"]
    assert len(select(found, ["security=cleartext"])) == 2


def test_a_title_with_a_provider_chooses_what_that_provider_says():
    found = collect([builtin_path() / "unauthorized-app-password-required"])
    chosen = select(found, ["Non autorisé - Mot de passe de l'application requis, Gmail"])
    assert {scenario.dialect for scenario in chosen} == {"gmail"}
    assert ids(chosen) == ids(select(found, ["dialect=gmail.com"]))


def test_no_selector_is_all(folder):
    assert ids(select(collect([folder]), [])) == IDS


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("smtp-settings-incorrect/greting", "did you mean 'smtp-settings-incorrect/greeting'?"),
        ("smtp-setings-incorrect", "did you mean 'smtp-settings-incorrect'?"),
        ("smtp-settings-incorrect/cases[on]", "did you mean 'smtp-settings-incorrect/cases[one]'?"),
        ("smtp-settings-incorrect/cas", "no scenario fits"),
        ("connected/wel*", "no scenario fits"),
        ("causes=x", "'causes=x': unknown key 'causes'; did you mean 'cause'?"),
        ("cause=greeting-refusd", "no scenario has cause 'greeting-refusd'; did you mean 'gree"),
        ("dialect=gmail", "no scenario has dialect 'gmail'; known: plain"),
        ("dialect=Google Mail", "no scenario has dialect 'gmail'; known: plain"),
        ("SMTP settings incorrect, o365", "in the words of outlook; there are those of plain"),
        ("servce=smtp", "'servce=smtp': unknown key 'servce'; did you mean 'service'?"),
        ("advice=retry-latr", "no scenario has advice 'retry-latr'; did you mean 'retry-later'?"),
        ("service=imap", "no scenario has service 'imap'; known: smtp"),
        ("service=smtp,error=connected", "no scenario has all of 'service=smtp,error=connected'"),
        ("!conected/", "no scenario fits 'conected/'; did you mean 'connected'?"),
        ("!dialect=plain", "!dialect=plain: nothing is left"),
        (os.devnull, "no scenario of this run is in '/dev/null'"),
        ("", "no scenario fits ''"),
    ],
)
def test_an_unknown_selector(folder, selector, message):
    with pytest.raises(BadInput) as bad:
        select(collect([folder]), [selector])
    assert message in str(bad.value)


@given(st.integers(0, 40), st.integers(1, 9))
def test_shards_are_a_balanced_partition(count: int, of: int):
    scenarios = list(range(count))
    parts = [shard(scenarios, number, of) for number in range(1, of + 1)]  # type: ignore[arg-type]
    assert sorted(itertools.chain(*parts)) == scenarios
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("number", "of"), [(0, 3), (4, 3), (1, 0)])
def test_a_shard_that_does_not_exist(number, of):
    with pytest.raises(BadInput, match="there is no shard"):
        shard([], number, of)
