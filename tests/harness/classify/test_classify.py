"""Precedence, derivation of the error, and what else a diagnosis carries."""

from __future__ import annotations

import pytest

from harness.classify import classify, explain
from harness.classify.observation import Observation, ObservedKind
from harness.classify.trace import trace
from harness.taxonomy import Stage, protocol_of


def test_a_reply_beats_a_later_disconnect() -> None:
    seen = Observation("smtp-login", "reset", lines=(b"535 5.7.8 Authentication failed\r\n",))
    assert classify(seen).cause == "bad-credentials"


def test_lines_that_refuse_nothing_do_not_hide_a_disconnect() -> None:
    seen = Observation("imap-login", "eof", lines=(b"* OK Still here\r\n",))
    assert classify(seen).cause == "dropped"


def test_untagged_alert_counts() -> None:
    text = "* NO [ALERT] Too many simultaneous connections.\r\na1 NO LOGIN failed"
    assert explain("imap", "imap-login", text).cause == "too-many-connections"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"554 5.7.1 Your IP address is blocked\r\n", ("smtp-greeting", "ip-blocked")),
        (b"421 mail.example You talk too soon\r\n", ("smtp-tls", "client-tls-to-plain-port")),
        (b"220 mail.example ESMTP\r\n", ("smtp-tls", "client-tls-to-plain-port")),
    ],
)
def test_a_refusal_in_place_of_tls_is_a_greeting(raw: bytes, said: tuple[str, str]) -> None:
    seen = Observation("smtp-tls", "tls-error", raw=raw, tls_reason="WRONG_VERSION_NUMBER")
    diagnosis = classify(seen)
    assert (diagnosis.stage, diagnosis.cause) == said
    assert trace(seen)[0].rule.id == diagnosis.rule


def test_a_bare_no_blames_nothing() -> None:
    diagnosis = explain("imap", "imap-login", "a1 NO LOGIN failed.")
    assert diagnosis.error == "imap-authentication-error"
    assert diagnosis.cause == "unspecified" and diagnosis.confidence == "inferred"
    assert not diagnosis.ask_password and "bad-credentials" in diagnosis.candidates


def test_yandex_two_causes_are_listed() -> None:
    text = "a1 NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials or IMAP is disabled"
    diagnosis = explain("imap", "imap-login", text)
    assert {"imap-disabled", "bad-credentials"} <= set(diagnosis.candidates)
    assert not diagnosis.ask_password
    assert "code-authentication-failed" in diagnosis.other_rules


def test_imap_accepted_the_same_pair() -> None:
    seen = Observation("smtp-login", lines=(b"535 5.7.8 no",), imap_accepted_login=True)
    diagnosis = classify(seen)
    assert diagnosis.error == "unauthorized"
    assert diagnosis.candidates[0] == "smtp-auth-disabled"
    assert "bad-credentials" in diagnosis.candidates and diagnosis.confidence == "inferred"


@pytest.mark.parametrize(
    ("stage", "reply", "exact"),
    [
        ("smtp-login", "454 4.7.0 Temporary authentication failure", False),
        ("smtp-login", "535 5.7.139 basic authentication is disabled", False),
        ("smtp-login", "535 5.7.8 bad user/pass", True),
        ("smtp-mail", "550 5.7.1 sender rejected", True),
    ],
)
def test_exact(stage: str, reply: str, exact: bool) -> None:
    assert explain("smtp", stage, reply).exact is exact


@pytest.mark.parametrize("words", ["", "x", "LOGIN failed", "Login failed.", "AUTHENTICATE failed"])
def test_a_bare_no_may_be_the_credentials_and_is_never_exact(words: str) -> None:
    diagnosis = explain("imap", "imap-login", f"a1 NO {words}")
    assert (diagnosis.error, diagnosis.cause) == ("imap-authentication-error", "unspecified")
    assert "bad-credentials" in diagnosis.candidates
    assert not diagnosis.exact and not diagnosis.ask_password


