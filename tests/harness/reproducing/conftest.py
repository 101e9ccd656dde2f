"""Logs of real clients and servers, and the command that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import main
from harness.reproducing.failure import Failure, find_failure
from harness.reproducing.material import lines_of, read

LOGS = Path(__file__).with_name("logs")


def failure_in(text: str) -> Failure | None:
    """What is read in a text, without the command around it."""
    return find_failure(read(lines_of(text.encode())))


@dataclass(frozen=True)
class Made:
    """What `badinbox reproduce` did: its exit code, what it printed, the file that it wrote."""

    code: int
    out: str
    err: str
    file: Path

    @property
    def text(self) -> str:
        return self.file.read_text()

    @property
    def data(self) -> dict[str, Any]:
        data = yaml.safe_load(self.text)
        assert isinstance(data, dict)
        return data

    def run(self) -> list[dict[str, Any]]:
        """Run the scenario; what happened in it and in its cure."""
        report = self.file.with_suffix(".json")
        assert main(["run", str(self.file), "--json", str(report)]) == 0, report.read_text()
        cases = json.loads(report.read_text())["cases"]
        assert isinstance(cases, list)
        return cases


Reproduce = Callable[..., Made]


@pytest.fixture
def reproduce(tmp_path, capsys) -> Reproduce:
    """Run the command on a log: a path, or the text of one."""

    def run(log: Path | str | bytes, *options: str) -> Made:
        file = tmp_path / "made.yaml"
        if not isinstance(log, Path):
            content = log if isinstance(log, bytes) else log.encode()
            log = tmp_path / "some.log"
            log.write_bytes(content)
        code = main(["reproduce", str(log), "--output", str(file), *options])
        said = capsys.readouterr()
        return Made(code, said.out, said.err, file)

    return run
