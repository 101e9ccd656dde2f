"""Markdown, annotations, the page and the comparison of two runs."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from harness.contract.diagnosis import Diagnosis
from harness.files.problems import BadInput
from harness.judging.verdict import Judgement
from harness.reports import json_report
from harness.reports.console import behaviour, confusion
from harness.reports.github import annotation_lines
from harness.reports.html import results_html
from harness.reports.markdown import LONGEST, results_markdown
from harness.reports.result_text import details, excerpt
from harness.reports.tables import (
    confused,
    confusion_table,
    named_rightly,
    naming_table,
    verdict_table,
)
from harness.results.comparison import changes, read_results
from harness.runner.events import CaseResult, Expected, RunFinished, Said
from harness.runner.records import ConnectionRecord, Line

EVIL = "<script>alert(1)</script> `|*_\x1b[31m\n::error::"
LINES = (
    *(Line(number / 100, "S", f"* {number} {EVIL}", True) for number in range(20)),
    Line(0.3, "*", "imap.rules[0] fired at login", False),
    Line(0.4, "C", "a LOGIN ***", True),
)
WRONG = CaseResult(
    id="imap-authentication-error/plain",
    reproduces="imap-authentication-error",
    phase="fault",
    remedy=None,
    expected=Expected("imap-authentication-error", "imap-login", "rate-limited"),
    diagnosis=Diagnosis(error="unauthorized"),
    judgement=Judgement("wrong", ("no-logout",), EVIL),
    said=Said("EAUTH", EVIL, exit_code=3, stderr=EVIL),
    fired=("imap.rules[0]",),
    transcript=(ConnectionRecord("imap", "imap", "127.0.0.1:9", "client", "FIN", LINES),),
)
CURED = replace(
    WRONG,
    phase="remedy",
    remedy="retry-later",
    expected=Expected("connected"),
    diagnosis=Diagnosis(error="connected"),
    judgement=Judgement("passed"),
)
SILENT = replace(WRONG, id="a/b", diagnosis=None, judgement=Judgement("unclear", (), "nothing"))
ACCEPTED = replace(SILENT, id="a/c", accepted="ticket 17 (until 2026-12-31)")
MARKDOWN_TAGS = {
    *("h3", "h4", "p", "code", "pre", "ul", "li", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
RESULTS = [WRONG, CURED, SILENT, ACCEPTED]
RUN = RunFinished(tuple(RESULTS), 1.0)
WHEN = datetime(2026, 11, 26, tzinfo=UTC)


def test_the_tables() -> None:
    verdicts, confusion = verdict_table(RESULTS), confusion_table(RESULTS)
    assert verdicts.columns == ("passed", "wrong", "unclear")
    assert verdicts.counts["imap-authentication-error", "unclear"] == 2
    assert confusion.columns == ("unauthorized", "nothing")
    assert confusion.counts["imap-authentication-error", "unauthorized"] == 1
    assert confused(confusion) and not confused(confusion_table([CURED]))


def test_violations_are_counted_in_every_report() -> None:
    told = "It left IMAP without LOGOUT."
    assert behaviour([CURED]) == []
    assert behaviour(RESULTS) == [
        "How it behaved:",
        f"manners: no-logout 1: {told}",
        f"    such as {WRONG.id}",
        "",
    ]
    markdown = results_markdown(RUN, "x")
    assert "manners: no-logout in 1 of 4 checks" in markdown and told in markdown
    when = datetime(2026, 11, 26, tzinfo=UTC)
    page = results_html(RUN, "x", when)
    assert "no-logout in 1 of 4 checks" in page and told in page
    assert told not in results_html(RunFinished((CURED,), 1.0), "x", when)


def test_manners_are_told_once_with_their_count_in_every_report() -> None:
    quiet = replace(CURED, judgement=Judgement("passed", notes=("no-quit",)))
    run = RunFinished((quiet, quiet, CURED), 1.0)
    assert "noted, and changes no verdict: no-quit 2" in behaviour(run.results)
    assert "- noted, and changes no verdict: `no-quit` 2" in results_markdown(run, "x")
    page = results_html(run, "x", datetime(2026, 11, 26, tzinfo=UTC))
    assert "<code>no-quit</code> <b>2</b>" in page
    assert list(annotation_lines(run.results)) == []


def test_the_confusion_is_shown_where_there_is_any() -> None:
    assert confusion([CURED]) == []
    lines = confusion(RESULTS)
    assert "imap-authentication-error  " + "  1    2" in lines
    assert "  (2) nothing" in lines


def test_the_excerpt_is_where_the_fault_was_delivered() -> None:
    found = excerpt(WRONG)
    assert found and [line.direction for line in found[1]] == ["S", "S", "S", "*", "C"]
    assert excerpt(replace(WRONG, transcript=())) is None


def test_markdown_is_what_it_quotes_and_no_more() -> None:
    text = results_markdown(RUN, "node check.js")
    assert "2 of 4 checks did not pass, 1 accepted by the baseline" in text
    assert "| imap-authentication-error | 1 | 1 | 2 |" in text
    page = Page(MarkdownIt("commonmark").enable("table").render(text))
    assert set(page.tags) <= MARKDOWN_TAGS and page.tags.count("details") == 2  # two tables
    assert "\x1b" not in text


def test_markdown_and_annotations_are_french_where_they_are_asked_for_in_french() -> None:
    english, french = (results_markdown(RUN, "node check.js", each) for each in ("en", "fr"))
    assert "### badinbox : 2 sur 4 contrôles n'ont pas réussi, 1 acceptés" in french
    assert "| attendu | unauthorized | rien |" in french
    told = [set(text.splitlines()) for text in (english, french)]
    alike = [line for line in told[0] & told[1] if re.search(r"[a-z]{3} [a-z]{3}", line)]
    assert [line for line in alike if not re.search(r"S: |C: ", line)] == []
    [first, *_] = annotation_lines(RESULTS, "fr")
    assert first.startswith("::error title=badinbox %3A pas clair::") and "such as" not in first


def test_why_it_misbehaved_is_told_in_french_wherever_it_is_told() -> None:
    judgement = Judgement("misbehaved", ("no-logout",), "It left IMAP without LOGOUT.")
    told = "Il a quitté IMAP sans LOGOUT."
    case = replace(WRONG, judgement=judgement)
    assert f"pourquoi    {told}" in "\n".join(details(case, "fr"))
    [line] = annotation_lines([case], "fr")
    assert line.endswith(f"par exemple {WRONG.id} : {told}")
    assert told in results_html(RunFinished((case,), 1.0), "x", WHEN, "fr")


def test_markdown_fits_into_a_comment() -> None:
    said = Said("E", "x" * 500)
    many = [replace(WRONG, id=f"a/{n}", said=replace(said, error=f"E{n}")) for n in range(2000)]
    text = results_markdown(RunFinished(tuple(many), 1.0), "x")
    assert len(text) < LONGEST + 200 and "findings more." in text
    alike = RunFinished(tuple(replace(WRONG, id=f"a/{n}") for n in range(2000)), 1.0)
    assert len(results_markdown(alike, "x")) < 6_000, "one finding is one block"


def test_annotations_are_one_line_each() -> None:
    lines = list(annotation_lines(RESULTS))
    titles = [line.split("::")[1] for line in lines]
    assert titles == [f"error title=badinbox%3A {kind}" for kind in ("unclear", "wrong", "manners")]
    assert all("\n" not in line and "%0A" in line for line in lines)
    assert "such as imap-authentication-error/plain" in lines[1]
    many = [replace(WRONG, id=f"a/{n}") for n in range(500)]
    assert len(list(annotation_lines(many))) == 2, "findings, not cases"


class Page(HTMLParser):
    """Which tags there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_is_whole_and_what_was_said_stays_text() -> None:
    text = results_html(RUN, EVIL, datetime(2026, 11, 26, tzinfo=UTC))
    page = Page(text)
    assert page.tags.count("script") == 1 and all(link.startswith("#c") for link in page.outside)
    assert page.tags.count("details") == len(RESULTS)
    assert text.count(html.escape("<script>alert(1)</script>")) > 20
    assert "\U0001f512" not in text and "1F512" not in text, "a lock is a box without an emoji font"
    assert "ticket 17" in text and "It left IMAP without LOGOUT." in text