def test_cyrus_bare_authentication_failure_reads_as_the_credentials() -> None:
    diagnosis = explain("imap", "imap-login", "a1 NO authentication failure")
    assert (diagnosis.error, diagnosis.cause) == ("unauthorized", "bad-credentials")
    assert diagnosis.candidates[0] == "bad-credentials" and len(diagnosis.candidates) > 1
    assert not diagnosis.exact and diagnosis.ask_password


def test_advice_about_credentials_is_left_out_where_it_would_mislead() -> None:
    diagnosis = explain("imap", "imap-login", "a1 NO Basic authentication is disabled.")
    assert diagnosis.advice[0] == "connect-with-oauth"
    assert "use-app-password" not in diagnosis.advice


@pytest.mark.parametrize("kind", ["timeout", "eof", "reset"])
def test_a_message_that_may_have_been_sent_is_not_to_be_repeated(kind: ObservedKind) -> None:
    assert not classify(Observation(stage="smtp-end-of-data", kind=kind)).retryable
    assert classify(Observation(stage="smtp-data", kind=kind)).retryable


def test_retry_follows_the_reply_code_while_sending() -> None:
    assert explain("smtp", "smtp-mail", "451 4.7.1 rate limited").retryable
    assert not explain("smtp", "smtp-mail", "550 5.4.5 Daily quota exceeded").retryable


def test_evidence() -> None:
    evidence = explain("smtp", "smtp-login", "535-5.7.8 no\\r\\n535 5.7.8 really").evidence
    assert (evidence.reply_code, evidence.enhanced_code) == (535, "5.7.8")
    assert evidence.lines == ["535-5.7.8 no", "535 5.7.8 really"]
    code = explain("imap", "imap-login", "a NO [REFERRAL imap://u@b.example/] x").evidence
    assert code.response_code == "REFERRAL imap://u@b.example/"


@pytest.mark.parametrize(
    "reply",
    [
        "535 Error: 请使用授权码登录".encode("gbk"),
        "535 Error: 请使用授权码登录".encode(),
        "535 Error: 请使用授权码登录",
        "535 Error: 请使用授权码登录".encode("gbk").decode("latin-1"),
        r"535 Error: \xc7\xeb\xca\xb9\xd3\xc3\xca\xda\xc8\xa8\xc2\xeb\xb5\xc7\xc2\xbc",
        "535 Error: 请使用授权码登录".encode("gbk").decode("utf-8", "surrogateescape"),
    ],
)
def test_charsets(reply: str | bytes) -> None:
    assert explain("smtp", "smtp-login", reply).cause == "app-password-required"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-8"])
def test_russian_charsets(encoding: str) -> None:
    reply = "535 Неверный логин или пароль".encode(encoding)
    assert explain("smtp", "smtp-login", reply).cause == "bad-credentials"


@pytest.mark.parametrize(
    ("protocol", "stage"), [("imap", "smtp-login"), ("smtp", "imap-login"), ("imap", "login")]
)
def test_a_stage_of_the_other_protocol_is_an_error(protocol: str, stage: str) -> None:
    with pytest.raises(ValueError, match=f"'{stage}' is not a stage of '{protocol}'"):
        explain(protocol, stage, "x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "text", "cause"),
    [
        ("imap-tls", "[SSL: DH_KEY_TOO_SMALL] dh key too small", "tls-too-weak"),
        ("smtp-tls", "unsafe legacy renegotiation disabled", "tls-too-weak"),
        ("smtp-tls", "x509: certificate relies on legacy Common Name field", "hostname-mismatch"),
        ("imap-tls", "ERR_TLS_CERT_ALTNAME_INVALID", "hostname-mismatch"),
        ("imap-connect", "connect ECONNREFUSED 192.0.2.1:993", "refused"),
    ],
)
def test_before_a_server_can_speak_the_words_are_a_runtimes(stage, text, cause):
    assert explain(stage.partition("-")[0], stage, text).cause == cause
    assert explain("imap", "imap-login", f"a1 NO {text}").cause == "unspecified"


