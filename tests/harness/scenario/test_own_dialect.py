"""A user's own dialect, in a file beside his scenario."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakeservers.dialects.dialect import load_dialect
from harness.cli import main
from harness.files.problems import BadInput
from harness.scenario.loading import load

ACME = """\
title: Acme Mail
source: https://acme.example/help
imap:
  manners:
    greeting: '* OK Acme is {{ready}}'
  faults:
    account-locked: '{tag} NO [CONTACTADMIN] Acme has locked you out, {user}'
"""
SCENARIO = """\
# yaml-language-server: $schema=scenario.schema.json
title: Acme locks the account
reproduces: imap-authentication-error
stage: imap-login
cause: account-locked
source: RFC 5530
dialect: ./acme.yaml
state: [locked]
imap:
  rules:
    - when: {event: login, state: locked}
      then: {reply: account-locked}
remedy:
  - advice: contact-it-or-provider
    apply: {state: []}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The file of a scenario, with the dialect beside it."""
    (tmp_path / "acme.yaml").write_text(ACME)
    file = tmp_path / "locked.yaml"
    file.write_text(SCENARIO)
    return file


def test_it_is_found_from_anywhere_and_spoken(
    scenario: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    assert main(["validate", str(scenario)]) == 0
    assert main(["show", str(scenario)]) == 0
    shown = capsys.readouterr().out
    assert "S: * OK Acme is {ready}" in shown
    assert "NO [CONTACTADMIN] Acme has locked you out, anna@example.test" in shown
    assert "verdict: passed" in shown


def test_what_it_does_not_say_plain_says(scenario: Path) -> None:
    side = load_dialect(load(scenario)[0].dialect).side("imap")
    assert side.replies["logout-ok"] == load_dialect("plain").side("imap").replies["logout-ok"]


def test_a_file_that_has_changed_is_read_again(scenario: Path) -> None:
    name = load(scenario)[0].dialect
    assert load_dialect(name).title == "Acme Mail"
    file = Path(name)
    file.write_text(ACME.replace("Acme Mail", "Acme"))
    os.utime(file, ns=(1, 1))
    assert load_dialect(name).title == "Acme"
    file.unlink()
    with pytest.raises(LookupError):
        load_dialect(name)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("greeting:", "greting:", "acme.yaml:5: imap.manners.greting: no manner is called so; did"),
        ("account-locked:", "account-lockd:", "acme.yaml:7: imap.faults.account-lockd: a fault is"),
        (
            "{tag} NO",
            "NO",
            "acme.yaml:7: imap.faults.account-locked: begins with NO: put {tag}",
        ),
        ("  manners", "\tmanners", "acme.yaml:4:1: a tab"),
    ],
)
def test_its_mistakes_are_told_where_they_are(
    scenario: Path, right: str, wrong: str, told: str
) -> None:
    (scenario.parent / "acme.yaml").write_text(ACME.replace(right, wrong))
    with pytest.raises(BadInput, match=r"acme\.yaml:\d") as raised:
        load(scenario)
    assert any(str(each).startswith(f"{scenario.parent}/{told}") for each in raised.value.problems)


def test_a_file_that_is_not_there_is_told(scenario: Path) -> None:
    (scenario.parent / "acme.yaml").unlink()
    with pytest.raises(BadInput, match=r"locked\.yaml:7: dialect: no such file: /"):
        load(scenario)
