"""The reports of a run, from results made by hand."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from importlib import import_module
from xml.etree import ElementTree

import jsonschema
import pytest

from harness.contract.diagnosis import Diagnosis
from harness.judging.policy import SEVERITIES
from harness.judging.verdict import VERDICTS, Judgement
from harness.reports import REPORTS, json_report, junit
from harness.reports.console import (
    MOST_LINES,
    MOST_PROGRESS,
    WIDTH,
    PlainProgress,
    closing_lines,
    every_case,
    matrix,
    one_line,
    worst,
)
from harness.reports.json_report import results_schema
from harness.reports.look import coloured
from harness.reports.result_text import explain_failure
from harness.reports.transcripts import SHOWN_CHARACTERS, SHOWN_LINES
from harness.runner.events import (
    CaseResult,
    Expected,
    RunFinished,
    RunStarted,
    Said,
    ScenarioFinished,
    ScenarioStarted,
)
from harness.runner.records import ConnectionRecord, Line
from harness.taxonomy import DOCUMENTED_ERRORS

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


def test_the_end_of_a_run_in_full() -> None:
    lines = every_case(RunFinished(ALL, 1.25))
    assert lines[0] == "unauthorized/plain[imap]: wrong"
    assert "unauthorized/plain[imap] after the remedy confirm-address-and-password" in lines[13]
    assert "".join(lines[-2:]).replace("    ", " ").endswith(f"{TOTAL} in 1.2 s")


TOTAL = (
    "3 checks of 1 scenario: 2 did not pass, named rightly 0 of 1, connected after the remedy "
    "1 of 2, password asked in vain 0,"
)


def test_the_end_of_a_run_in_one_line() -> None:
    assert one_line(RunFinished(ALL, 1.25)) == f"{TOTAL} in 1.2 s"


def test_the_end_of_a_run_in_french() -> None:
    run = RunFinished(ALL, 1.25, planned=3)
    assert one_line(run, "fr") == (
        "incomplet, 1 sur 3 scénarios : 3 contrôles de 1 scénario : 2 non réussis, bien nommé 0 sur"
        " 1, connecté après le remède 1 sur 2, mot de passe redemandé en vain 0, en 1.2 s"
    )
    lines = every_case(run, language="fr")
    assert lines[:3] == [
        "unauthorized/plain[imap] : faux",
        "  attendu     unauthorized à imap-login, cause bad-credentials",
        "  a dit       test-email-failed à smtp-data (autres causes possibles : dropped)",
    ]
    ours = {"harness-error", "wrong", "passed", "expected", "after the", "transcript", "fired at"}
    assert [line for line in lines if any(word in line for word in ours)] == []
    written: list[str] = []
    progress = PlainProgress(written.append, language="fr")
    for event in (RunStarted(("a",), 1), ScenarioFinished("a", ALL)):
        progress.handle(event)
    assert written == ["[1/1] erreur de badinbox a"]


def test_the_end_of_a_run_is_its_findings() -> None:
    assert closing_lines(RunFinished(ALL, 1.25)) == [
        "harness-error: badinbox itself fails after the remedy in 1 of 2 unauthorized:",
        "    confirm-address-and-password 1",
        "    such as unauthorized/plain[imap] after the remedy confirm-address-and-passw…",
        "       0.000     S: * OK ready",
        "       0.010 tls C: a1 LOGIN anna ***",
        "       0.020     *  imap.rules[0] fired at login",
        "       0.030 tls S: a1 NO \\x1b[31m<&\\x00 é",
        "",
        "wrong: says test-email-failed in 1 of 1 unauthorized: bad-credentials 1",
        "    such as unauthorized/plain[imap]",
        "       0.000     S: * OK ready",
        "       0.010 tls C: a1 LOGIN anna ***",
        "       0.020     *  imap.rules[0] fired at login",
        "       0.030 tls S: a1 NO \\x1b[31m<&\\x00 é",
        "",
        "How it behaved:",
        "danger: password-in-clear 1: It sent the password, or a token, in cleartext",
        "    although TLS was asked for.",
        "    such as unauthorized/plain[imap]",
        "",
        "Named in the fault phase:",
        "              wrong",
        "unauthorized      1",
        "",
        "3 checks of 1 scenario: 2 did not pass, named rightly 0 of 1,",
        "    connected after the remedy 1 of 2, password asked in vain 0, in 1.2 s",
    ]


def test_the_only_failure_is_shown_whole() -> None:
    lines = closing_lines(RunFinished((FAULT, REMEDY), 1.25))
    assert lines[:2] == [
        "unauthorized/plain[imap]: wrong",
        "  expected    unauthorized at imap-login, cause bad-credentials",
    ]
    many = (Line(0.0, "C", "x" * 1000, False),) * SHOWN_LINES
    long = replace(FAULT, transcript=(replace(FAULT.transcript[0], lines=many),))
    lines = closing_lines(RunFinished((long,), 1.25))
    assert len(lines) <= MOST_LINES and "    … --verbose shows the rest" in lines


@pytest.mark.parametrize("codes", [1, 7, 300])
@pytest.mark.parametrize("words", ["no", "long words of a server " * 40, "x" * 3000])
def test_the_end_of_any_run_fits_two_screens(codes: int, words: str) -> None:
    every = tuple(SEVERITIES)[:-1]
    results = tuple(
        replace(
            FAULT,
            id=f"{error}/{'x' * 60}-{number}",
            reproduces=error,
            judgement=Judgement("wrong", every, words, notes=every),
            said=Said(f"E{number % codes}", words, words),
            transcript=(replace(FAULT.transcript[0], lines=(Line(0, "S", words, True),) * 30),),
        )
        for number in range(300)
        for error in DOCUMENTED_ERRORS
    )
    lines = closing_lines(RunFinished(results, 1.25))
    assert len(lines) + MOST_PROGRESS <= 80 and max(map(len, lines)) <= WIDTH
    assert any("findings more" in line for line in lines)


def test_verdicts_have_a_colour_where_there_is_one() -> None:
    run = RunFinished(ALL, 1.25)
    painted = closing_lines(run, coloured)
    assert "\x1b[31mwrong\x1b[0m: says test-email-failed in" in "\n".join(painted)
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in painted] == closing_lines(run)


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


@pytest.mark.parametrize("total", [11, 60, 958])
def test_plain_progress_of_many_is_a_line_for_each_tenth(total: int) -> None:
    written: list[str] = []
    every: list[str] = []
    for progress in (PlainProgress(written.append), PlainProgress(every.append, every=True)):
        progress.handle(RunStarted(("a",) * total, 1))
        for _ in range(total):
            progress.handle(ScenarioFinished(FAULT.id, (FAULT, REMEDY)))
    assert len(written) == MOST_PROGRESS and len(every) == total
    assert written[-1] == f"[{total}/{total}] {total} wrong"


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


def test_the_page_shows_the_error_that_a_process_died_of() -> None:
    stderr = "TypeError: no 'getToken'\n" + "    at frame (/app/lib.js:1)\n" * 60 + "Node.js v20"
    died = replace(FAULT, said=Said("", stderr=stderr))
    made = import_module("harness.reports.html").report(RunFinished((died,), 1.5), "node x.js")
    assert "TypeError: no" in made.decode() and "Node.js v20" in made.decode()


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
