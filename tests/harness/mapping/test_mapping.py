"""A connector's own codes: what a mapping makes of them, and mistakes in mappings."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.contract.answer import NoAnswer, Report, Reported
from harness.contract.diagnosis import Diagnosis
from harness.files.nodes import read_yaml
from harness.files.problems import BadInput
from harness.judging.interpret import Reading, interpret
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
    found = interpret(answer, mapping, [expected], cause)
    assert isinstance(found, Diagnosis) and found.error == error


def test_an_unknown_code_is_unclear(mapping: Mapping) -> None:
    found = interpret(said("unauthorised"), mapping, ["unauthorized"], None)
    assert isinstance(found, NoAnswer) and found.verdict == "unclear"
    assert "no rule of the mapping fits it; did you mean 'unauthorized'?" in found.why
    without = interpret(said("EAUTH"), None, ["unauthorized"], None)
    assert isinstance(without, NoAnswer) and "there is no mapping" in without.why


def fits(rule: str, **answer: object) -> bool:
    """Whether a rule with these keys fits the answer."""
    keys = read_yaml(rule, "").data
    mapping = Mapping.model_validate({"rules": [{**keys, "means": "unauthorized"}]})
    return mapping.meant(Report.model_validate(answer), None) is not None


@pytest.mark.parametrize(
    ("rule", "code", "fitting"),
    [
        ("code: EAUTH", "EAUTH", True),
        ("code: EAUTH", "EAUTHX", False),
        ("code: EAUTH", "XEAUTH", False),
        ("code: EAUTH", "EAUT", False),
        ("code: EAUTH", "eauth", False),
        ("code: E.UTH", "EAUTH", False),
        ("code: [EAUTH, EENVELOPE]", "EENVELOPE", True),
        ("code: [EAUTH, EENVELOPE]", "EENV", False),
        ("code: {exact: [EAUTH, ETLS]}", "ETLS", True),
        ("code: {pattern: ^CERT_}", "CERT_HAS_EXPIRED", True),
        ("code: {pattern: ^CERT_}", "ERR_CERT_", False),
        ("code: {pattern: [^CERT_, SIGNED]}", "SELF_SIGNED_CERT", True),
        ("code: {exact: A, pattern: ^B}", "A", True),
        ("code: {exact: A, pattern: ^B}", "BC", True),
        ("code: {exact: A, pattern: ^B}", "AB", False),
    ],
)
def test_codes(rule: str, code: str, fitting: bool) -> None:
    assert fits(rule, error=code) is fitting


@pytest.mark.parametrize(
    ("rule", "message", "fitting"),
    [
        ("message: log.?in", "no login here", True),
        ("message: [timeout, refused]", "connection refused", True),
        ("message: {exact: Command failed}", "Command failed", True),
        ("message: {exact: Command failed}", "Command failed.", False),
        ("message: {exact: [a, b]}", "b", True),
        ("message: {pattern: ^a}", "ba", False),
        ("message: a", None, False),
    ],
)
def test_messages(rule: str, message: str | None, fitting: bool) -> None:
    assert fits(rule, error="E", message=message) is fitting


RAW = {"responseCode": 535, "response": {"code": "NO", "ok": False}, "a.b": "x", "all": [{"n": 1}]}


@pytest.mark.parametrize(
    ("rule", "fitting"),
    [
        ("raw: {responseCode: 535}", True),
        ("raw: {responseCode: '535'}", True),
        ("raw: {responseCode: [534, 535]}", True),
        ("raw: {responseCode: 53}", False),
        ("raw: {responseCode: {pattern: ^5}}", True),
        ("raw: {response.code: 'NO'}", True),
        ("raw: {response.ok: false}", True),
        ("raw: {response.ok: true}", False),
        ("raw: {a.b: x}", True),
        ("raw: {all.0.n: 1}", True),
        ("raw: {all.1.n: 1}", False),
        ("raw: {responseCode: 535, response.code: OK}", False),
        ("raw: {response: 'NO'}", False),
        ("raw: {response.code.more: 'NO'}", False),
        ("{code: X, raw: {responseCode: 535}}", False),
    ],
)
def test_what_its_library_said(rule: str, fitting: bool) -> None:
    assert fits(rule, error="E", raw=RAW) is fitting
    assert not fits(rule, error="E", raw="535")


def test_a_pattern_of_codes_has_the_same_time() -> None:
    slow = Mapping(rules=[{"code": {"pattern": "(a+)+$"}, "means": "unauthorized"}])
    found = interpret(said("a" * 5000 + "b"), slow, ["unauthorized"], None)
    assert isinstance(found, NoAnswer) and "takes too long" in found.why


MEANS = """\
rules:

  - code: EAUTH
    means: {error: unauthorized, stage: imap-login, cause: bad-credentials, ask-password: true}
    for-cause:
      rate-limited: {error: imap-authentication-error, cause: [rate-limited, account-locked]}
  - code: EWORDS
    means: [unauthorized, server-words]
