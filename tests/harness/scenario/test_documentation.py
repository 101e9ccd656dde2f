"""docs/scenarios.md: its tables are complete, its examples are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from fakeservers.actions import ACTIONS
from fakeservers.content import FolderContent, MessageContent
from fakeservers.files.base_model import Spec, kebab
from fakeservers.spec import BccAccount, When
from fakeservers.wire import EventName
from harness.cli import main
from harness.files.elsewhere import all_places, fields
from harness.scenario.cases import Family
from harness.scenario.customer.typed import Customer, Endpoint, LiteralPassword, TypedPassword
from harness.scenario.life.life_steps import KINDS, Counts, LifeStep
from harness.scenario.living.breaks_into import BreaksInto
from harness.scenario.loading import load
from harness.scenario.model import CaseFile

TEXT = (Path(__file__).parents[3] / "docs" / "scenarios.md").read_text("utf-8")
BLOCKS = re.findall("```yaml\n(.*?)```", TEXT, re.DOTALL)
[WHOLE] = [each for each in BLOCKS if each.startswith("# yaml-language-server: ")]
LIVES = [each for each in BLOCKS if each.startswith("# life: ")]
EXAMPLES = [each for each in BLOCKS if each not in (WHOLE, *LIVES)]


def rows(heading: str) -> list[str]:
    table = TEXT.split(f"\n| {heading} |")[1].split("\n\n")[0]
    return re.findall(r"\n\| `([^`]+)`", table)


def test_the_tables_are_complete() -> None:
    assert rows("event") == list(get_args(EventName))
    assert sorted(rows("action")) == sorted(ACTIONS)
    conditions = {kebab(name) for name in When.model_fields} - {"event"}
    assert set(rows("condition")) == conditions
    assert rows("step") == list(KINDS)


def test_every_key_that_a_file_may_have_is_named() -> None:
    models = (CaseFile, BreaksInto, Family)
    names = {str(place[-1]) for model in models for place in all_places(model)}
    missing = [name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", TEXT)]
    assert len(names) > 100 and missing == []


def test_every_key_at_the_top_of_a_file_has_its_row() -> None:
    table = TEXT.split("\n| key |")[1].split("\n\n")[0]
    told = {
        name
        for row in re.findall(r"\n\| (`[^|]*`) \|", table)
        for name in re.findall("`(.*?)`", row)
    }
    assert told == {str(key) for model in (CaseFile, BreaksInto, Family) for key in fields(model)}


def test_every_key_of_what_was_typed_is_named_in_its_row() -> None:
    [row] = re.findall(r"\n\| `customer` \|(.*)", TEXT)
    names = [str(key) for model in (Customer, Endpoint, LiteralPassword) for key in fields(model)]
    words = [*names, *get_args(TypedPassword)]
    assert [word for word in words if not re.search(rf"`[^`]*\b{word}\b[^`]*`", row)] == []


def test_every_key_of_a_step_is_named() -> None:
    part = TEXT.split("## A life")[1].split("\n## ")[0]
    names = [kebab(name) for name in (*LifeStep.model_fields, *Counts.model_fields)]
    assert [name for name in names if not re.search(rf"\b{name}\b", part)] == []


@pytest.mark.parametrize("life", LIVES)
def test_the_examples_of_lives_are_valid(life: str, write) -> None:
    [scenario] = load(write(life, "life/example.yaml"))
    assert scenario.id == "life/example" and scenario.life


def test_the_usual_life_is_as_it_is_told(write) -> None:
    [told] = [each for each in LIVES if each.startswith("# life: the usual")]
    usual, without = (load(write(text, "life/a.yaml")) for text in (told, told.split("\nlife:")[0]))
    assert usual == without


@pytest.mark.parametrize("model", [BccAccount, FolderContent, MessageContent])
def test_every_key_of_the_mailbox_is_named(model: type[Spec]) -> None:
    part = TEXT.split("## What is in the mailbox")[1].split("## The services")[0]
    names = [kebab(name) for name in model.model_fields]
    assert [name for name in names if not re.search(rf"\b{name}\b", part)] == []


def test_the_first_example_is_a_whole_file(write) -> None:
    [scenario] = load(write(WHOLE, "unauthorized-app-password-required/example.yaml"))
    assert scenario.id == "unauthorized-app-password-required/example" and scenario.remedies


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_valid(example: str, tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    modeline = "# yaml-language-server: $schema=scenario.schema.json\n"
    head = "title: An example\nreproduces: connected\nsource: none\n"
    file.write_text(modeline + head + example, "utf-8")
    assert [each.id for each in load(file)] == ["connected/example"]


def test_the_dialect_of_ones_own_works_as_it_is_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [pasted] = re.findall("```sh\n(.*?)```", TEXT, re.DOTALL)
    files = re.findall(r"^cat > (\S+) <<'END'\n(.*?)^END$", pasted, re.DOTALL | re.MULTILINE)
    for name, text in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    commands = re.findall("^badinbox (.*)$", pasted, re.MULTILINE)
    assert len(files) == len(commands) == 2
    assert [main(command.split()) for command in commands] == [0, 0]


def test_there_are_examples() -> None:
    assert (len(EXAMPLES), len(LIVES)) == (3, 3)
