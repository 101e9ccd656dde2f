"""Mistakes in the files of dialects: each with its line, its key and what to write instead."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakeservers.dialects import dialect as module
from harness.cli import main
from harness.files.problems import BadInput
from harness.scenario import dialect_files
from harness.scenario.dialect_files import is_dialect, validate_dialect

GOOD = """\
title: Acme Mail
imap:
  faults:
    account-locked:
      text: '{tag} NO Acme does not know you'
      source: https://acme.example/help
      seen: 2026-11
"""
_AT = "imap.faults.account-locked"
MISTAKES = [
    ("text: '{tag}", "txt: '{tag}", f"4: {_AT}.text: required"),
    ("text: '{tag}", "txt: '{tag}", f"5: {_AT}.txt: unknown key; did you mean 'text'"),
    ("know you", "know {usr}", f"5: {_AT}.text: no placeholder is called 'usr'; did you mean"),
    ("'{tag} NO", "'NO", f"5: {_AT}.text: begins with NO: put {{tag}} before it"),
    ("seen: 2026-11", "seen: last week", f"7: {_AT}.seen: "),
    ("source: https", "sorce: https", f"6: {_AT}.sorce: unknown key; did you mean 'source'"),
    ("  faults:", "  fault:", "3: imap.fault: unknown key; did you mean 'faults'"),
    ("title: Acme Mail\n", "", "1: title: required"),
    ("  faults:", "\tfaults:", "3:1: a tab"),
    ("'{tag} NO Acme", "{tag} NO Acme", "5:13: a text with {tag} in it"),
    ("imap:", "imap: {}\nimap:", "3: "),
]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a dialect among the dialects."""
    plain = module.DIALECTS / "plain.yaml"
    (tmp_path / "plain.yaml").write_text(plain.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(module, "DIALECTS", tmp_path)
    monkeypatch.setattr(dialect_files, "DIALECTS", tmp_path)
    module.dialect_names.cache_clear()
    yield tmp_path / "acme.yaml"
    module.dialect_names.cache_clear()


def test_one_that_is_right(acme: Path) -> None:
    acme.write_text(GOOD)
    validate_dialect(acme)
    assert is_dialect(acme)


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES)
def test_a_mistake_is_told_with_its_line(acme: Path, right: str, wrong: str, told: str) -> None:
    assert right in GOOD
    acme.write_text(GOOD.replace(right, wrong, 1))
    with pytest.raises(BadInput) as raised:
        validate_dialect(acme)
    assert any(str(each).startswith(f"{acme}:{told}") for each in raised.value.problems), raised


@pytest.mark.parametrize(
    "content", ["title: x\nimap:\n\tfaults: {}\n", GOOD.replace("text", "txt")]
)
def test_the_command_says_so_wherever_the_dialect_is_met(
    acme: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    acme.write_text(content)
    scenario = acme.parent / "mine" / "scenario.yaml"
    scenario.parent.mkdir()
    scenario.write_text(
        "# yaml-language-server: $schema=../scenario.schema.json\n"
        "title: x\nreproduces: unauthorized\nstage: imap-login\ncause: bad-credentials\n"
        "source: [https://acme.example]\ndialect: acme\n"
    )
    for path in (acme, scenario):
        assert main(["validate", str(path)]) == 2
        told = capsys.readouterr().err
        assert "acme.yaml:" in told and "fault of badinbox" not in told, told


@pytest.mark.parametrize("name", module.dialect_names())
def test_every_dialect_of_ours_is_right(name: str) -> None:
    validate_dialect(module.DIALECTS / f"{name}.yaml")


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("# yaml-language-server: $schema=../x/dialect.schema.json\n", True),
        ("\ufeff# yaml-language-server: $schema=dialect.schema.json\r\ntitle: x\n", True),
        (GOOD, True),
        ("title: x\nsmtp: {}\nimap:\n  # why\n\n  manners: {}\n", True),
        ("# yaml-language-server: $schema=scenario.schema.json\n" + GOOD, False),
        ("title: x\nreproduces: connected\nimap:\n  rules: []\n", False),
        ("rules: []\n", False),
    ],
)
def test_a_dialect_is_told_by_its_modeline_or_what_is_in_it(
    tmp_path: Path, text: str, one: bool
) -> None:
    file = tmp_path / "anything.yaml"
    file.write_text(text)
    assert is_dialect(file) == one
