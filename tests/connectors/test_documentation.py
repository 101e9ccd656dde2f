"""docs/connectors.md: its tables are complete, its examples are valid, its connectors run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, get_args

import jsonschema
import pytest

from harness.connectors.connector import settings_schema
from harness.contract.answer import Report
from harness.judging.verdict import Verdict
from harness.judging.violations import SENTENCES
from harness.mapping import load_mapping
from harness.results.baseline import fits, load_baseline
from harness.scenario.catalogue import builtin_path, collect

from .named import errors_named

TEXT = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text("utf-8")
RUNTIMES = {
    "python": ("check.py", sys.executable),
    "js": ("check.js", "node"),
    "java": ("Check.java", "java"),
    "ruby": ("check.rb", "ruby"),
    "perl": ("check.pl", "perl"),
    "php": ("check.php", "php"),
}
LONGEST = 25
SAID = {
    "imap-settings-incorrect/port-refused[implicit-tls]": "imap-settings-incorrect",
    "imap-authentication-error/no-reason[courier]": "imap-authentication-error",
    "unauthorized-untrusted-certificate/expired[imap-implicit-tls]": (
        "unauthorized-untrusted-certificate"
    ),
    "unauthorized-untrusted-certificate/hostname-mismatch[imap-implicit-tls]": (
        "unauthorized-untrusted-certificate"
    ),
    "connected/working[implicit-tls]": "connected",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def table(heading: str) -> dict[str, str]:
    """The rows of the first table below a heading: the code in the first cell, and the last."""
    below = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", below, re.MULTILINE))


def test_every_violation_and_verdict_is_told() -> None:
    told = table("Violations")
    assert "did not warn" in told.pop("no-warning:…")
    assert told == SENTENCES
    verdicts = re.findall(r"^\| `([a-z-]+)` \|", TEXT.split("\n## Verdicts\n")[1], re.MULTILINE)
    assert verdicts[: len(get_args(Verdict))] == list(get_args(Verdict))


def test_the_examples_are_valid(tmp_path: Path) -> None:
    settings, answer = map(json.loads, blocks("json"))
    jsonschema.validate(settings, settings_schema())
    Report.model_validate(answer)
    mapping, baseline = tmp_path / "mapping.yaml", tmp_path / "baseline.yaml"
    mapping.write_text(blocks("yaml")[0])
    baseline.write_text(blocks("yaml")[1])
    assert len(load_mapping(mapping).rules) == 6
    known = {scenario.id for scenario in collect([builtin_path()])}
    assert {entry.id for entry in load_baseline(baseline).accepted} <= known
    baseline.write_text(blocks("yaml")[2])
    ids = {name for entry in load_baseline(baseline).accepted for name in entry.ids}
    assert ids and all(any(fits(name, scenario) for scenario in known) for name in ids)


@pytest.mark.parametrize("language", RUNTIMES)
def test_the_smallest_connectors_run(
    language: str, tmp_path: Path, absent: Callable[[str], NoReturn]
) -> None:
    name, program = RUNTIMES[language]
    [code] = blocks(language)
    assert code.count("\n") <= LONGEST
    if shutil.which(program) is None:
        absent(f"{program} is not installed")
    for module in (
        re.findall(r"^use ([A-Z][\w:]+)", code, re.MULTILINE) if language == "perl" else ()
    ):
        if subprocess.run([program, f"-M{module}", "-e", "1"], capture_output=True).returncode:
            absent(f"Perl's {module} is not installed")
    (tmp_path / name).write_text(code, encoding="utf-8")
    assert errors_named(f"{program} {tmp_path / name}", SAID) == SAID
