"""One file, several cases: matrix, overrides, and insecure certificates allowed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeservers.dialects.dialect import dialect_names
from harness.scenario import builtin_path
from harness.scenario.cases import MAX_CASES, merge, substitute
from harness.scenario.loading import load

MATRIX = """\
title: The <protocol> certificate is <profile>
reproduces: unauthorized-untrusted-certificate
stage: <protocol>-tls
cause: certificate-<profile>
source: RFC 5280 section 6.1.3
matrix:
  protocol: [imap, smtp]
  profile: [expired, not-yet-valid, self-signed]
cases:
  imap-self-signed: {cause: self-signed-certificate}
  smtp-self-signed: null
expect: [password-never-sent]
<protocol>:
  certificate: <profile>
remedy:
  - advice: check-certificate
    apply: {<protocol>: {certificate: valid}}
insecure-allowed:
  reproduces: connected
  expect: [{warning: certificate-<profile>}]
"""
MATRIX_OVERRIDDEN = MATRIX.replace(
    "cause: self-signed-certificate}",
    "cause: self-signed-certificate, insecure-allowed: "
    "{expect: [{warning: self-signed-certificate}]}}",
)

CASES = """\
title: Nobody answers
reproduces: imap-settings-incorrect
source: RFC 9051
cases:
  refused: {stage: imap-connect, cause: refused, imap: {listen: refused}}
  unanswered:
    stage: imap-connect
    cause: connect-timeout
    timeout-s: 1
    imap: {listen: black-hole}
imap: {security: starttls}
remedy:
  advice: allow-ip-addresses
  apply: {imap: {listen: listening}}