@pytest.mark.parametrize(("checks", "most"), [(120, 300_000), (1900, 2_000_000)])
@pytest.mark.parametrize("codes", [1, 40])
def test_the_page_is_small_although_everything_failed(checks: int, most: int, codes: int) -> None:
    lines = tuple(Line(n / 100, "S", f"* OK [CAPABILITY {'x' * 80}] {n}", True) for n in range(40))
    records = (replace(WRONG.transcript[0], lines=(*lines, *LINES[-2:])),) * 2
    results = [
        replace(
            WRONG,
            id=f"imap-authentication-error/{'temporary-failure' * 2}-{number}[outlook]",
            judgement=Judgement("wrong", ("no-logout", "retried-at-once"), "said this " * 15),
            said=Said(
                f"E{number % codes}", "the words of a server " * 8, "raw", 1, "at f()\n" * 100
            ),
            transcript=records,
        )
        for number in range(checks)
    ]
    when = datetime(2026, 11, 26, tzinfo=UTC)
    text = results_html(RunFinished(tuple(results), 1.0), "x", when)
    assert len(text.encode()) < most and text.count('<ol class="sequence">') >= 1


def written(tmp_path: Path, name: str, *results: CaseResult) -> Path:
    file = tmp_path / name
    file.write_bytes(json_report.report(RunFinished(results, 1.0), "x"))
    return file


