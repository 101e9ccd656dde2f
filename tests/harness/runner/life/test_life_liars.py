"""Who lies in a life is caught, by the verdict that it is; and who does not, is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.stayer.known_messages import KnownMessages
from tests.harness.runner.life import liars
from tests.harness.runner.life.liars import Lying
from tests.harness.runner.life.lived import LIVES, verdict


@pytest.mark.parametrize("name", LIVES)
def test_who_is_honest_passes(name: str, tmp_path: Path) -> None:
    assert verdict(Lying(liars.honest), name, tmp_path) == ("passed", "")


def test_who_finds_out_more_and_more_passes(tmp_path: Path) -> None:
    assert verdict(Lying(liars.lost_first), "limit", tmp_path) == ("passed", "")


def test_a_change_that_nobody_met_proves_nothing(tmp_path: Path) -> None:
    LIVES["never"] = LIVES["hangs"].replace("FETCH *", "STORE *")
    assert verdict(Lying(liars.honest), "never", tmp_path)[0] == "not-exercised"


@pytest.mark.parametrize(
    ("liar", "name", "expected"),
    [
        (Lying(liars.always_connected), "password", "unnoticed"),
        (Lying(liars.always_connected), "limit", "unnoticed"),
        (Lying(liars.always_connected), "token", "unnoticed"),
        (Lying(liars.always_connected), "send", "unnoticed"),
        (Lying(liars.honest, hammers=True), "password", "hammered"),
        (Lying(liars.honest, hammers=True), "limit", "hammered"),
        (Lying(liars.drops_each_third), "password", "lost-mail"),
        (Lying(liars.drops_each_third), "restart", "lost-mail"),
        (Lying(liars.repeats), "password", "duplicated-mail"),
        (Lying(liars.repeats), "restart", "duplicated-mail"),
        (Lying(liars.never_recovers), "password", "not-recovered"),
        (Lying(liars.never_recovers), "token", "not-recovered"),
        (Lying(liars.honest, deaf=True), "password", "not-recovered"),
        (Lying(liars.asks_password), "limit", "misbehaved"),
        (Lying(liars.asks_password), "token", "misbehaved"),
        (Lying(liars.blames_settings), "password", "wrong"),
        (Lying(liars.blames_settings), "token", "wrong"),
        (Lying(liars.blames_password), "restart", "wrong"),
        (Lying(liars.green_again), "password", "wrong"),
        (Lying(liars.green_again), "locked", "wrong"),
        (Lying(liars.honest, hammers=True), "recipient", "hammered"),
        (Lying(liars.wrong_first), "limit", "wrong"),
        (Lying(liars.wrong_then), "limit", "wrong"),
        (Lying(liars.blames_at_mail), "hangs", "wrong"),
        (Lying(liars.invents_mail), "restart", "misbehaved"),
        (Lying(liars.names_a_late_try), "limit", "misbehaved"),
        (Lying(liars.says_nothing_of_sending), "greylisted", "lost-mail"),
        (Lying(liars.honest, forgets_text=True), "greylisted", "lost-mail"),
        (Lying(liars.honest, early=True), "recipient", "misbehaved"),
        (Lying(liars.tells_the_same_by_two_names), "restart", "duplicated-mail"),
        (Lying(liars.names_a_try_that_never_comes), "token-long", "misbehaved"),
        (Lying(liars.honest, restless=True), "quiet", "hammered"),
    ],
)
def test_who_lies_is_caught(liar: Lying, name: str, expected: str, tmp_path: Path) -> None:
    assert verdict(liar, name, tmp_path)[0] == expected


def test_who_takes_uids_for_what_they_were_loses_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KnownMessages, "hold", lambda known, _: known.began)
    assert verdict(Lying(liars.honest), "anew", tmp_path)[0] == "lost-mail"
