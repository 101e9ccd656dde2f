"""A connector that gives a result for each service: which is judged, and what of the other."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import badinbox
from fakeservers.wire.transcript import Step, TlsProgress, Transcript
from harness.contract.answer import NoAnswer, Report, Reported, read_report
from harness.contract.diagnosis import Diagnosis
from harness.judging.evidence import CheckEvidence
from harness.judging.expectation import Expectation, Fault
from harness.judging.interpret import interpret
from harness.judging.verdict import Judgement, judge
from harness.mapping import Mapping
from harness.taxonomy import Protocol

from .made import connection, fired, login

REFUSED = Expectation(
    error="unauthorized",
    stage="imap-login",
    fault=Fault("imap", "imap-login", "rule", rules=frozenset({"imap.rules[0]"})),
)
CURED = Expectation(error="connected", phase="remedy")
MET = CheckEvidence(connections=(fired(), connection("smtp", tls=("EHLO", "QUIT"))))
WELL = CheckEvidence(delivered=True)
MAPPING = Mapping(rules=[{"code": "EAUTH", "means": "unauthorized"}])


def judged(
    imap: str | None,
    smtp: str | None,
    expected: Expectation = REFUSED,
    saw: CheckEvidence = MET,
    service: Protocol | None = "imap",
    **more: Any,
) -> Judgement:
    results = {"imap": imap, "smtp": smtp}
    given = {name: {"error": error} for name, error in results.items() if error}
    report = read_report({"results": given, **more})
    assert isinstance(report, Report)
    found = interpret(Reported(report), MAPPING, expected.errors, expected.cause, service)
    return judge(expected, found, saw)


@pytest.mark.parametrize(
    ("imap", "smtp", "verdict"),
    [
        ("unauthorized", "connected", "passed"),
        ("EAUTH", "connected", "passed"),
        ("unauthorized", None, "passed"),
        ("connected", "connected", "missed"),
        ("connected", "unauthorized", "missed"),
        ("imap-settings-incorrect", "connected", "wrong"),
        ("unauthorized", "smtp-settings-incorrect", "wrong"),
        ("unauthorized", "EWHAT", "wrong"),
        ("EWHAT", "connected", "unclear"),
        (None, "connected", "missed"),
        (None, "unauthorized", "wrong"),
    ],
)
def test_the_faulty_service_decides(imap: str | None, smtp: str | None, verdict: str) -> None:
    assert judged(imap, smtp).verdict == verdict


def test_a_failure_that_was_not_there_is_named() -> None:
    assert judged("EAUTH", "ESMTP").why == "said 'ESMTP' of smtp, where nothing failed"


def broken(*, handshake: TlsProgress = "none", **more: Any) -> Transcript:
    return replace(connection("smtp", **more), tls=handshake)


NO = Step("login", said=bytearray(b"535 5.7.8 no\r\n"))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ((), "wrong"),
        ((broken(),), "wrong"),
        ((broken(clear=("QUIT",), ended_by="server"),), "wrong"),
        ((broken(steps=[NO]),), "passed"),
        ((broken(ended_by="server"),), "passed"),
        ((broken(handshake="answered"),), "passed"),
        ((broken(fired=["smtp.rules[0]"]),), "passed"),
    ],
)
def test_a_failure_of_the_other_that_was_seen_is_believed(other, verdict: str) -> None:
    saw = CheckEvidence(connections=(fired(), *other))
    assert judged("unauthorized", "unauthorized", saw=saw).verdict == verdict


def test_a_refused_log_in_and_a_port_where_nobody_answers_are_failures_too() -> None:
    tried = connection("smtp")
    refused = replace(MET, connections=(fired(), tried), logins=(login("smtp", tried.number),))
    assert judged("unauthorized", "unauthorized", saw=refused).verdict == "passed"
    for knocked, verdict in ((True, "passed"), (None, "passed"), (False, "wrong")):
        saw = replace(MET, connections=(fired(),), knocks={"smtp": knocked, "imap": False})
        assert judged("unauthorized", "smtp-settings-incorrect", saw=saw).verdict == verdict


def test_connected_only_where_both_are() -> None:
    assert judged("connected", "connected", CURED, WELL, None).verdict == "passed"
    assert judged("connected", None, CURED, WELL, None).verdict == "passed"
    assert judged("connected", "unauthorized", CURED, WELL, None).verdict == "not-cured"
    assert judged("EWHAT", "connected", CURED, WELL, None).verdict == "unclear"
    whole = judged("connected", "connected", CURED, WELL, None, error="unauthorized")
    assert whole.verdict == "not-cured"


def test_what_is_said_of_the_whole_decides_where_the_faulty_service_has_no_result() -> None:
    assert judged(None, "connected", error="unauthorized").verdict == "passed"


def test_the_password_and_the_warnings_of_all_count() -> None:
    told = {"imap": {"error": "connected", "warnings": ["b"]},
            "smtp": {"error": "connected", "warnings": ["a"], "ask_password": True}}  # fmt: skip
    report = read_report({"results": told})
    assert isinstance(report, Report) and report.error == "connected"
    found = interpret(Reported(report), None, ["connected"], None)
    assert isinstance(found, Diagnosis)
    assert (found.warnings, found.ask_password) == (["a", "b"], True)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"results": {"imap": {"error": "connected"}, "smtp": {"error": "E"}}}, "E"),
        ({"results": {"imap": {"error": "connected"}}}, "connected"),
        ({"error": "F", "results": {"imap": {"error": "E"}}}, "F"),
    ],
)
def test_an_answer_with_results_needs_no_error(answer: dict[str, Any], error: str) -> None:
    report = read_report(answer)
    assert isinstance(report, Report) and report.error == error
    Draft202012Validator(Report.model_json_schema()).validate(answer)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"results": {}}, "without the key `error`"),
        ({"results": {"imap": {}}}, "results.imap.error"),
        ({"results": {"pop3": {"error": "E"}}}, "results.pop3"),
        ({"results": [1]}, "error"),
    ],
)
def test_results_that_cannot_be_read(answer: dict[str, Any], why: str) -> None:
    found = read_report(answer)
    assert isinstance(found, NoAnswer) and why in found.why, found
    valid = Draft202012Validator(Report.model_json_schema()).is_valid(answer)
    assert valid is (answer["results"] == {})


def both(settings: badinbox.ConnectionSettings) -> dict[str, Any]:
    """Logs in to both services whatever the other one said, and sends nothing."""
    trusted = ssl.create_default_context(cafile=settings.ca_file)
    results = {name: {"error": "connected"} for name in ("imap", "smtp")}
    try:
        with imaplib.IMAP4_SSL(settings.imap.host, settings.imap.port, ssl_context=trusted) as imap:
            imap.login(settings.login, settings.password)
    except imaplib.IMAP4.error:
        results["imap"] = {"error": "unauthorized"}
    assert settings.smtp.security == "implicit-tls"
    try:
        with smtplib.SMTP_SSL(
            settings.smtp.host, settings.smtp.port, context=trusted, timeout=30
        ) as smtp:
            smtp.ehlo()
            smtp.user, smtp.password = settings.login, settings.password
            smtp.auth("PLAIN", smtp.auth_plain)  # smtplib's login tries all mechanisms in turn
    except smtplib.SMTPAuthenticationError:
        results["smtp"] = {"error": "unauthorized"}
    return {"results": results}


def test_a_wrong_password_is_refused_by_both() -> None:
    for case in ("unauthorized/bad-password-imap[gmail]", "unauthorized/bad-password-smtp[gmail]"):
        with badinbox.mailbox(case) as mailbox:
            answer = both(mailbox.settings)
            assert answer["results"]["smtp"] == {"error": "unauthorized"}
            assert mailbox.judge(answer).passed, mailbox.judge(answer).judgement
