"""One failure, told to the customer and to the IT team."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.check_report import CheckFindings
from harness.check_report.explanation import AUDIENCES, Audience, explanation
from harness.contract.diagnosis import Diagnosis
from harness.taxonomy import CAUSES, STAGES
from harness.taxonomy.errors import DOCUMENTED_ERRORS
from harness.texts import LANGUAGES
from tests.harness.check_report.conftest import PASSWORD, diagnosed


def told(findings: CheckFindings, audience: Audience, language: str = "en") -> str:
    return "\n".join(explanation(findings, audience, language))


def test_the_customer_is_told_in_plain_words_and_where_to_read_on(findings: CheckFindings) -> None:
    text = told(findings, "customer")
    assert "made by" not in text and "imap-login" not in text and "ALERT" not in text
    assert "a password that you make for this application only" in text
    assert "https://support.google.com/accounts/answer/185833" in text
    assert "enter your password once more" not in text  # the same again would not do


def test_the_it_team_is_told_the_exact_line_and_what_to_allow(findings: CheckFindings) -> None:
    text = told(findings, "it")
    assert "Stage imap-login, cause app-password-required" in text
    assert "a1 NO <script>alert(1)</script>" in text and "\x1b" not in text
    assert "To allow: TCP connections to 127.0.0.1:993, from 127.0.0.1." in text
    assert "TLS 1.2 and 1.3" in text and "PLAIN, LOGIN, CRAM-MD5" in text
    assert "<b>host</b>:143 refuses connections" in text


def test_nobody_is_told_to_solve_alone_what_the_it_team_is_to_be_asked(
    findings: CheckFindings,
) -> None:
    advice = ["contact-it-or-provider"]
    seen = diagnosed(stage="smtp-rcpt", cause="relay-denied", owner="customer", advice=advice)
    assert "solve this yourself" not in told(replace(findings, diagnosis=seen), "customer")
    assert "solve this yourself" in told(findings, "customer")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_password_in_either(findings: CheckFindings, audience: Audience, language: str) -> None:
    assert PASSWORD not in told(findings, audience, language)


def test_of_a_password_that_may_be_right_it_is_said_so(findings: CheckFindings) -> None:
    blocked = diagnosed(error="imap-authentication-error", cause="ip-blocked", ask_password=False)
    assert "do not change it" in told(replace(findings, diagnosis=blocked), "customer")
    wrong = diagnosed(error="unauthorized", cause="bad-credentials")
    text = told(replace(findings, diagnosis=wrong), "customer")
    assert "enter your password once more" in text and "do not change it" not in text


def test_what_the_second_look_speaks_for(findings: CheckFindings) -> None:
    seen = diagnosed(
        error="imap-confirmation-error",
        stage="imap-greeting",
        cause="closed-at-connect",
        candidates=["closed-at-connect", "client-plain-to-tls-port"],
    )
    text = told(replace(findings, diagnosis=seen, narrowed=("client-plain-to-tls-port",)), "it")
    assert "other causes: client-plain-to-tls-port (" in text
    assert "speaks for: client-plain-to-tls-port (" in text and "left as it was" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_connected_is_good_news_for_both(findings: CheckFindings, language: str) -> None:
    good = replace(findings, diagnosis=diagnosed(error="connected", stage=None, cause=None))
    assert len(explanation(good, "customer", language)) == 2
    assert "imap-login" not in told(good, "it", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_there_is_one_for_every_cause_stage_and_error(
    findings: CheckFindings, audience: Audience, language: str
) -> None:
    for cause, info in CAUSES.items():
        for owner in info.owners:
            seen = diagnosed(error="unauthorized", stage=info.stages[0], cause=cause, owner=owner)
            assert "{" not in told(replace(findings, diagnosis=seen), audience, language)
    for stage in (*STAGES, None):
        seen = diagnosed(stage=stage, cause=None)
        assert told(replace(findings, diagnosis=seen), audience, language)
    for error in DOCUMENTED_ERRORS:
        assert told(replace(findings, diagnosis=Diagnosis(error=error)), audience, language)
