"""What a repository says to those who come to it: forms for issues, what stays, what is secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import cli

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*-*.yml"))
ELEMENTS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
"""Of a form (GitHub, "Syntax for GitHub's form schema")."""
STABILITY = (ROOT / "docs/stability.md").read_text("utf-8")


def _form(file: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(file.read_text("utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_there_is_a_form_for_each_thing_that_is_reported() -> None:
    assert [file.stem for file in FORMS] == [
        "missing-scenario",
        "reply-read-wrongly",
        "wrong-verdict",
    ]


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_a_form_is_one(file: Path) -> None:
    form = _form(file)
    assert set(form) == {"name", "description", "labels", "body"}
    ids = [element["id"] for element in form["body"]]
    assert len(ids) == len(set(ids))
    for element in form["body"]:
        assert element["type"] in ELEMENTS
        assert set(element) <= {"type", "id", "attributes", "validations"}
        assert element["attributes"]["label"]


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_what_is_pasted_of_real_servers_is_masked(file: Path) -> None:
    body = {element["id"]: element for element in _form(file)["body"]}
    pasted = {"reply", "log"} & set(body)
    assert all("masked" in body[each]["attributes"]["label"] for each in pasted)
    if pasted:
        [masked] = body["masked"]["attributes"]["options"]
        assert masked["required"] is True


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_every_command_that_a_form_names_is_one(file: Path) -> None:
    named = set(re.findall(r"`badinbox (\w+)", file.read_text("utf-8")))
    assert named
    assert named <= set(cli.COMMANDS)


def test_the_exit_codes_that_stay_are_those_of_the_command() -> None:
    table = dict(re.findall(r"^\| (\d) \| (.+) \|$", STABILITY, re.MULTILINE))
    assert {int(code) for code in table} == {
        cli.PASSED,
        cli.NOT_PASSED,
        cli.BAD_INPUT,
        cli.OUR_FAULT,
    }
    assert f"{cli.INTERRUPTED} for Ctrl-C" in STABILITY
