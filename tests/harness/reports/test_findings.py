"""Findings, not cases: what failed alike is one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.contract.diagnosis import Diagnosis
from harness.judging.verdict import Judgement, Verdict
from harness.reports.findings import figures, findings, violation_findings
from harness.runner.events import CaseResult, Expected, Said
from harness.runner.records import ConnectionRecord, Line
from harness.taxonomy import Cause

ERROR = "imap-authentication-error"
RECORD = ConnectionRecord(
    "imap", "imap", "127.0.0.1:9", "client", "FIN", (Line(0.1, "S", "no", True),)
)


def blamed(cause: Cause, number: int = 0, message: str = "Invalid authentication") -> CaseResult:
    """The password is blamed for something else."""
    return CaseResult(
        id=f"{ERROR}/{cause}-{number}",
        reproduces=ERROR,
        phase="fault",
        remedy=None,
        expected=Expected(ERROR, "imap-login", cause),
        diagnosis=Diagnosis(error="unauthorized", ask_password=True),
        judgement=Judgement("wrong", ("password-asked-in-vain",), "said unauthorized"),
        said=Said("invalid_auth", message),
        transcript=(RECORD,),
    )


MANY = [blamed("too-many-connections", n) for n in range(9)]
SOME = [blamed("temporary-failure", n) for n in range(4)]
PASSED = replace(
    blamed("rate-limited"),
    diagnosis=Diagnosis(error=ERROR),
    judgement=Judgement("passed", notes=("no-logout",)),
    said=Said("E_RATE"),
)
CURED = replace(
    PASSED, phase="remedy", remedy="retry-later", expected=Expected("connected"), said=Said("ok")
)


def verdict(name: Verdict, result: CaseResult = PASSED) -> CaseResult:
    return replace(result, judgement=Judgement(name, why="why"), diagnosis=None)


def test_what_was_said_in_how_many_by_cause_is_one_finding() -> None:
    [found] = findings([SOME[0], *MANY, *SOME[1:], PASSED, CURED])
    assert found.text() == (
        "says 'Invalid authentication' (code invalid_auth, so unauthorized) in 13 of 14 "
        f"{ERROR}: too-many-connections 9, temporary-failure 4"
    )
    assert found.text(1).endswith("too-many-connections 9 and 1 more")
    assert found.kind == "wrong" and found.example is MANY[0], "the example is a common one"


def test_the_largest_comes_first_and_what_passed_is_none() -> None:
    few = [verdict("timed-out"), verdict("timed-out")]
    found = findings([*few, *SOME, PASSED, CURED])
    assert [(each.kind, len(each.results)) for each in found] == [("wrong", 4), ("timed-out", 2)]
    assert findings([PASSED, CURED]) == []
    assert findings([replace(SOME[0], accepted="ticket 1")]) == []


def test_the_rule_of_a_mapping_that_decided_is_named() -> None:
    read = Diagnosis(error="unauthorized", rule="mapping.yaml:7")
    [found] = findings([replace(each, diagnosis=read) for each in SOME])
    assert "(code invalid_auth, so unauthorized by mapping.yaml:7)" in found.headline


def test_different_words_of_one_code_are_quoted_where_one_is_usual() -> None:
    other = blamed("temporary-failure", 7, "Try 17 later")
    [found] = findings([*SOME, other])
    assert found.what == "says invalid_auth (so unauthorized), mostly 'Invalid authentication',"
    all_different = [blamed("temporary-failure", 1, word) for word in ("a", "b", "c")]
    assert findings(all_different)[0].what == "says invalid_auth (so unauthorized)"
    numbers = [blamed("temporary-failure", 1, f"error {n}") for n in range(3)]
    assert findings(numbers)[0].what == "says 'error 0' (code invalid_auth, so unauthorized)"


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (verdict("crashed"), "crashes"),
        (verdict("timed-out"), "does not answer in time"),
        (verdict("not-exercised"), "never meets the fault"),
        (verdict("harness-error"), "badinbox itself fails"),
        (verdict("unclear"), "says E_RATE (unread)"),
        (verdict("unclear", replace(PASSED, said=None)), "gives no answer that can be read"),
        (verdict("missed"), "says connected"),
        (replace(SOME[0], said=None), "says unauthorized"),
        (replace(SOME[0], said=Said("unauthorized", "No.")), "says 'No.' (unauthorized)"),
    ],
)
def test_what_is_said_of_each_verdict(result: CaseResult, what: str) -> None:
    [found] = findings([result])
    assert found.what == what and f"{what} in 1 of 1 {ERROR}" in found.headline


def test_crashes_of_one_error_are_one_finding_that_names_it() -> None:
    frames = "\n    at call (/app/lib.js:1:1)" * 20
    stderr = "/app/lib.js:{0}\n\nTypeError: no 'getToken' of {0}" + frames + "\n\nNode.js v20"
    words = [Said("", stderr=stderr.format(number)) for number in (1, 2)]
    crashed = [verdict("crashed", replace(PASSED, said=each)) for each in words]
    other = verdict("crashed", replace(PASSED, said=Said("", stderr="KeyError: 'anna'")))
    found = findings([*crashed, other])
    assert [each.what for each in found] == [
        "crashes with 'TypeError: no 'getToken' of 1'",
        "crashes with 'KeyError: 'anna''",
    ]


def test_a_wrong_stage_or_cause_is_named() -> None:
    right = Diagnosis(error=ERROR, stage="imap-confirm", cause="dropped")
    [found] = findings([replace(SOME[0], diagnosis=right, said=None)])
    assert found.what == f"says {ERROR} (imap-confirm, dropped)"


def test_after_a_remedy() -> None:
    [found] = findings([verdict("not-cured", CURED), CURED, PASSED])
    assert "after the remedy in 1 of 2 " in found.text() and found.parts == [("retry-later", 1)]


def test_a_violation_is_a_finding_with_its_severity_and_dangers_come_first() -> None:
    leaks = replace(PASSED, judgement=Judgement("misbehaved", ("password-in-clear",)))
    found = violation_findings([*SOME, leaks, PASSED])
    assert [(each.kind, each.violation) for each in found] == [
        ("danger", "password-in-clear"),
        ("fault", "password-asked-in-vain"),
    ]
    assert found[0].text() == "password-in-clear in 1 of 6 checks"
    assert findings([leaks]) == [], "the right thing was said"


def test_the_figures() -> None:
    not_asked = replace(PASSED, judgement=Judgement("not-applicable"))
    leaks = replace(PASSED, judgement=Judgement("misbehaved", ("password-in-clear",)))
    numbers = figures([*MANY, PASSED, leaks, CURED, verdict("not-cured", CURED), not_asked])
    assert (numbers.named, numbers.faults) == (2, 11)
    assert (numbers.connected, numbers.remedies) == (1, 2)
    assert (numbers.asked_in_vain, numbers.not_applicable) == (9, 1)
