"""The schemas that `badinbox schema` prints: named, versioned, and every key described."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from harness.cli.writing.schema_command import schema_of
from harness.contract.answer import FORMAT
from harness.scenario.schemas.formats import FORMATS, FormatName
from tests.harness.scenario.test_schema import undescribed

NAMES: tuple[FormatName, ...] = get_args(FormatName)
STABILITY = Path(__file__).resolve().parents[3] / "docs/stability.md"


@pytest.fixture(scope="module", params=NAMES)
def printed(request: pytest.FixtureRequest) -> tuple[FormatName, dict[str, Any]]:
    return request.param, schema_of(request.param)


def test_it_says_which_it_is_and_what_is_promised(
    printed: tuple[FormatName, dict[str, Any]],
) -> None:
    name, schema = printed
    Draft202012Validator.check_schema(schema)
    assert list(schema)[:4] == ["$schema", "$id", "$comment", "title"]
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    version = FORMATS[name].version
    assert schema["$id"].endswith(f"/badinbox-{name}-{version}.json")
    assert schema["$comment"].startswith(f"Version {version}, stable:")


def test_every_key_of_it_is_described(printed: tuple[FormatName, dict[str, Any]]) -> None:
    assert undescribed(printed[1]) == []


def test_what_is_said_for_python_is_said_for_json(
    printed: tuple[FormatName, dict[str, Any]],
) -> None:
    texts = re.findall(r"'description': (?:'[^']*'|\"[^\"]*\")", str(printed[1]))
    assert texts
    assert [text for text in texts if "``" in text or "`None`" in text or ">>>" in text] == []


def test_the_versions_are_those_that_the_messages_carry_and_the_promise_names() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", STABILITY.read_text("utf-8"), re.MULTILINE)
    assert {name: int(version) for name, version in rows} == {
        name: form.version for name, form in FORMATS.items()
    }
    assert {FORMATS[name].version for name in ("settings", "answer", "state", "order")} == {FORMAT}
