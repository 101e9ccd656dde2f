"""The reports of a run, from results made by hand."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from harness.contract.diagnosis import Diagnosis
from harness.files.whole_file import write_whole
from harness.judging.verdict import VERDICTS, Judgement
from harness.reports import REPORTS, json_report, junit
from harness.reports.console import PlainProgress, closing_lines, matrix, worst
from harness.reports.json_report import results_schema
from harness.reports.result_text import SHOWN_CHARACTERS, SHOWN_LINES, explain_failure
from harness.runner.events import (
    CaseResult,
    ConnectionRecord,
    Expected,
    Line,
    RunFinished,
    RunStarted,
    ScenarioFinished,
    ScenarioStarted,
)

LINES = (
    Line(0.0, "S", "* OK ready", False),
    Line(0.01, "C", "a1 LOGIN anna ***", True),
    Line(0.02, "*", "imap.rules[0] fired at login", False),
    Line(0.03, "S", "a1 NO \x1b[31m<&\x00 é", True),
)
FAULT = CaseResult(
    id="unauthorized/plain[imap]",
    reproduces="unauthorized",
    phase="fault",
    remedy=None,
    expected=Expected("unauthorized", "imap-login", "bad-credentials"),
    diagnosis=Diagnosis(error="test-email-failed", stage="smtp-data", candidates=["dropped"]),
    judgement=Judgement("wrong", ("password-in-clear",), "said test-email-failed"),
    fired=("imap.rules[0]",),
    transcript=(ConnectionRecord("imap", "imap", "127.0.0.1:9", "client", "FIN", LINES),),
    seconds=0.25,
)
REMEDY = replace(
    FAULT,
    phase="remedy",
    remedy="confirm-address-and-password",
    expected=Expected("connected"),
    diagnosis=Diagnosis(error="connected"),
    judgement=Judgement("passed"),
    delivered=True,
)
BUG = replace(REMEDY, diagnosis=None, judgement=Judgement("harness-error", (), "KeyError"))
ALL = (FAULT, REMEDY, BUG)


def test_a_failure_is_explained() -> None:
    assert explain_failure(FAULT).splitlines() == [
        "unauthorized/plain[imap]: wrong",
        "  expected    unauthorized at imap-login, cause bad-credentials",
        "  said        test-email-failed at smtp-data (candidates dropped)",
        "  why         said test-email-failed",
        "  violations  password-in-clear",
        "  fired       imap.rules[0]",
        "  transcript",
        "    imap (imap) from 127.0.0.1:9",
        "         0.000     S: * OK ready",
        "         0.010 tls C: a1 LOGIN anna ***",
        "         0.020     *  imap.rules[0] fired at login",
        "         0.030 tls S: a1 NO \\x1b[31m<&\\x00 é",
    ]


def test_a_long_transcript_is_cut() -> None:
    many = (Line(0.0, "C", "x" * 1000, False),) * (SHOWN_LINES + 5)
    record = replace(FAULT.transcript[0], lines=many)
    shown = explain_failure(replace(FAULT, transcript=(record,))).splitlines()
    assert shown[-1].strip() == "… and 5 lines more"
    assert shown[-2].endswith(f"{'x' * SHOWN_CHARACTERS}… (1000 characters)")


def test_the_matrix_leaves_empty_columns_out() -> None:
    connected = replace(REMEDY, id="connected/a", reproduces="connected")
    assert matrix([*ALL, connected]) == [
        "              passed  wrong  harness-error",
        "unauthorized       1      1              1",
        "connected          1      ·              ·",
    ]
    assert matrix([]) == [""]


def test_the_end_of_a_run() -> None:
    lines = closing_lines(RunFinished(ALL, 1.25))
    assert lines[0] == "unauthorized/plain[imap]: wrong"
    assert "unauthorized/plain[imap] after the remedy confirm-address-and-password" in lines[13]
    assert lines[-1] == "3 checks of 1 scenarios: 2 did not pass, in 1.2 s"


def test_the_worst_verdict_stands_for_the_scenario() -> None:
    assert worst(ALL) == "harness-error" and worst([FAULT, REMEDY]) == "wrong"
    assert worst([]) == "-"


def test_plain_progress_is_a_line_for_each_scenario() -> None:
    written: list[str] = []
    progress = PlainProgress(written.append)
    progress.handle(RunStarted(("a", "unauthorized/plain[imap]"), 1))
    progress.handle(ScenarioStarted(FAULT.id))
    progress.handle(ScenarioFinished(FAULT.id, (FAULT, REMEDY)))
    progress.close()
    assert written == ["[1/2] wrong         unauthorized/plain[imap]"]


def test_live_progress_takes_itself_down(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.reports.progress_bar import LiveProgress

    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    progress = LiveProgress()
    progress.handle(RunStarted(("unauthorized/plain[imap]",), 1))
    progress.handle(ScenarioStarted(FAULT.id))
    progress.handle(ScenarioFinished(FAULT.id, (FAULT,)))
    progress.close()
    progress.close()


@pytest.mark.parametrize("module", [module for module, _ in REPORTS.values()])
def test_a_report_is_a_module_and_a_row(module: str) -> None:
    made = import_module(f"harness.reports.{module}").report(RunFinished(ALL, 1.5), "node x.js")
    assert FAULT.id in made.decode()


def test_the_json_fits_its_schema() -> None:
    document = json.loads(json_report.report(RunFinished(ALL, 1.5), "x"))
    jsonschema.Draft202012Validator(results_schema()).validate(document)
    first = document["cases"][0]
    assert first["id"] == FAULT.id and first["remedy"] is None and first["delivered"] is False
    assert first["expected"] == {
        "error": "unauthorized",
        "stage": "imap-login",
        "cause": "bad-credentials",
    }
    assert first["transcript"][0]["lines"][1]["text"] == "a1 LOGIN anna ***"
    assert document["cases"][2]["diagnosis"] is None
    summary = document["summary"]
    assert (summary["scenarios"], summary["checks"], summary["passed"]) == (1, 3, False)
    assert set(summary["verdicts"]) == set(VERDICTS) and summary["verdicts"]["wrong"] == 1


def test_junit_has_a_case_for_each_check_and_is_xml_whatever_was_said() -> None:
    [suite] = ElementTree.fromstring(junit.report(RunFinished(ALL, 1.5), "x"))
    wrong, passed, bug = suite
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert wrong.get("name") == FAULT.id and wrong.get("classname") == "unauthorized"
    [failure] = wrong
    assert failure.get("type") == "wrong" and "\\x1b[31m<&\\x00 é" in str(failure.text)
    assert len(passed) == 0 and [child.tag for child in bug] == ["error"]


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "out.json"
    write_whole(file, b"old")
    monkeypatch.setattr(os, "replace", _full)
    with pytest.raises(OSError, match="disk"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old" and list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    write_whole(Path(os.devnull), b"gone")
    assert not Path(os.devnull).is_file()


def _full(source: object, target: object) -> None:
    raise OSError(28, "disk full")
