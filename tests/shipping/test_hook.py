"""The hook for pre-commit, without pre-commit: which files it is given, what it says of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from harness.cli import BAD_INPUT, PASSED, main
from tests.harness.conftest import HEADER, WORKING

ROOT = Path(__file__).resolve().parents[2]
[HOOK] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def test_it_is_given_what_people_write() -> None:
    files = re.compile(HOOK["files"])
    ours = [file.relative_to(ROOT).as_posix() for file in (ROOT / "scenarios").rglob("*.yaml")]
    assert len(ours) > 100
    assert all(files.search(name) for name in (*ours, "tests/scenarios/a/b.yaml"))
    assert not any(files.search(name) for name in ("compose.yaml", ".pre-commit-hooks.yaml"))
    assert HOOK["language"] == "python"
    assert HOOK["id"] == "badinbox-validate"


@pytest.mark.parametrize(("text", "code"), [(WORKING, PASSED), (WORKING + "titel: x\n", BAD_INPUT)])
def test_it_passes_what_is_right_only(
    text: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "scenarios/connected/works.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(HEADER + text)
    program, *arguments = shlex.split(HOOK["entry"])
    assert (program, arguments[0]) == ("badinbox", "validate")
    assert main([*arguments, str(file)]) == code
    assert code == PASSED or "titel" in capsys.readouterr().err
