"""A connector's own codes: what a mapping makes of them, and mistakes in mappings."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.answer import NoAnswer, Report, Reported
from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.judging.interpret import interpret
from harness.mapping import Mapping, load_mapping

MAPPING = """\
connector: a product
rules:
  - code: EAUTH
    message: (?i)app(lication)?.specific
    means: unauthorized-app-password-required
  - code: EAUTH
    means: [unauthorized, imap-authentication-error]
    for-cause:
      rate-limited: imap-authentication-error
  - message: certificate
    means: unauthorized-untrusted-certificate
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    file = tmp_path / "mapping.yaml"
    file.write_text(MAPPING)
    return load_mapping(file)


def said(error: str, message: str = "", **more: object) -> Reported:
    return Reported(Report(error=error, message=message, **more))


@pytest.mark.parametrize(
    ("answer", "expected", "cause", "error"),
    [
        (said("EAUTH", "Application-specific password"), "unauthorized", None,
         "unauthorized-app-password-required"),
        (said("EAUTH"), "unauthorized", "bad-credentials", "unauthorized"),
        (said("EAUTH"), "imap-authentication-error", None, "imap-authentication-error"),
        (said("EAUTH"), "test-email-failed", None, "unauthorized"),
        (said("EAUTH"), "unauthorized", "rate-limited", "imap-authentication-error"),
        (said("ETLS", "bad certificate"), "connected", None, "unauthorized-untrusted-certificate"),
        (said("connected"), "unauthorized", None, "connected"),
    ],
)  # fmt: skip
def test_what_an_answer_means(mapping, answer, expected, cause, error) -> None:
    found = interpret(answer, mapping, expected, cause)
    assert isinstance(found, Diagnosis) and found.error == error


def test_an_unknown_code_is_unclear(mapping: Mapping) -> None:
    found = interpret(said("unauthorised"), mapping, "unauthorized", None)
    assert isinstance(found, NoAnswer) and found.verdict == "unclear"
    assert "no rule of the mapping fits it; did you mean 'unauthorized'?" in found.why
    without = interpret(said("EAUTH"), None, "unauthorized", None)
    assert isinstance(without, NoAnswer) and "there is no mapping" in without.why


def test_a_stage_that_is_none(mapping: Mapping) -> None:
    found = interpret(said("EAUTH", stage="login"), mapping, "unauthorized", None)
    assert isinstance(found, NoAnswer) and "stage = 'login': no such word" in found.why


def test_a_pattern_that_takes_for_ever() -> None:
    slow = Mapping(rules=[{"message": "(a+)+$", "means": "unauthorized"}])
    found = interpret(said("X", "a" * 5000 + "b"), slow, "unauthorized", None)
    assert isinstance(found, NoAnswer) and "takes too long" in found.why


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules: [{code: A, means: unauthorised}]", "1: rules[0].means: unknown word"),
        ("rules:\n- code: A", "2: rules[0].means: required"),
        ("rules:\n- means: connected", "2: rules[0]: required: `code`, `message` or both"),
        ("rules:\n- message: '('\n  means: connected", "2: rules[0].message: not a regular expr"),
        ("rules:\n- kode: A\n  code: A\n  means: connected", "2: rules[0].kode: unknown key; did"),
        ("rules:\n- code: A\n  means: []", "3: rules[0].means: the list should have at least 1"),
        ("rules: 3", "1: rules: expected a list"),
        ("- a", "1: expected a mapping"),
        ("", "1: the file is empty"),
        ("rules: [", "not YAML"),
    ],
)
def test_mistakes_have_a_line_and_a_key(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        load_mapping(file)
    [line] = str(caught.value).splitlines()
    assert problem in line and line.startswith(str(file))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")
