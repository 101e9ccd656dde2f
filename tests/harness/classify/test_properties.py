"""What must hold for any bytes that a server may send."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from fakeservers.security import Security
from harness.classify import classify, explain
from harness.classify.observation import Observation, ObservedKind
from harness.classify.runtimes import signal_in
from harness.taxonomy import DOCUMENTED_ERRORS, STAGES, Stage, protocol_of

bounded = settings(deadline=None, max_examples=100)
"""By how many examples there are, and how long each is: a busy machine has a slow clock."""

stages = st.sampled_from(list(STAGES))
words = st.sampled_from(
    [
        "Invalid credentials",
        "incorrect username or password",
        "Application-specific password required",
        "Please use full email address as user name",
        "password has expired",
        "mot de passe incorrect",
        "密码错误",
        "Неверный пароль",
        "Passwort falsch",
        "contraseña incorrecta",
        "パスワードが違います",
    ]
)
lines = st.lists(st.binary(max_size=60), max_size=4).map(tuple)
texts = st.lists(
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")), max_size=8
).map(tuple)
observations = st.builds(
    Observation,
    stage=stages,
    kind=st.sampled_from(get_args(ObservedKind)),
    lines=lines | texts,
    raw=st.binary(max_size=20),
    security=st.sampled_from(get_args(Security)),
    imap_accepted_login=st.booleans(),
    verify_code=st.none() | st.integers(0, 100),
    alert=st.none() | st.text(max_size=10),
    tls_reason=st.none() | st.text(max_size=10),
    missing=st.none() | st.text(max_size=10),
    capabilities=st.lists(st.text(max_size=10), max_size=3).map(tuple),
)


@bounded
@given(observations)
def test_anything_gets_a_documented_error_and_a_cause(seen: Observation) -> None:
    diagnosis = classify(seen)
    assert diagnosis.error in DOCUMENTED_ERRORS
    assert diagnosis.error not in ("connected", "unclassified")
    assert diagnosis.stage == seen.stage and diagnosis.cause
    assert not diagnosis.candidates or diagnosis.cause in {*diagnosis.candidates, "unspecified"}
    assert set(diagnosis.text) == {"en", "fr"}
    assert diagnosis.model_validate_json(diagnosis.model_dump_json()) == diagnosis


@bounded
@given(stages, st.text(max_size=80))
def test_any_text_can_be_explained(stage: Stage, text: str) -> None:
    found = explain(protocol_of(stage), stage, text)
    assert found.stage == stage or signal_in(text)  # what a runtime says names a stage itself


@bounded
@given(words, st.sampled_from(["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"]))
def test_temporary_imap_codes_never_ask_for_the_password(text: str, code: str) -> None:
    diagnosis = explain("imap", "imap-login", f"a1 NO [{code}] {text}")
    assert not diagnosis.ask_password
    assert diagnosis.error == "imap-authentication-error"


@bounded
@given(words, st.integers(400, 499), st.sampled_from(["", "5.7.8 ", "4.7.0 "]))
def test_temporary_replies_never_ask_for_the_password(text: str, code: int, enhanced: str) -> None:
    diagnosis = explain("smtp", "smtp-login", f"{code} {enhanced}{text}")
    assert not diagnosis.ask_password
    assert diagnosis.error == "smtp-settings-incorrect"


@bounded
@given(stages, st.lists(st.text("abc XYZ09é码", min_size=1, max_size=20), max_size=3))
def test_evidence_keeps_the_lines(stage: Stage, seen: list[str]) -> None:
    kept = [line for line in seen if line.strip()]
    diagnosis = classify(Observation(stage=stage, lines=tuple(line.encode() for line in seen)))
    assert diagnosis.evidence.lines == kept


@bounded
@given(stages, st.sampled_from(["password-incorrect", "account_locked", "too/many/connections"]))
def test_urls_are_no_words(stage: Stage, path: str) -> None:
    plain = explain(protocol_of(stage), stage, "hello, see https://help.example/x for more")
    named = explain(protocol_of(stage), stage, f"hello, see https://help.example/{path} for more")
    assert (named.error, named.cause) == (plain.error, plain.cause)


@bounded
@given(words, st.sampled_from(["imap-greeting", "imap-confirm", "smtp-greeting", "smtp-rcpt"]))
def test_only_a_log_in_asks_for_the_password(text: str, stage: Stage) -> None:
    refusal = f"* BYE {text}" if stage.startswith("imap") else f"550 5.7.1 {text}"
    assert not explain(protocol_of(stage), stage, refusal).ask_password


@bounded
@given(stages, st.sampled_from(["imap.nope.invalid", "wrong.password.example.com"]))
def test_host_names_are_no_words(stage: Stage, host: str) -> None:
    plain = explain(protocol_of(stage), stage, "hello from nowhere")
    named = explain(protocol_of(stage), stage, f"hello from {host}")
    assert (named.error, named.cause) == (plain.error, plain.cause)
