"""A first mapping says what was said, and can be used as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.answer import NoAnswer, Report
from harness.contract.masking import Masking
from harness.judging.basis import Basis
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation
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
    result("unauthorized-app-password-required", "EAUTH", "Application-specific password?"),
    result("unauthorized", "EAUTH", "Invalid login"),
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
    assert "means: unauthorized-app-password-required  # 2 times unauthorized-app" in text
    told = "3 times unauthorized; not told apart: once imap-authentication-error\n"
    assert f"means: unauthorized  # {told}" in text
    assert text.endswith(
        "# Not read, as it gave no answer that could be read (unclear): 1\n#   unauthorized/: x\n"
    )


def test_words_of_every_kind_are_found_as_they_stand(tmp_path: Path) -> None:
    odd = r"(535) a\b [x] ^$ *+?{1} | 'q' #&- é"
    said = 2 * [result("unauthorized", "E", odd)] + 3 * [result("test-email-failed", "E", "no")]
    file = tmp_path / "mapping.yaml"
    file.write_text(first_mapping(said, "x"))
    assert meant(load_mapping(file), Report(error="E", message=odd)) == ("unauthorized",)


@pytest.mark.parametrize("said", [[], [result("unauthorized", "unauthorized", "no")]])
def test_nothing_was_said_that_needs_a_rule(said: list[CaseResult], tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(first_mapping(said, "x"))
    assert load_mapping(file).rules == []


def mapped(said: list[CaseResult], tmp_path: Path) -> tuple[Mapping, str]:
    file = tmp_path / "mapping.yaml"
    file.write_text(text := first_mapping(said, "x"))
    return load_mapping(file), text


def test_what_varies_is_no_word_and_what_was_seen_once_a_comment(tmp_path: Path) -> None:
    limit = "Too many connections from {} for 'anna' (session {})"
    said = [
        *(result("unauthorized", "E", f"Login failed, id {n}") for n in range(9)),
        result("imap-authentication-error", "E", limit.format("127.0.0.1", "a1b2c3d4")),
        result("imap-authentication-error", "E", limit.format("10.0.0.9", "99")),
        result("smtp-settings-incorrect", "E", "Try at mail.example.test later on"),
    ]
    mapping, text = mapped(said, tmp_path)
    assert [rule.message and rule.message.pattern for rule in mapping.rules] == [
        ["Too many connections"],
        None,
    ]
    assert meant(mapping, Report(error="E", message=limit.format("::1", "zz"))) == (
        "imap-authentication-error",
    )
    assert '    # seen once: "later", for smtp-settings-incorrect\n' in text


def test_codes_that_mean_the_same_are_one_rule(tmp_path: Path) -> None:
    certificates = ["SELF_SIGNED", "CERT_HAS_EXPIRED", "ALTNAME"]
    said = [result("unauthorized-untrusted-certificate", name) for name in certificates]
    mapping, _ = mapped([*said, result("unauthorized", "EAUTH")], tmp_path)
    codes = [rule.code.exact if rule.code else None for rule in mapping.rules]
    assert codes == [["ALTNAME", "CERT_HAS_EXPIRED", "SELF_SIGNED"], ["EAUTH"]]


def test_an_option_that_it_lacks_does_not_sway_it(tmp_path: Path) -> None:
    """Where insecure certificates are allowed, one without that option says what it always says."""
    expired, other = "certificate has expired", "connection lost"
    said = [
        *2 * [result("unauthorized-untrusted-certificate", "smtp", expired)],
        *5 * [result("connected", "smtp", expired)],
        *4 * [result("smtp-settings-incorrect", "smtp", other)],
        *6 * [result("connected", "fine")],
        result("unauthorized", "fine"),
    ]
    mapping, _ = mapped(said, tmp_path)
    assert meant(mapping, Report(error="smtp", message=expired)) == (
        "unauthorized-untrusted-certificate",
    )
    assert meant(mapping, Report(error="smtp", message=other)) == ("smtp-settings-incorrect",)
    assert meant(mapping, Report(error="fine")) == ("connected",)


def test_an_exception_at_a_mailbox_that_works_is_no_word_for_success(tmp_path: Path) -> None:
    """Such as a library's that cannot spell a password: nothing logged in."""
    never = Basis(
        Expectation("connected", logs_in=("imap",)), NoAnswer("unclear", ""), CheckEvidence()
    ).as_data(Masking(()))
    said = [
        *2 * [result("connected", "fine")],
        replace(result("connected", "UnicodeEncodeError"), basis=never),
    ]
    mapping, text = mapped(said, tmp_path)
    assert meant(mapping, Report(error="fine")) == ("connected",)
    assert meant(mapping, Report(error="UnicodeEncodeError")) == ()
    assert "# Not read, as it connected no mailbox, though nothing is wrong with it: 1" in text


def test_what_proves_nothing_is_left_out_and_named(tmp_path: Path) -> None:
    unmet = replace(
        result("test-email-failed", "EAUTH"), id="a/b[c]", judgement=Judgement("not-exercised")
    )
    mapping, text = mapped([unmet, unmet, result("unauthorized", "EAUTH")], tmp_path)
    assert meant(mapping, Report(error="EAUTH")) == ("unauthorized",)
    assert "# Not read, as it never met the fault: 2\n#   a/: b (2 cases)\n" in text