"""

Loaded = Any


def test_the_product_of_a_matrix(loaded):
    scenarios = loaded(MATRIX_OVERRIDDEN)
    stem = "unauthorized-untrusted-certificate/example"
    cases = ["imap-expired", "imap-not-yet-valid", "imap-self-signed", "smtp-expired"]
    cases += ["smtp-not-yet-valid"]
    expected = [f"{stem}[{case}{rest}]" for case in cases for rest in ("", ",insecure-allowed")]
    assert list(scenarios) == expected


def test_an_axis_of_every_dialect():
    (file,) = builtin_path().glob("connected/dialects.yaml")
    dialects = [scenario.dialect for scenario in load(file)]
    assert sorted([*dialects, "plain"]) == list(dialect_names())


def test_placeholders_in_keys_and_values(loaded):
    scenario = loaded(MATRIX_OVERRIDDEN)["unauthorized-untrusted-certificate/example[smtp-expired]"]
    assert scenario.title == "The smtp certificate is expired"
    assert (scenario.stage, scenario.cause) == ("smtp-tls", "certificate-expired")
    services = scenario.mailbox_spec().services
    assert (services["imap"].certificate, services["smtp"].certificate) == ("valid", "expired")
    cured = scenario.mailbox_spec(scenario.remedies[0]).services
    assert cured["smtp"].certificate == "valid"


def test_an_override_of_one_combination(loaded):
    scenarios = loaded(MATRIX_OVERRIDDEN)
    one = scenarios["unauthorized-untrusted-certificate/example[imap-self-signed]"]
    assert one.cause == "self-signed-certificate"
    sibling = scenarios[f"{one.id[:-1]},insecure-allowed]"]
    assert [each.warning for each in sibling.expect] == ["self-signed-certificate"]


def test_the_sibling_with_insecure_certificates_allowed(loaded):
    scenarios = loaded(MATRIX_OVERRIDDEN)
    stem = "unauthorized-untrusted-certificate/example[imap-expired"
    strict, allowed = scenarios[f"{stem}]"], scenarios[f"{stem},insecure-allowed]"]
    assert not strict.customer.allow_insecure_certificates
    assert allowed.customer.allow_insecure_certificates
    assert allowed.reproduces == "connected"
    assert (allowed.stage, allowed.cause, allowed.remedies) == (None, None, ())
    assert [each.warning for each in allowed.expect] == ["certificate-expired"]
    assert allowed.mailbox_spec() == strict.mailbox_spec()


def test_the_sibling_of_a_file_without_cases(loaded):
    text = MATRIX[: MATRIX.index("matrix:")] + MATRIX[MATRIX.index("expect:") :]
    scenarios = loaded(text.replace("<protocol>", "imap").replace("<profile>", "expired"))
    stem = "unauthorized-untrusted-certificate/example"
    assert list(scenarios) == [stem, f"{stem}[insecure-allowed]"]


def test_a_case_may_do_without_the_sibling(loaded):
    text = (
        MATRIX.replace("cause: self-signed-certificate}", "insecure-allowed: null}")
        .replace("cause: certificate-<profile>", "cause: self-signed-certificate")
        .replace("warning: certificate-<profile>", "warning: self-signed-certificate")
    )
    ids = list(loaded(text))
    assert "unauthorized-untrusted-certificate/example[imap-self-signed]" in ids
    assert len(ids) == 9


def test_cases_without_a_matrix(loaded):
    scenarios = loaded(CASES)
    stem = "imap-settings-incorrect/example"
    assert list(scenarios) == [f"{stem}[refused]", f"{stem}[unanswered]"]
    unanswered = scenarios[f"{stem}[unanswered]"]
    assert unanswered.timeout_s == 1
    service = unanswered.mailbox_spec().services["imap"]
    assert (service.listen, service.security) == ("black-hole", "starttls")


def test_a_whole_placeholder_keeps_the_kind_of_its_value(loaded):
    text = CASES.replace("cases:", "matrix: {kind: [refused, unanswered], n: [3]}\ncases:")
    text = text.replace("  refused:", "  refused-3:").replace("  unanswered:", "  unanswered-3:")
    text += "smtp: {occupied: <n>, security: cleartext}\nnotes: <kind> <n>\n"
    scenario = loaded(text)["imap-settings-incorrect/example[refused-3]"]
    assert scenario.mailbox_spec().services["smtp"].occupied == 3
    assert scenario.notes == "refused 3"


def test_what_is_no_axis_stays_as_it_is(loaded):
    text = MATRIX_OVERRIDDEN + "notes: <anna@example.test>\n"
    assert {scenario.notes for scenario in loaded(text).values()} == {"<anna@example.test>"}


MISTAKES = {
    "case of no combination": (
        MATRIX.replace("imap-self-signed:", "imap-selfsigned:"),
        ["11: cases.imap-selfsigned: no combination of the matrix; did you mean 'imap-self-"],
    ),
    "axis unused": (
        MATRIX.replace("matrix:", "matrix:\n  flavour: [plain]"),
        ["8: matrix.flavour: unused: <flavour> stands nowhere in the file"],
    ),
    "combinations with one id": (
        MATRIX.replace("[imap, smtp]", "[imap, imap-self]").replace("[exp", "[signed, exp"),
        ["7: matrix: two combinations have the case id 'imap-self-signed'"],
    ),
    "too many combinations": (
        CASES.replace("cases:", f"matrix: {{a: [{'x, ' * 30}], b: [{'x, ' * 30}]}}\ncases:"),
        [f"5: matrix: 900 combinations; expected at most {MAX_CASES}"],
    ),
    "no id": (
        CASES.replace("  refused:", '  "re[fused":'),
        ["6: cases.re[fused: 're[fused' is no case id"],
    ),
    "reserved id": (
        CASES.replace("  refused:", "  insecure-allowed:"),
        ["6: cases.insecure-allowed: the case id 'insecure-allowed' is taken by the key"],
    ),
    "null without a matrix": (
        CASES.replace("cases:", "cases:\n  none: null"),
        ["6: cases.none: expected a mapping; only a matrix has cases to leave out"],
    ),
    "list for a case": (
        CASES.replace("cases:", "cases:\n  none: []"),
        ["6: cases.none: expected a mapping"],
    ),
    "empty axis": (
        CASES.replace("cases:", "matrix: {a: []}\ncases:"),
        ["5: matrix.a: the list is empty: write an entry at least"],
    ),
    "value of no kind": (
        CASES.replace("cases:", "matrix: {a: [off]}\ncases:"),
        ["5: matrix.a[0]: expected text or a number; put it in quotes"],
    ),
    "placeholder in the id": (
        MATRIX.replace("reproduces: unauthorized", "reproduces: <protocol>"),
        ["3: reproduces: required: a documented error or connected, not '<protocol>-untrusted"],
    ),
    "matrix in a case": (
        CASES.replace("{stage: imap-connect, cause: refused", "{matrix: {}, cause: refused"),
        ["6: cases.refused.matrix: unknown key"],
    ),
    "mistake in an override": (
        CASES.replace("black-hole", "blackhole"),
        ["11: cases.unanswered.imap.listen: unknown word 'blackhole'; did you mean 'black-hole'?"],
    ),
    "mistake in the base, met by every case": (
        CASES.replace("starttls", "startls"),
        ["12: imap.security: unknown word 'startls'; did you mean 'starttls'?"],
    ),
    "mistake in the base, met by some cases": (
        MATRIX_OVERRIDDEN.replace("not-yet-valid,", "not-yet,"),
        [
            "5: cause: unknown word 'certificate-not-yet'; "
            "did you mean 'certificate-not-yet-valid'? (case 'imap-not-yet')",
            "15: <protocol>.certificate: unknown word 'not-yet'; did you mean 'not-yet-valid'? "
            "(case 'imap-not-yet')",
            "21: insecure-allowed.expect[0].warning: unknown word 'certificate-not-yet'",
        ],
    ),
    "cases that do not say enough": (
        CASES.replace("{stage: imap-connect, cause: refused,", "{cause: refused,"),
        ["6: cases.refused.stage: required"],
    ),
    "mistake in a remedy with a placeholder": (
        MATRIX_OVERRIDDEN.replace("certificate: valid", "certificate: vaild"),
        ["18: remedy[0].apply.<protocol>.certificate: unknown word 'vaild'; did you mean 'valid'?"],
    ),
    "mistake of the sibling": (
        MATRIX_OVERRIDDEN.replace("expect: [{warning: c", "expct: [{warning: c"),
        ["21: insecure-allowed.expct: unknown key; did you mean 'expect'?"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_where_they_were_written(problems, mistake):
    text, expected = MISTAKES[mistake]
    found = problems(text)
    told = [line.startswith(start) for line, start in zip(found, expected, strict=False)]
    assert told == [True] * len(expected), found


json_like = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner) | st.lists(inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(st.sampled_from("abcd"), json_like)


@given(mappings, mappings)
def test_an_override_has_the_last_word(base: dict[str, Any], override: dict[str, Any]):
    merged = merge(base, override)
    assert merge(merged, override) == merged
    assert merge(base, {}) == base
    assert merged.keys() == base.keys() | override.keys()
    assert all(merged[key] == base[key] for key in base.keys() - override.keys())


@given(mappings)
def test_nothing_is_substituted_where_there_is_no_placeholder(data: dict[str, Any]):
    assert substitute(data, {"axis": "value"}) == data
