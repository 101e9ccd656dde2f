"""The rule that a mapping lacks most, and progress for who waits for a first one."""

from __future__ import annotations

from typing import Any

import pytest

from harness.cli.mapping_command import SlowProgress
from harness.contract.answer import NoAnswer, Report, Reported
from harness.judging.basis import Basis
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
from harness.mapping import Mapping
from harness.mapping.suggesting import is_right, suggestions
from harness.runner.events import RunStarted, ScenarioFinished
from harness.taxonomy import DocumentedError


def case(error: DocumentedError, code: str, message: str = "") -> Basis:
    answer = Reported(Report(error=code, message=message))
    return Basis(Expectation(error=error), answer, CheckEvidence())


MAPPING = Mapping.model_validate(
    {"rules": [{"code": "ETLS", "means": "connected"}, {"code": "EAUTH", "means": "unauthorized"}]}
)
CASES = [
    *4 * [case("unauthorized", "EAUTH", "Invalid login: wrong password")],
    *3 * [case("imap-authentication-error", "EAUTH", "Invalid login: too many connections (17)")],
    *2 * [case("unauthorized-untrusted-certificate", "ECERT")],
    case("connected", "ECERT"),
    case("connected", "connected"),
    Basis(Expectation(error="connected"), NoAnswer("crashed", "gone"), CheckEvidence()),
]


def told(mapping: Mapping, cases: list[Basis] = CASES) -> list[tuple[Any, ...]]:
    return [
        (each.code, each.pattern, each.means, each.before, each.better, each.worse)
        for each in suggestions(cases, mapping)
    ]


def test_the_rule_that_gains_most_is_first_and_stands_where_it_decides() -> None:
    assert told(MAPPING) == [
        ("EAUTH", "Invalid login: too many connections", "imap-authentication-error", 1, 3, 0),
        ("ECERT", None, "unauthorized-untrusted-certificate", 2, 2, 0),
    ]


def test_what_is_suggested_can_be_written_down_and_does_what_it_says() -> None:
    first, second = suggestions(CASES, MAPPING)
    assert first.as_yaml() == (
        '  - code: "EAUTH"\n    message: "Invalid login: too many connections"\n'
        "    means: imap-authentication-error\n"
    )
    better = second.added_to(first.added_to(MAPPING))
    assert told(better) == []
    assert [is_right(each, better) for each in CASES].count(False) == 2


def test_a_rule_that_breaks_as_much_as_it_mends_is_none() -> None:
    alike = [case("unauthorized", "E", "no"), case("test-email-failed", "E", "no")]
    only = Mapping.model_validate({"rules": [{"code": "E", "means": "unauthorized"}]})
    assert told(only, alike) == []


def test_who_claims_nothing_is_left_alone() -> None:
    words = Mapping.model_validate({"rules": [{"code": "E", "means": "server-words"}]})
    assert told(words, [case("unauthorized", "E", "no")]) == []


def test_progress_is_a_line_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    shown = SlowProgress(lambda: now[0])
    shown.handle(RunStarted(("a", "b", "c"), 1))
    for at in (1.0, 6.0, 7.0):
        now[0] = at
        shown.handle(ScenarioFinished("a", ()))
    shown.close()
    assert capsys.readouterr() == ("", "2 of 3 scenarios, 6 s\n")
