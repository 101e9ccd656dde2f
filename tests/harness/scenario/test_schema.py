"""The JSON Schema that editors use, against the files that loading accepts and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.scenario.catalogue import builtin_path
from harness.scenario.loading import is_scenario
from harness.scenario.schema import as_text, json_schema

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FILES = sorted(file for file in builtin_path().rglob("*.yaml") if is_scenario(file))

GOOD = {"title": "A title", "reproduces": "connected", "source": "RFC 9051"}


def refused(data: dict[str, Any]) -> bool:
    return not VALIDATOR.is_valid(data)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_scenario_fits_the_schema(file: Path):
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


def test_the_file_of_the_schema_is_up_to_date():
    """Otherwise: bash .ci/generate"""
    written = (builtin_path() / "scenario.schema.json").read_text(encoding="utf-8")
    assert written == as_text()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"imap": {"rules": [{"when": {"event": "login"}, "then": "close"}]}},
        {"imap": {"rules": [{"when": {"event": "login"}, "then": [{"raw": "x"}, "reset"]}]}},
        {"imap": {"rules": [{"when": {"event": "command", "command": "NOOP"}, "then": "hang"}]}},
        {"stage": "<protocol>-tls", "<protocol>": {"certificate": "<profile>"}},
        {"matrix": {"protocol": ["imap", 5]}, "cases": {"imap": {"stage": "imap-tls"}, "5": None}},
        {"cases": {"one": {"insecure-allowed": None}}, "insecure-allowed": {"expect": []}},
        {"smtp": {"occupied": "<n>", "proxy-protocol": "<yes>"}, "timeout-s": 1},
        {"customer": {"password": {"literal": "x"}, "imap": {"host": None}}},
        {"expect": ["no-test-email", {"warning": "weak-key"}]},
        {"remedy": {"advice": "retry-later", "keep-mailbox": True}},
        {"remedy": [{"advice": "retry-later", "apply": {"imap": {"occupied": 0}}}]},
    ],
)
def test_what_may_be_written(more):
    assert not refused(GOOD | more)


@pytest.mark.parametrize(
    "more",
    [
        {"titel": "x"},
        {"max_message_bytes": 1},
        {"stage": "imap-logon"},
        {"imap": {"occupied": "many"}},
        {"imap": {"rules": [{"when": {"event": "login"}}]}},
        {"imap": {"rules": [{"when": {"event": "login"}, "then": "clse"}]}},
        {"imap": {"rules": [{"when": {"event": "login"}, "then": "reply"}]}},
        {"cases": {"one": {"matrix": {}}}},
        {"matrix": {"protocol": []}},
        {"customer": {"password": "secret"}},
        {"remedy": {"advice": "pray"}},
        {"remedy": {"advice": "retry-later", "apply": {"title": "x"}}},
    ],
)
def test_what_may_not(more):
    assert refused(GOOD | more)


@pytest.mark.parametrize("key", ["title", "reproduces"])
def test_what_no_case_can_give_is_required(key):
    assert refused({other: value for other, value in GOOD.items() if other != key})