"""


def test_stage_cause_and_password_are_mapped_and_the_rule_is_named(tmp_path: Path) -> None:
    (file := tmp_path / "m.yaml").write_text(MEANS)
    mapping = load_mapping(file)
    own = said("EAUTH", stage="login", cause="account-locked", ask_password=False)
    found = interpret(own, mapping, ["unauthorized"], None)
    assert isinstance(found, Reading)
    assert (found.error, found.stage, found.cause) == (
        "unauthorized", "imap-login", "bad-credentials",
    )  # fmt: skip
    assert found.ask_password and found.rule == f"{file}:3"
    limited = interpret(said("EAUTH"), mapping, ["unauthorized"], "rate-limited")
    assert isinstance(limited, Reading)
    assert (limited.error, limited.stage) == ("imap-authentication-error", None)
    assert (limited.cause, limited.candidates) == (
        "rate-limited", ["rate-limited", "account-locked"],
    )  # fmt: skip


def test_one_that_claims_nothing(tmp_path: Path) -> None:
    (file := tmp_path / "m.yaml").write_text(MEANS)
    mapping = load_mapping(file)
    shows = interpret(said("EWORDS", "NO no"), mapping, ["imap-settings-incorrect"], None)
    assert isinstance(shows, Reading) and shows.error == "unauthorized"
    words = said("server-words", "no")  # an answer may say it itself
    for answer in (words, said("EWORDS", "no")):
        only = Mapping(rules=[{"code": "EWORDS", "means": "server-words"}])
        found = interpret(answer, only, ["unauthorized"], None)
        assert isinstance(found, Reading)
        assert (found.error, found.shows) == ("unclassified", "no")
        assert type(found.plain()) is Diagnosis and "shows" not in found.model_dump()


def test_it_can_be_sent_elsewhere_and_read_again(mapping: Mapping) -> None:
    sent = mapping.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert Mapping.model_validate(sent).rules == mapping.rules
    schema = Draft202012Validator(Mapping.model_json_schema())
    for text in (MAPPING, MEANS, "rules: [{code: [A], raw: {a: [1, null]}, means: connected}]"):
        schema.validate(read_yaml(text, "").data)
    assert not schema.is_valid({"rules": [{"code": 535, "means": "connected"}]})


def test_a_stage_that_is_none(mapping: Mapping) -> None:
    found = interpret(said("EAUTH", stage="login"), mapping, ["unauthorized"], None)
    assert isinstance(found, NoAnswer) and "stage = 'login': no such word" in found.why


def test_a_pattern_that_takes_for_ever() -> None:
    slow = Mapping(rules=[{"message": "(a+)+$", "means": "unauthorized"}])
    found = interpret(said("X", "a" * 5000 + "b"), slow, ["unauthorized"], None)
    assert isinstance(found, NoAnswer) and "takes too long" in found.why


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rules: [{code: A, means: unauthorised}]", "1: rules[0].means: unknown word"),
        ("rules:\n- code: A", "2: rules[0].means: required"),
        ("rules:\n- means: connected", "2: rules[0]: required: `code`, `message` or both"),
        ("rules:\n- message: '('\n  means: connected", "2: rules[0].message: not a regular expr"),
        ("rules:\n- kode: A\n  code: A\n  means: connected", "2: rules[0].kode: unknown key; did"),
        ("rules:\n- code: A\n  means: []", "3: rules[0].means: the list is empty: write an entry"),
        ("rules:\n- code: []\n  means: connected", "2: rules[0].code: required: a text, `exact`"),
        (
            "rules:\n- code: {pattrn: A}\n  means: connected",
            "2: rules[0].code.pattrn: unknown key;",
        ),
        (
            "rules:\n- code: {pattern: '('}\n  means: connected",
            "2: rules[0].code.pattern: not a re",
        ),
        ("rules:\n- code: 535\n  means: connected", "2: rules[0].code: expected text; put it in"),
        ("rules:\n- raw: {a: {}}\n  means: connected", "2: rules[0].raw.a: required: a text"),
        ("rules:\n- code: A\n  means: {}", "3: rules[0].means.error: required"),
        (
            "rules:\n- code: A\n  means:\n    error: connected\n    stage: imap-logn",
            "5: rules[0].means.stage: unknown word 'imap-logn'; did you mean 'imap-login'?",
        ),
        (
            "rules:\n- code: A\n  means: {error: connected, ask_password: true}",
            "3: rules[0].means.ask_password: unknown key; did you mean 'ask-password'?",
        ),
        ("rules: 3", "1: rules: expected a list"),
        ("- a", "1: expected a mapping"),
        ("", "1: the file is empty"),
        ("rules: [", "1:8: [ is not closed"),
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
