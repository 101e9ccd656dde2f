"""Who lies for a moment only, or of what nothing at the mailbox has shown, is caught as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.checker.imap import ImapVisit
from harness.stayer.inbox import InboxRoutine
from harness.stayer.known_messages import KnownMessages
from tests.harness.runner.life import liars, momentary
from tests.harness.runner.life.liars import Alters, Lying
from tests.harness.runner.life.lived import verdict


@pytest.mark.parametrize("name", ["restart", "password", "hangs"])
def test_who_tells_of_what_was_there_at_first_lies(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_began = KnownMessages.__init__

    def init(known: KnownMessages) -> None:
        never_began(known)
        known.began = True

    monkeypatch.setattr(KnownMessages, "__init__", init)
    found, why = verdict(Lying(liars.honest), name, tmp_path)
    assert (found, "before it connected" in why) == ("misbehaved", True)


def test_so_does_who_tells_of_it_once_uids_count_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = KnownMessages.begin

    def forgets(known: KnownMessages, *there: Any) -> list[str]:
        first = not known.began
        unknown = begin(known, *there)
        if first:
            known._message_ids.clear()
        return unknown

    monkeypatch.setattr(KnownMessages, "begin", forgets)
    assert verdict(Lying(liars.honest), "anew", tmp_path)[0] == "misbehaved"


@pytest.mark.parametrize(
    ("liar", "name", "expected"),
    [
        (momentary.alarm_at_first, "password", "wrong"),
        (momentary.alarm_at_first, "restart", "wrong"),
        (momentary.alarm_at_first, "greylisted", "wrong"),
        (momentary.alarm_at_first, "token", "wrong"),
        (momentary.alarm_at_mail, "password", "wrong"),
        (momentary.alarm_at_mail, "restart", "wrong"),
        (momentary.alarm_at_mail, "anew", "wrong"),
        (momentary.alarm_at_mail, "send", "wrong"),
        (momentary.alarm_once_cured, "password", "wrong"),
        (momentary.alarm_once_cured, "limit", "wrong"),
        (momentary.alarm_once_cured, "token", "wrong"),
        (momentary.alarm_once_cured, "send", "wrong"),
        (liars.blames_at_mail, "renewed", "wrong"),
        (momentary.asks_at_mail, "renewed", "wrong"),
        (momentary.blames_for_a_moment, "renewed", "wrong"),
        (momentary.wrong_cause_first, "password", "wrong"),
        (momentary.wrong_cause_first, "limit", "wrong"),
        (momentary.wrong_cause_first, "token", "wrong"),
        (momentary.wrong_cause_first, "locked", "wrong"),
        (momentary.wrong_cause_first, "send", "wrong"),
        (momentary.wrong_cause_first, "recipient", "wrong"),
        (momentary.wrong_stage_then, "limit", "wrong"),
        (momentary.wrong_stage_then, "password", "wrong"),
        (momentary.learns_its_cause, "password", "passed"),
        (momentary.learns_its_cause, "limit", "passed"),
        (momentary.learns_its_cause, "send", "passed"),
        (momentary.does_not_know_at_first, "password", "passed"),
        (momentary.does_not_know_at_first, "restart", "passed"),
    ],
)
def test_who_lies_for_a_moment(
    liar: Callable[[], Alters], name: str, expected: str, tmp_path: Path
) -> None:
    assert verdict(Lying(liar), name, tmp_path)[0] == expected


@pytest.mark.parametrize("name", ["quiet", "greylisted"])
@pytest.mark.parametrize("asks", [ImapVisit.poll, ImapVisit.confirm])
def test_who_asks_without_pause_hammers(
    asks: Callable[[ImapVisit], object], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InboxRoutine, "_rest", lambda _, visit: [asks(visit) for _ in range(10)])
    assert verdict(Lying(liars.honest), name, tmp_path)[0] == "hammered"


@pytest.mark.parametrize("name", ["locked-long", "token-long"])
def test_who_puts_off_its_next_try_for_ever(name: str, tmp_path: Path) -> None:
    found, why = verdict(Lying(liars.honest, puts_off=True), name, tmp_path)
    assert (found, "not at all" in why) == ("misbehaved", True)