def test_what_changed_between_two_runs(tmp_path: Path) -> None:
    passed = replace(SILENT, judgement=Judgement("passed"))
    rude = replace(WRONG, judgement=Judgement("misbehaved", ("no-quit",)))
    before = read_results(written(tmp_path, "a.json", WRONG, CURED, passed))
    after = read_results(written(tmp_path, "b.json", rude, SILENT, ACCEPTED))
    assert [(c.check, c.kind, c.before, c.after) for c in changes(before, after)] == [
        ("imap-authentication-error/plain after retry-later", "gone", "passed", ""),
        (
            "imap-authentication-error/plain",
            "otherwise",
            "wrong (said unauthorized)",
            "misbehaved (no-quit)",
        ),
        ("a/b", "worse", "passed", "unclear"),
        ("a/c", "new", "", "unclear"),
    ]
    assert [change.kind for change in changes(after, before)].count("better") == 1
    assert list(changes(before, before)) == []


@pytest.mark.parametrize("content", ["", "{}", "[1]", json.dumps({"cases": [{}], "summary": 1})])
def test_a_file_that_holds_no_results(tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    with pytest.raises(BadInput) as caught:
        read_results(file)
    assert str(caught.value).startswith(f"{file}: ") and "\n" not in str(caught.value)


def test_who_shows_the_servers_words_names_nothing_and_has_a_column() -> None:
    known = {"phase": "fault", "remedy": None, "expected": Expected("unauthorized")}
    shows = CaseResult(
        id="unauthorized/x",
        reproduces="unauthorized",
        diagnosis=Diagnosis(error="unclassified"),
        judgement=Judgement("passed", notes=("claims-nothing",)),
        **known,
    )
    assert naming_table([shows]).counts == {("unauthorized", "server-words"): 1}
    assert confusion_table([shows]).counts == {("unauthorized", "server-words"): 1}
    assert not named_rightly(shows) and shows.passed
