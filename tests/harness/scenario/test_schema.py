"""The JSON Schema that editors use, against the files that loading accepts and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fakeservers.dialects.dialect import DIALECTS, dialect_names
from harness.scenario import builtin_path
from harness.scenario.schemas.modeline import is_scenario
from harness.scenario.schemas.schema import as_text, dialect_schema, json_schema
from tests.table import each_row

SCHEMA = json_schema()
DIALECT_SCHEMA = dialect_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FILES = sorted(file for file in builtin_path().rglob("*.yaml") if is_scenario(file))

GOOD = {"title": "A title", "reproduces": "connected", "source": "RFC 9051"}


def refused(data: dict[str, Any]) -> bool:
    return not VALIDATOR.is_valid(data)


@pytest.mark.parametrize("schema", [SCHEMA, DIALECT_SCHEMA])
def test_the_schemas_are_some(schema: dict[str, Any]):
    jsonschema.Draft202012Validator.check_schema(schema)


def undescribed(schema: Any, path: str = "") -> list[str]:
    """The properties that an editor has nothing to say of."""
    if isinstance(schema, list):
        return [each for part in schema for each in undescribed(part, path)]
    if not isinstance(schema, dict):
        return []
    properties = schema.get("properties", {})
    found = [f"{path}.{key}" for key, each in properties.items() if not each.get("description")]
    return found + [
        each for key, part in schema.items() for each in undescribed(part, f"{path}.{key}")
    ]


@pytest.mark.parametrize("schema", [SCHEMA, DIALECT_SCHEMA])
def test_every_key_is_described(schema: dict[str, Any]):
    assert undescribed(schema) == []


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_fits_its_schema(name: str):
    text = (DIALECTS / f"{name}.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    validator = jsonschema.Draft202012Validator(DIALECT_SCHEMA)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize(
    "imap",
    [
        {"manners": {"greting": "* OK"}},
        {"faults": {"greeting": "* OK"}},
        {"faults": {"account-lockd": "{tag} NO"}},
        {"manner": {}},
        {"faults": {"account-locked": {"txt": "{tag} NO"}}},
    ],
)
def test_what_may_not_stand_in_a_dialect(imap: dict[str, Any]):
    validator = jsonschema.Draft202012Validator(DIALECT_SCHEMA)
    assert validator.is_valid({"title": "Acme"})
    assert not validator.is_valid({"title": "Acme", "imap": imap})


@pytest.mark.parametrize("dialect", ["plain", "gmail", "./acme.yaml", "<dialect>"])
def test_dialects_have_names_or_paths(dialect: str):
    assert not refused(GOOD | {"dialect": dialect, "imap": {"dialect": dialect}})


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [("app-password-required", False), ("account-locked-at-mail-2", False), ("greting", True)],
)
def test_replies_have_names(reply: str, wrong: bool):
    rule = {"when": {"event": "login"}, "then": {"reply": reply}}
    assert refused(GOOD | {"imap": {"rules": [rule]}}) == wrong


@each_row((f"{file.parent.name}/{file.stem}", file) for file in FILES)
def test_every_scenario_fits_the_schema(file: Path):
    data = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert [error.message for error in VALIDATOR.iter_errors(data)] == []


def test_the_file_of_the_schema_is_up_to_date():
    """Otherwise: bash .ci/generate"""
    for folder, name, schema in (
        (builtin_path(), "scenario", SCHEMA),
        (DIALECTS, "dialect", DIALECT_SCHEMA),
    ):
        written = (folder / f"{name}.schema.json").read_text(encoding="utf-8")
        assert written == as_text(schema)


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


LIFE = {"title": "A title", "breaks-into": "unauthorized/refused-and-closed"}
OF_A_CASE = {"title": "A title", "cases": {"one": {"breaks-into": "unauthorized/x"}}}


@pytest.mark.parametrize(
    "file",
    [
        LIFE,
        LIFE | {"source": "RFC 2177", "notes": "x", "timeout-s": 1},
        LIFE | {"matrix": {"way": ["fin"]}, "life": [{"cut": "<way>"}, {"says": "unauthorized"}]},
        LIFE | {"life": [{"change": "breaks-into"}, {"says": "unauthorized", "within-s": 3}]},
        GOOD | {"life": [{"change": {"imap": {"rules": []}, "state": ["x"]}}, {"seen": "all"}]},
        GOOD | {"life": [{"until": {"log-ins": 2}}, {"at-most": {"sends": 0}, "for-s": 1}]},
        OF_A_CASE,
    ],
)
def test_what_may_be_written_of_a_life(file):
    assert not refused(file)


@pytest.mark.parametrize(
    "file",
    [
        LIFE | {"stage": "imap-login"},
        LIFE | {"customer": {"allow-insecure-certificates": True}},
        LIFE | {"insecure-allowed": {}},
        LIFE | {"life": []},
        LIFE | {"life": [{"cut": "fin", "deliver": 1}]},
        LIFE | {"life": [{"within-s": 1}]},
        LIFE | {"life": [{"change": "everything"}]},
        LIFE | {"life": [{"change": {"title": "x"}}]},
        LIFE | {"life": [{"wait-s": 0}]},
        LIFE | {"life": [{"wait-s": 1e9}]},
        LIFE | {"life": [{"cut": "axe"}]},
        LIFE | {"life": [{"deliver": 101}]},
        LIFE | {"life": [{"at-most": {"tries": 1}, "for-s": 1}]},
        OF_A_CASE | {"cases": {"one": {"title": "x"}}},
    ],
)
def test_what_may_not_be_written_of_a_life(file):
    assert refused(file)


@pytest.mark.parametrize("key", ["title", "reproduces"])
def test_what_no_case_can_give_is_required(key):
    assert refused({other: value for other, value in GOOD.items() if other != key})
