"""The time line of a life: as text, drawn, in every report, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import cast

import pytest

from harness.contract.answer import NoAnswer
from harness.contract.masking import masking
from harness.judging.evidence import CheckEvidence
from harness.judging.lives.diary import Diary, Happened
from harness.judging.lives.steps_met import Unmet
from harness.judging.verdict import VERDICTS, Judgement, Verdict
from harness.reports import json_report, junit
from harness.reports.console import WIDTH, closing_lines
from harness.reports.findings import OF_LIVES, explained, findings
from harness.reports.html import results_html
from harness.reports.lives.drawing import LANE, MOST_LANES, TOP_OF_MARKS, drawing
from harness.reports.lives.time_line import MOST_ROWS, rows, shown_rows, time_line
from harness.reports.markdown import results_markdown
from harness.reports.result_text import details, explain_failure
from harness.reports.tables import NOTHING, confusion_table, naming_table, said_error
from harness.runner.events import LifeEvent, RunFinished
from harness.runner.life.life_result import life_events
from harness.runner.life.life_run import LifeRun
from harness.texts import LANGUAGES, load_report_texts, retold
from tests.harness.reports.lives.lived import (
    BREAKS,
    EVIL,
    HOSTILE,
    LIFE,
    PASSED,
    REFUSED,
    came,
    said,
    step,
)

RUN = RunFinished((LIFE, PASSED, HOSTILE), 9.0)


def test_the_time_line_says_what_happened_and_what_was_not_so() -> None:
    lines = list(time_line(LIFE))
    assert "    0.000 awaited  until: connected" in lines
    assert "    0.310 log-ins  ||  imap accepted 1, smtp accepted 1" in lines
    assert "    0.915 mailbox  change: breaks-into" in lines
    [unmet] = [line for line in lines if line.startswith("*")]
    assert unmet == "*   3.166 awaited  says: connected   <- not met"


def test_what_is_said_again_is_one_row_and_so_are_the_log_ins_meanwhile() -> None:
    told = [row for row in rows(LIFE.life) if row.who == "product" and row.state == "failing"]
    assert [row.times for row in told] == [1, 40]
    assert any("x…  imap refused 38" in line for line in time_line(LIFE))


def test_a_flood_is_shown_by_its_head_its_tail_and_what_was_not_so() -> None:
    flood = [step(float(number), f"deliver: {number}") for number in range(500)]
    flood[200] = step(200.0, "says: connected", "unmet")
    shown = shown_rows(flood)
    assert len(shown) == MOST_ROWS
    assert [row.text for row in shown[:2]] == ["deliver: 0", "deliver: 1"]
    assert shown[-1].text == "deliver: 499"
    assert [row.number for row in shown if row.state == "unmet"] == [201]
    assert "… 469 more" in [row.text for row in shown]


def test_no_step_and_no_failure_is_folded_for_what_is_said_or_done_in_between() -> None:
    waits = (said(2.0 + number, "failing", f"{REFUSED[:-6]}{number} s") for number in range(30))
    mail = (said(1.2 + n / 100, "message", f"message <{n}@example.test>") for n in range(30))
    again = said(50.0, "failing", "failing: imap-confirmation-error")
    life = (*BREAKS, *mail, *waits, again, *BREAKS)
    shown = shown_rows(life)
    assert [row.number for row in shown if row.number] == [*range(1, 17)]
    assert [row.text for row in shown if row.state == "failing"] == [
        REFUSED,
        "failing: imap-confirmation-error",
        REFUSED,
    ]
    assert [row.text for row in shown if row.who == "more"] == ["… 60 more"]
    assert len(shown) <= MOST_ROWS


def test_a_person_reads_it_in_the_console_and_in_junit() -> None:
    told = explain_failure(LIFE)
    assert "\n  time line\n" in told and "not met" in told
    assert len(told.splitlines()) <= 45
    assert "not met" in junit.report(RUN, "x").decode()
    lines = closing_lines(RUN)
    assert any("<- not met" in line for line in lines)
    assert all(len(line) <= WIDTH for line in lines)


def test_in_french_all_but_names_is_french() -> None:
    told = "\n".join(details(LIFE, "fr"))
    for word in ("chronologie", "attendu", "boîte", "produit", "pas obtenu", "réessaie dans 0.5 s"):
        assert word in told
    for word in ("awaited", "mailbox ", "not met", "tries again", "time line", "still says"):
        assert word not in told


@pytest.mark.parametrize(
    "why",
    [
        "never said that it is connected, though the mailbox works",
        "said unauthorized, though the mailbox works",
        "said unauthorized, though nothing fails",
        "says connected, but has not logged in at the mailbox",
        "says connected, but has not logged in since it failed",
        "never said that it fails",
        "never began IDLE",
        "never quiet for so long",
        "too few log-ins and connections",
        "never said that anything fails: unauthorized",
        "said unauthorized, but not within 3.2 s",
        "still says unauthorized",
        "never connected anew: it takes a dead link for a live one",
        "never logged in anew",
        "never told of 2 of the messages: <a@b>, <c@d>",
        "never sent 2 of the messages: <a@b>, <c@d>",
        "told 1 of the messages: <a@b> more than once; sent 2 of the messages: <c> more than once",
        "5 tries of what cannot succeed (bad-credentials); at most 2",
        "9 tries in 1.0 s (rate-limited): its waits do not grow; so many take 3.2 s at least",
        "37 log-ins in 5 s; at most 4",
        "it does not stay connected",
    ],
)
def test_every_reason_is_told_in_french(why: str) -> None:
    english = {"never", "said", "says", "told", "tries", "most", "least", "stay", "though", "more"}
    assert not english & set(retold("why", why, "fr").replace(";", " ").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_name_and_those_of_lives_a_sentence(language: str) -> None:
    texts = load_report_texts(language)
    assert set(texts["verdicts"]) == set(VERDICTS)
    assert set(texts["of-lives"]) == OF_LIVES
    for verdict in OF_LIVES:
        result = replace(LIFE, judgement=Judgement(verdict, why="why"))
        [found] = findings([result], language)
        assert explained(found).endswith(".") and found.what == texts["findings"][verdict]


def test_lives_that_failed_alike_are_one_finding_whatever_was_said() -> None:
    silent = replace(LIFE, id="life/other", diagnosis=None, said=None)
    assert len(findings([LIFE, silent])) == 1


@pytest.mark.parametrize(
    ("verdict", "named"),
    [
        ("late", "right"),
        ("hammered", "right"),
        ("lost-mail", "right"),
        ("duplicated-mail", "right"),
        ("not-recovered", "right"),
        ("unnoticed", "missed"),
    ],
)
def test_how_a_life_named_its_error(verdict: Verdict, named: str) -> None:
    diagnosis = None if verdict == "unnoticed" else LIFE.diagnosis
    result = replace(LIFE, judgement=Judgement(verdict), diagnosis=diagnosis)
    assert naming_table([result]).counts["unauthorized", named] == 1


def test_what_a_life_said_where_nothing_is_to_be_named() -> None:
    unnamed = replace(LIFE, diagnosis=None, life=(said(0.1, "connected"),))
    assert said_error(unnamed) == "connected"
    assert "  said        connected" in explain_failure(replace(unnamed, said=None)).splitlines()
    works = replace(
        unnamed, reproduces="connected", expected=replace(LIFE.expected, error="connected")
    )
    assert confusion_table([works]).counts["connected", "connected"] == 1
    assert said_error(replace(unnamed, life=())) == NOTHING
    assert said_error(LIFE) == "unauthorized"


def test_json_has_the_life_and_it_is_read_again() -> None:
    document = json.loads(json_report.report(RUN, "x"))
    assert document["cases"][0]["life"][0] == {
        "at_s": 0.0,
        "kind": "step",
        "text": "until: connected",
        "state": "met",
    }
    read = json_report.Results.model_validate(document)
    assert json_report.result_of(read.cases[0]).life == LIFE.life
    assert "life" in json_report.results_schema()["$defs"]["CaseEntry"]["properties"]


def test_markdown_has_the_same_lines_in_a_block_that_nothing_ends() -> None:
    text = results_markdown(RUN, "x")
    assert "*   3.166 awaited  says: connected   <- not met" in text
    assert "\x1b" not in text and "\n::error" not in text


class Tags(HTMLParser):
    """The classes of what is drawn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.classes: list[str] = []
        self.tags: set[str] = set()
        self.styled = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.classes += [value or "" for name, value in attrs if name == "class"]
        self.styled |= any(name == "style" for name, _ in attrs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_draws_it(language: str) -> None:
    page = results_html(RUN, "x", datetime.now(UTC), language)
    tags = Tags(page)
    for name in ("life-drawn", "span connected", "span failing", "tick refused", "step unmet"):
        assert name in tags.classes, name
    assert tags.classes.count("life-drawn") == 3
    assert not tags.styled, "the page of serve permits no style attributes"
    assert EVIL not in page and "\x1b" not in page
    assert load_report_texts(language)["life"]["said"] in page


def test_what_is_drawn_stays_within_its_frame() -> None:
    for life in (LIFE.life, PASSED.life, HOSTILE.life, BREAKS):
        drawn = drawing(life)
        places = [mark.x for mark in drawn.marks] + [tick.x for tick in drawn.ticks]
        assert all(0 <= place <= 100 for place in places)
        assert all(span.x + span.width <= 97.5 for span in drawn.spans)
        assert drawn.height <= TOP_OF_MARKS + MOST_LANES * LANE


def test_steps_that_come_together_do_not_cover_each_other() -> None:
    drawn = drawing([step(0.0, "deliver: 1"), step(0.001, "cut: fin"), step(9.0, "deliver: 1")])
    assert [mark.y for mark in drawn.marks] == [TOP_OF_MARKS, TOP_OF_MARKS + LANE, TOP_OF_MARKS]


def test_a_flood_of_log_ins_is_drawn_as_few_ticks() -> None:
    flood: list[LifeEvent] = []
    for number in range(5000):
        flood += came(number / 1000, "refused")
    assert len(drawing(flood).ticks) <= 900
    assert drawing(flood).logins == "refused 5000"
    assert drawing([]).spans == []


def test_the_expectation_that_was_not_met_is_marked() -> None:
    drawn = drawing(LIFE.life)
    [mark] = [mark for mark in drawn.marks if mark.state == "unmet"]
    assert drawn.unmet == mark.x and mark.number == 10
    assert drawing(PASSED.life).unmet is None


@pytest.mark.parametrize("is_unmet", [True, False])
def test_the_step_at_which_a_life_ended_was_not_met(is_unmet: bool) -> None:
    run = SimpleNamespace(
        diary=Diary(
            happened=[Happened(0.0, 0, "until", "until: connected"), Happened(1.0, 1, "cut", "")],
            last=None if is_unmet else NoAnswer("crashed", "it died"),
        ),
        unmet=Unmet("unnoticed", "") if is_unmet else None,
        over=True,
    )
    run.diary.happened.append(Happened(2.0, 2, "says", "says: unauthorized"))
    events = life_events(cast(LifeRun, run), CheckEvidence(), masking(frozenset()))
    assert [each.state for each in events] == ["met", "done", "unmet"]


def test_until_now_is_drawn_where_it_is_not_over() -> None:
    assert drawing(BREAKS, now_s=60.0).seconds == "60.0"
