"""The report as a file: complete, masked, and nothing in it but text."""

from __future__ import annotations

import datetime
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.check_report import CheckFindings
from harness.check_report.check_findings import without_user
from harness.check_report.document import FORMS, document, html, markdown
from harness.texts import LANGUAGES
from tests.harness.check_report.conftest import PASSWORD

WHEN = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("suffix", FORMS)
def test_everything_is_in_it_but_the_password(
    findings: CheckFindings, suffix: str, language: str
) -> None:
    text = FORMS[suffix](document(findings, language, WHEN))
    assert PASSWORD not in text
    for expected in (
        "badinbox serve unauthorized-app-password-required/gmail-imap",
        "AUTHENTICATE PLAIN ***",
        "TLSv1.3",
        "0.25",
        "2026-01-02 03:04 UTC",
        "https://support.google.com/accounts/answer/185833",
        "\\x1b",
    ):
        assert expected in text, expected
    assert "\x1b" not in text


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)


def test_in_html_nothing_of_a_server_is_markup(findings: CheckFindings) -> None:
    text = html(document(findings, "en", WHEN))
    tags = _Tags(text).tags
    assert "script" not in tags and "b" not in tags
    assert "&lt;script&gt;" in text
    assert '<html lang="fr">' in html(document(findings, "fr", WHEN))


def test_in_markdown_nothing_of_a_server_is_markup(findings: CheckFindings) -> None:
    text = markdown(document(findings, "en", WHEN))
    prose, fenced = text.split("\n````text\n", 1)
    assert "<script>" not in prose.replace("\\<script\\>", "")
    assert "[x](" not in prose.replace("\\[x\\](", "")
    assert "\n```\n" not in fenced.split("\n````\n")[0]  # the server's own fence is no end


def test_without_the_user(findings: CheckFindings) -> None:
    settings = findings.settings.model_copy(update={"username": "DOMAIN\\asmith"})
    named = replace(
        findings,
        settings=settings,
        said=(
            *findings.said,
            replace(findings.said[0], text="NO user anna.smith unknown, nor DOMAIN\\asmith"),
        ),
    )
    for suffix, form in FORMS.items():
        text = form(document(without_user(named), "en", WHEN))
        assert "anna" not in text.lower() and "asmith" not in text, suffix
        assert "example.test" in text


def test_a_short_name_is_hidden_in_the_address_only(findings: CheckFindings) -> None:
    settings = findings.settings.model_copy(update={"email": "ok@example.test"})
    said = (replace(findings.said[0], text="* OK hello ok@example.test"),)
    hidden = without_user(replace(findings, settings=settings, said=said))
    assert hidden.settings.email == "***@example.test"
    assert hidden.said[0].text == "* OK hello ***@example.test"


def test_a_report_of_no_connection_at_all(findings: CheckFindings) -> None:
    empty = replace(findings, said=(), probes=(), provider=None, scenario=None, steps=())
    for form in FORMS.values():
        assert "No connection was made" in form(document(empty, "en", WHEN))


@pytest.mark.parametrize(("language", "unreached"), [("en", "not reached"), ("fr", "pas atteinte")])
def test_all_five_steps_are_in_it(findings: CheckFindings, language: str, unreached: str) -> None:
    text = markdown(document(findings, language, WHEN))
    rows = [line for line in text.splitlines() if line.endswith(f"| {unreached} |  |  |")]
    assert len(rows) == 3
    assert html(document(findings, language, WHEN)).count(f"<td>{unreached}</td>") == 3
    well = findings.diagnosis.model_copy(update={"error": "connected"})
    assert unreached not in markdown(document(replace(findings, diagnosis=well), language, WHEN))


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_things_to_do_are_numbered(findings: CheckFindings, language: str) -> None:
    several = ["use-app-password", "contact-it-or-provider"]
    for advice in (several, several[:1]):
        one = findings.diagnosis.model_copy(update={"advice": advice})
        shown = document(replace(findings, diagnosis=one), language, WHEN)
        numbered = len(advice) > 1
        assert ("\n\n1. " in markdown(shown)) == ("\n2. " in markdown(shown)) == numbered
        assert (html(shown).count("<ol>"), html(shown).count("</ol>")) == (2 * numbered,) * 2
