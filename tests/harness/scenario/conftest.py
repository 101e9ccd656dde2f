from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.files.problems import BadInput
from harness.scenario.loading import load
from harness.scenario.model import Scenario

MODELINE = "# yaml-language-server: $schema=../scenario.schema.json\n"

Write = Callable[..., Path]
Load = Callable[[str], dict[str, Scenario]]
Problems = Callable[[str], list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario file: a modeline on line 1, then the text from line 2 on."""

    def write_file(text: str, name: str = "example.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(MODELINE + text, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def loaded(write: Write) -> Load:
    """The scenarios in a text, by id."""
    return lambda text: {scenario.id: scenario for scenario in load(write(text))}


@pytest.fixture
def problems(write: Write) -> Problems:
    """What is said of a text, as `line: key.path: message`."""

    def lines(text: str) -> list[str]:
        file = write(text)
        with pytest.raises(BadInput) as bad:
            load(file)
        return [str(problem).removeprefix(f"{file}:") for problem in bad.value.problems]

    return lines
