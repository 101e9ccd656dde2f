"""A first mapping says what was said, and can be used as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.answer import Report
from harness.judging.verdict import Judgement
from harness.mapping import Mapping, load_mapping
from harness.mapping.first import first_mapping
from harness.mapping.mapping_rule import Means, Wanted
from harness.runner.events import CaseResult, Expected, Said
from harness.taxonomy import DocumentedError


def result(reproduces: DocumentedError, code: str, message: str = "") -> CaseResult:
    return CaseResult(
        id=f"{reproduces}/x",
        reproduces=reproduces,
        phase="fault",
        remedy=None,
        expected=Expected(reproduces),
        diagnosis=None,
        judgement=Judgement("unclear"),
        said=Said(code, message),
    )


def meant(mapping: Mapping, report: Report) -> tuple[str, ...]:
    meaning = mapping.meant(report, None)
    return meaning.errors if meaning else ()


RESULTS = [
    result("unauthorized", "EAUTH", "Invalid login"),
    result("unauthorized", "EAUTH", "Invalid login (535)"),
    result("unauthorized-app-password-required", "EAUTH", "Application-specific password?"),
    result("imap-authentication-error", "EAUTH", "Invalid login"),
    result("imap-settings-incorrect", 'ECONN: "x" # y', ""),
    result("connected", "connected"),
    result("unauthorized", ""),
]


def test_it_is_a_mapping_grouped_by_answer(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(first_mapping(RESULTS, "node check.js"))
    mapping = load_mapping(file)
    assert mapping.connector == "node check.js"
    assert [(rule.code, rule.message, rule.means) for rule in mapping.rules] == [
        (
            Wanted(exact=["EAUTH"]),
            Wanted(pattern=[r"Application-specific password\?"]),
            Means(error=["unauthorized-app-password-required"]),
        ),
        (Wanted(exact=["EAUTH"]), None, Means(error=["unauthorized"])),
        (Wanted(exact=['ECONN: "x" # y']), None, Means(error=["imap-settings-incorrect"])),
    ]
    asked = Report(error="EAUTH", message="Application-specific password?")
    assert meant(mapping, asked) == ("unauthorized-app-password-required",)
    assert meant(mapping, Report(error="EAUTH", message="Invalid login")) == ("unauthorized",)


def test_its_comments_say_how_often_a_code_was_given() -> None:
    text = first_mapping(RESULTS, "x")
    assert "2 times unauthorized, once unauthorized-app-password-required" in text
    assert "# In 1 scenarios it gave no answer that could be read." in text


def test_words_of_every_kind_are_found_as_they_stand(tmp_path: Path) -> None:
    odd = r"(535) a\b [x] ^$ *+?{1} | 'q' #&- é"
    said = [result("unauthorized", "E", odd)] + 2 * [result("test-email-failed", "E", "no")]
    file = tmp_path / "mapping.yaml"
    file.write_text(first_mapping(said, "x"))
    assert meant(load_mapping(file), Report(error="E", message=odd)) == ("unauthorized",)


@pytest.mark.parametrize("said", [[], [result("unauthorized", "unauthorized", "no")]])
def test_nothing_was_said_that_needs_a_rule(said: list[CaseResult], tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(first_mapping(said, "x"))
    assert load_mapping(file).rules == []