@pytest.mark.parametrize(
    ("stage", "reply", "cause", "retry"),
    [
        ("imap-confirm", "a3 BAD Invalid command or parameters", "protocol-error", False),
        ("imap-confirm", "a3 BAD User is authenticated but not connected.", None, True),
        ("smtp-login", "535 5.7.0 (#AUTH005) Too many bad auth attempts.", "rate-limited", True),
        ("smtp-mail", "501 5.1.7 Bad sender address syntax", "sender-not-allowed", False),
        ("smtp-mail", "501 5.1.7 Address too long", "sender-not-allowed", False),
        (
            "imap-confirm",
            "* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.",
            "rate-limited",
            True,
        ),
        ("imap-confirm", "a3 NO [OVERQUOTA] Mailbox is full", "quota-exceeded", False),
    ],
)
def test_what_public_reports_found_wanting(
    stage: Stage, reply: str, cause: str | None, retry: bool
) -> None:
    diagnosis = explain(protocol_of(stage), stage, reply)
    assert cause is None or diagnosis.cause == cause
    assert diagnosis.retryable is retry and not diagnosis.ask_password


@pytest.mark.parametrize("stage", ["imap-login", "imap-confirm"])
def test_a_session_that_ends_with_its_token_has_answered_and_said_why(stage: Stage) -> None:
    diagnosis = explain("imap", stage, "* BYE Session invalidated - AccessTokenExpired")
    assert (diagnosis.error, diagnosis.cause) == ("unauthorized", "token-expired")
    assert not diagnosis.ask_password


def test_a_command_that_went_well_is_no_failure_whatever_code_it_carries() -> None:
    throttled = explain("imap", "imap-confirm", "* OK [THROTTLED]\r\na3 NO No such mailbox")
    assert throttled.cause == "mailbox-unavailable"
    assert explain("imap", "imap-confirm", "a3 NO [THROTTLED] slow down").cause == "rate-limited"


def test_html_is_read_and_paths_behind_a_host_are_no_words() -> None:
    text = "a1 NO Your&nbsp;password&nbsp;is&nbsp;wrong"
    assert explain("imap", "imap-login", text).cause == "bad-credentials"
    named = "a1 NO Refused. More at mail.example.com/login?error=invalid_password"
    assert explain("imap", "imap-login", named).cause == "unspecified"


OF_TOKENS = ["token-expired", "token-revoked", "token-scope", "token-for-another-user"]


@pytest.mark.parametrize(
    ("line", "cause", "candidates"),
    [
        ("a1 NO [AUTHENTICATIONFAILED] Invalid credentials", "unspecified", OF_TOKENS),
        (
            "a1 NO [AUTHENTICATIONFAILED] Diese Postleitzahl macht heute Pause",
            "unspecified",
            OF_TOKENS,
        ),
        ("a1 NO x", "unspecified", OF_TOKENS),
        (
            "a1 NO [AUTHENTICATIONFAILED] AUTHENTICATE invalid credentials or IMAP is disabled",
            "imap-disabled",
            ["smtp-auth-disabled", *OF_TOKENS],
        ),
        ("a1 NO [EXPIRED] Token has expired", "token-expired", []),
        ("a1 NO [EXPIRED] It has expired", "unspecified", OF_TOKENS),
        ("a1 NO [ALERT] Application-specific password required", "unspecified", OF_TOKENS),
        ("a1 NO [ALERT] IMAP access is disabled for your domain.", "imap-disabled", []),
        (
            "a1 NO [UNAVAILABLE] Sorry",
            "temporary-failure",
            ["server-unavailable", "rate-limited"],
        ),
    ],
)
def test_what_is_said_of_a_password_is_said_of_a_token(line, cause, candidates):
    found = classify(Observation("imap-login", lines=(line.encode(),), by_token=True))
    assert found.cause == cause
    assert [each for each in found.candidates if each != cause] == candidates
    assert not found.ask_password
    assert not {"confirm-address-and-password", "use-app-password"} & set(found.advice)


def test_imap_took_the_token_that_smtp_refuses():
    lines = (b"535 5.7.3 Authentication unsuccessful",)
    found = classify(
        Observation("smtp-login", lines=lines, by_token=True, imap_accepted_login=True)
    )
    assert found.candidates == ["unspecified", "smtp-auth-disabled", *OF_TOKENS]
    assert found.error == "unauthorized"
