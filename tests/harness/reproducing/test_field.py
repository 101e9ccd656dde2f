"""Tickets of real products (`field/`): what is read in them, and what may never be.

The shares are those that are measured (`python -m bench.field`): they may only grow.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bench.field import (
    FOLDER,
    KEYS,
    PERSONAL,
    asks_in_vain,
    invented,
    leaks,
    quotes,
    read,
    tickets,
    verdict,
)
from harness.taxonomy import CAUSES, DOCUMENTED_ERRORS, STAGES
from tests.table import each_row

EVERY = list(tickets())
GOOD = {
    "first": 0.98, "second": 0.98, "third": 1.0, "fourth": 1.0, "fifth": 0.96, "sixth": 1.0,
    "seventh": 0.95, "eighth": 0.97, "ninth": 0.96, "tenth": 0.96,
    "eleventh": 0.96, "twelfth": 1.0, "thirteenth": 1.0, "fourteenth": 0.99,
    "fifteenth": 1.0,
    "sixteenth": 0.97, "seventeenth": 0.96, "eighteenth": 0.94, "nineteenth": 0.94,
    "twentieth": 0.97, "twenty-first": 0.90, "twenty-second": 0.94, "twenty-third": 0.94,
    "twenty-fourth": 0.95, "twenty-fifth": 0.95, "twenty-sixth": 0.88, "twenty-seventh": 0.75,
    "twenty-eighth": 0.95, "twenty-ninth": 0.81, "thirtieth": 0.80, "thirty-first": 0.90,
    "thirty-second": 0.88, "thirty-third": 0.83, "thirty-fourth": 0.78,
    "thirty-fifth": 0.78, "thirty-sixth": 0.86, "thirty-seventh": 0.88,
    "thirty-eighth": 0.84, "thirty-ninth": 0.84, "fortieth": 0.94, "forty-first": 0.94,
    "forty-second": 0.93, "forty-third": 0.86, "forty-fourth": 0.84, "forty-fifth": 0.80,
    "forty-sixth": 0.77,
}  # fmt: skip
"""At least so many are right or acceptable."""
WRONG = {
    **dict.fromkeys(GOOD, 0.0),
    "eighteenth": 0.02,
    "nineteenth": 0.02,
    "twenty-first": 0.05,
    "twenty-second": 0.0,
    "twenty-third": 0.02,
    "twenty-fourth": 0.0,
    "twenty-fifth": 0.02,
    "twenty-seventh": 0.02,
    "twenty-ninth": 0.02,
    "thirty-first": 0.04,
    "thirty-fourth": 0.02,
    "thirty-sixth": 0.02,
    "thirty-seventh": 0.04,
    "thirty-eighth": 0.04,
    "thirty-ninth": 0.02,
    "forty-first": 0.02,
    "forty-second": 0.03,
    "forty-fourth": 0.03,
    "forty-sixth": 0.05,
}
"""At most so many are wrong."""
QUOTED = {
    "first": 0.91, "second": 0.92, "third": 0.92, "fourth": 0.88, "fifth": 0.84, "sixth": 0.96,
    "seventh": 0.90, "eighth": 0.86, "ninth": 0.96, "tenth": 0.83,
    "eleventh": 0.88, "twelfth": 1.0, "thirteenth": 0.91, "fourteenth": 0.86,
    "fifteenth": 0.92,
    "sixteenth": 0.77, "seventeenth": 0.78, "eighteenth": 0.80, "nineteenth": 0.79,
    "twentieth": 0.77, "twenty-first": 0.85, "twenty-second": 0.76, "twenty-third": 0.86,
    "twenty-fourth": 0.86, "twenty-fifth": 0.75, "twenty-sixth": 0.78, "twenty-seventh": 0.73,
    "twenty-eighth": 0.73, "twenty-ninth": 0.80, "thirtieth": 0.80, "thirty-first": 0.66,
    "thirty-second": 0.70, "thirty-third": 0.80, "thirty-fourth": 0.80,
    "thirty-fifth": 0.80, "thirty-sixth": 0.84, "thirty-seventh": 0.75,
    "thirty-eighth": 0.84, "thirty-ninth": 0.76, "fortieth": 0.89, "forty-first": 0.77,
    "forty-second": 0.86, "forty-third": 0.78, "forty-fourth": 0.84, "forty-fifth": 0.85,
    "forty-sixth": 0.77,
}  # fmt: skip
"""At least of so many, the server's lines are told whole."""
KNOWN = {
    "error": {*DOCUMENTED_ERRORS, None},
    "stage": {*STAGES, None},
    "cause": {*CAUSES, None},
    "ask_password": {"yes", "no"},
}
NOBODY = {
    "PASS@yahoo.com",
    "admin@grafana.localhost",
    "bounce-N@domain.tl",
    "example@example.com",
    "example@outlook.com",
    "gaga@validServer.com",
    "myEmail@outlook.com",
    "xxx@163.com",
    "your_email@outlook.com",
}
"""Addresses that reports have where a person's was."""


def test_a_folder_is_a_draw():
    assert {ticket.draw for ticket in EVERY} == set(GOOD)
    assert len(EVERY) > 120


@each_row((f"{ticket.draw}/{ticket.id}", ticket) for ticket in EVERY)
def test_a_ticket_is_labelled_and_without_persons(ticket):
    assert set(ticket.label) == set(KEYS) and set(ticket.accept) <= set(KEYS)
    for key in KEYS:
        assert {ticket.label[key], *ticket.accept.get(key, [])} <= KNOWN[key]
    people = re.findall(
        r"[\w.+-]+@(?!beispiel\.example|188\.com|imap\.gmail|smtp-relay|45435\.4534|mailers|0\.8|7\.0|6\.9|192\.0|\d+\.\d)[\w-]+\.\w+",
        ticket.input,
    )
    assert not [each for each in people if "beispiel" not in each.lower() and each not in NOBODY]
    assert not re.findall(
        r"/(?:home|Users)/(?!beispiel|frappe|git\b|pi\b|admin|app\b|clients\b|runner\b|zulip\b|ory\b|deploy\b|odoo\b|email_client\b|vmail\b)\w+",
        ticket.input,
    )


@pytest.mark.parametrize("draw", GOOD)
def test_a_draw_is_read(draw, tmp_path):
    rows = [(ticket, read(ticket, tmp_path)) for ticket in EVERY if ticket.draw == draw]
    assert {t.id: found for t, r in rows if (found := invented(t, r))} == {}
    assert {t.id: found for t, r in rows if (found := leaks(r))} == {}
    assert [t.id for t, r in rows if asks_in_vain(t, r)] == []
    said = Counter(verdict(ticket, reading) for ticket, reading in rows)
    assert (said["right"] + said["acceptable"]) / len(rows) >= GOOD[draw], said
    assert said["wrong"] / len(rows) <= WRONG[draw], said
    assert sum(quotes(ticket, reading) for ticket, reading in rows) / len(rows) >= QUOTED[draw]


def test_what_is_personal_is_found():
    assert PERSONAL.search("reply to anna.beispiel@beispiel.example")
    assert PERSONAL.search("text: from 192.0.2.17") and not PERSONAL.search("text: from {peer}")
    assert sum(bool(PERSONAL.search(ticket.input)) for ticket in EVERY) > 50
    assert FOLDER.is_dir()
