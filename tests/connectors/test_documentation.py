"""docs/connectors.md, judge.md and languages.md: the tables are complete, the examples valid, the
connectors run. Those that stay: tests/harness/connectors/staying/."""

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
import yaml

from harness.connectors.connector import settings_schema
from harness.contract.answer import Report
from harness.contract.capabilities import Capabilities
from harness.judging.policy import policy_of, severity
from harness.judging.verdict import Verdict
from harness.mapping import load_mapping
from harness.results.baseline import fits, load_baseline
from harness.texts import load_report_texts
from tests.catalogue import whole_catalogue

from .named import errors_named, judged

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("connectors.md", "judge.md", "languages.md")
TEXT = "\n".join((DOCS / page).read_text("utf-8") for page in PAGES)
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


BEYOND = [
    "connected/working[starttls]",
    "unauthorized/bad-password-smtp[plain]",
    "test-email-failed/recipient-rejected[postfix]",
    "unauthorized-untrusted-certificate/expired[imap-implicit-tls,insecure-allowed]",
]
"""What none of them does."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def table(heading: str) -> dict[str, str]:
    """The rows of the first table below a heading: the code in the first cell, and the last."""
    below = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", below, re.MULTILINE))


def test_every_violation_and_verdict_is_told() -> None:
    told = table("Violations")
    texts = load_report_texts("en")["violations"]
    assert "fault | It did not warn" in told.pop("no-warning:…")
    assert told == {name: f"{severity(name)} | {text}" for name, text in texts.items()}
    verdicts = re.findall(r"^\| `([a-z-]+)` \|", TEXT.split("\n## Verdicts\n")[1], re.MULTILINE)
    assert verdicts[: len(get_args(Verdict))] == list(get_args(Verdict))


def test_every_capability_is_told() -> None:
    told = table("The preflight, and what a connector does")
    told.pop("does")
    fields = {field.alias: field for field in Capabilities.model_fields.values()}
    assert told.keys() == fields.keys()
    for name, field in fields.items():
        usual, about = told[str(name)].split(" | ")
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        assert yaml.safe_load(usual.strip("`")) == default, name
        assert about


def test_the_examples_are_valid(tmp_path: Path) -> None:
    settings, oauth2, answer = map(json.loads, blocks("json"))
    jsonschema.validate(settings, settings_schema())
    with_tokens = {"authentication": "oauth2", "password": "", "oauth2": oauth2}
    jsonschema.validate(settings | with_tokens, settings_schema())
    Report.model_validate(answer)
    mapping, baseline = tmp_path / "mapping.yaml", tmp_path / "baseline.yaml"
    connector, *others = blocks("yaml")
    mapping.write_text(connector)
    said = load_mapping(mapping)
    assert said.does.model_fields_set == {"sends", "imap_security"} and len(said.rules) == 1
    assert policy_of(said.policy).levels == {"no-logout": "off", "no-quit": "note"}
    mapping.write_text(others[0])
    baseline.write_text(others[1])
    assert len(load_mapping(mapping).rules) == 6
    known = {scenario.id for scenario in whole_catalogue()}
    assert {entry.id for entry in load_baseline(baseline).accepted} <= known
    baseline.write_text(others[2])
    ids = {name for entry in load_baseline(baseline).accepted for name in entry.ids}
    assert ids and all(any(fits(name, scenario) for scenario in known) for name in ids)


def compiled(file: Path, as_it_is: str) -> str:
    """The same connector, compiled once. As it is, it answers too."""
    first, error = next(iter(SAID.items()))
    assert errors_named(as_it_is, [first]) == {first: error}
    subprocess.run(["javac", file.name], cwd=file.parent, check=True)
    return f"java -cp {file.parent} {file.stem}"


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
    connector = f"{program} {tmp_path / name}"
    if language == "java":  # compiles what it is given each time, in more than a second
        connector = compiled(tmp_path / name, connector)
    assert errors_named(connector, SAID) == SAID
    seen, verdicts = judged(connector, [*SAID, *BEYOND])
    assert seen.stopped is None and "logs in to IMAP only, " in seen.lines[0]
    assert (seen.does.services, seen.does.sends) == (("imap",), False)
    assert seen.does.imap_security == ("implicit-tls",)
    assert {verdicts[name][0] for name in SAID} == {"passed"}
    cured = {verdict for name in SAID for verdict in verdicts[name][1:]}
    assert "passed" in cured <= {"passed", "not-applicable"}, "some are to allow what it cannot"
    assert {verdict for name in BEYOND for verdict in verdicts[name]} == {"not-applicable"}
