"""What a team says of its connector: in a file, in pyproject.toml, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.contract.capabilities import Capabilities
from harness.files.problems import BadInput
from harness.judging.policy import SEVERITIES, usual_level
from harness.mapping import load_mapping
from harness.mapping.declared import declared

FILE = """\
connector: node check.js
does:
  sends: false
  services: imap
policy:
  no-logout: {level: off, reason: the pool keeps connections}
  no-quit: note
"""


def read(folder: Path, text: str) -> str:
    """What is wrong with a connector file."""
    file = folder / "connector.yaml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_mapping(file)
    return str(caught.value).removeprefix(f"{file}:")


def test_a_file_says_which_it_is_what_it_does_and_what_counts(tmp_path: Path) -> None:
    file = tmp_path / "connector.yaml"
    file.write_text(FILE)
    said = declared(tmp_path, mapping=file)
    assert said.connector == "node check.js" and said.meanings is None
    assert said.does == Capabilities(sends=False, services=("imap",))
    assert said.does.model_fields_set == {"sends", "services"}
    assert said.policy.levels == {"no-logout": "off", "no-quit": "note"}
    assert said.policy.reasons == {"no-logout": "the pool keeps connections"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("does: {sned: false}", "1: does.sned: unknown key; did you mean 'sends'?"),
        ('connector: ""', "1: connector: expected what is tested"),
        ("does:\n  sends: perhaps", "2: does.sends: expected true or false"),
        ("does:\n  services: []", "2: does.services: expected imap, smtp or both"),
        ("does: {services: pop3}", "1: does.services: unknown word 'pop3'; expected one of"),
        ("does: {imap-security: tls}", "1: does.imap-security: tls is two things: "),
        (
            "policy:\n  no-quite: off",
            "2: policy.no-quite: no such violation; did you mean 'no-quit'?",
        ),
        ("policy:\n  no-quit: of", "2: policy.no-quit: unknown word 'of'; did you mean 'off'?"),
        (
            "policy:\n  no-quit: off",
            "2: policy.no-quit: required: a `reason`, as it is usually 'note'",
        ),
        (
            "policy:\n  password-in-clear: {level: note, reason: ' '}",
            "2: policy.password-in-clear: required: a `reason`, as it is usually 'error'",
        ),
        ("policy: {no-quit: {levle: off}}", "1: policy.no-quit.levle: unknown key; did you mean"),
        ("policy: [no-quit]", "1: policy: expected a mapping"),
        ("pace: 0", "1: pace: expected greater than or equal to 0.2"),
        ("does: {}\npace: 100", "2: pace: expected less than or equal to 60"),
        ("pace: fast", "1: pace: "),
    ],
)
def test_mistakes_have_a_line_and_a_key(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in read(tmp_path, text)


def test_what_is_decided_as_usual_needs_no_reason(tmp_path: Path) -> None:
    file = tmp_path / "connector.yaml"
    usual = "".join(f"  {name}: {usual_level(name)}\n" for name in SEVERITIES)
    file.write_text(f"policy:\n{usual}")
    assert len(load_mapping(file).policy) == len(SEVERITIES)


def test_what_is_said_nearer_to_the_run_counts(tmp_path: Path) -> None:
    (tmp_path / "connector.yaml").write_text(FILE)
    (tmp_path / "policy.yaml").write_text(
        "does: {parallel: true}\npolicy: {no-quit: {level: error, reason: ours says it}}\n"
    )
    (tmp_path / "pyproject.toml").write_text(
        '[tool.badinbox]\nmapping = "connector.yaml"\nconnector = "other"\nstrict = true\n'
        "[tool.badinbox.does]\nsends = true\nparallel = true\n"
        '[tool.badinbox.policy]\nno-quit = { level = "off", reason = "x" }\n'
    )
    said = declared(
        tmp_path,
        connector="ours",
        policy=tmp_path / "policy.yaml",
        does=["services=imap,smtp", "imap_security=implicit-tls"],
    )
    assert said.connector == "ours" and said.policy.strict
    assert said.does == Capabilities(
        sends=False, parallel=True, services=("imap", "smtp"), imap_security=("implicit-tls",)
    )
    assert said.policy.levels == {"no-logout": "off", "no-quit": "error"}
    assert declared(tmp_path).connector == "node check.js"
    assert declared(tmp_path).policy.levels["no-quit"] == "note"


def test_the_pace_of_lives_is_said_nearest_to_the_run(tmp_path: Path) -> None:
    assert declared(tmp_path).pace == 1.0
    (tmp_path / "pyproject.toml").write_text("[tool.badinbox]\npace = 3\n")
    assert declared(tmp_path).pace == 3.0
    file = tmp_path / "connector.yaml"
    file.write_text("pace: 10\n")
    assert declared(tmp_path, mapping=file).pace == 10.0
    assert declared(tmp_path, mapping=file, pace=0.5).pace == 0.5


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"does": ["sends"]}, "--does 'sends': expected KEY=VALUE, such as sends=false"),
        ({"does": ["sned=no"]}, "--does: sned: unknown key; did you mean 'sends'?"),
        ({"does": ["sends=perhaps"]}, "--does: sends: expected true or false"),
        ({"does": ["services=imap,pop"]}, "--does: services[1]: unknown word 'pop'"),
    ],
)
def test_mistakes_on_the_command_line(tmp_path: Path, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        declared(tmp_path, **given)
    assert problem in str(caught.value)


def test_mistakes_in_pyproject_and_projects_without_a_word(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.badinbox.does]\nsends = 3\n[tool.badinbox.policy]\nno-qit = 'off'\n")
    with pytest.raises(BadInput) as caught:
        declared(tmp_path)
    assert str(caught.value).splitlines() == [
        f"{file}: tool.badinbox.does.sends: expected true or false",
        f"{file}: tool.badinbox.policy.no-qit: no such violation; did you mean 'no-quit'?",
    ]
    file.write_text("[project")
    assert declared(tmp_path).connector == "builtin"
