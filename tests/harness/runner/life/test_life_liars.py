"""Who lies in a life is caught, by the verdict that it is; and who does not, is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contract.capabilities import EVERYTHING
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario.loading import load
from harness.stayer.known_messages import KnownMessages
from tests.harness.runner.life import liars
from tests.harness.runner.life.liars import Lying

HEADER = "# yaml-language-server: $schema=scenario.schema.json\n"
LIVES = {
    "password": """
title: The password is changed
breaks-into: unauthorized/bad-password-imap[gmail]
life:
  - until: connected
  - deliver: 2
  - seen: all
  - change: breaks-into
  - cut: fin
  - says: unauthorized
  - wait-s: 1
  - deliver: 2
  - remedy: confirm-address-and-password
  - says: connected
  - seen: all
""",
    "limit": """
title: Too many connections
breaks-into: imap-authentication-error/too-many-connections
life:
  - until: connected
  - deliver: 3
  - seen: all
  - change: breaks-into
  - cut: fin
  - says: imap-authentication-error
  - wait-s: 5
  - remedy: reduce-simultaneous-connections
  - says: connected
""",
    "token": """
title: The consent is withdrawn
breaks-into: unauthorized/refresh-token[plain-revoked]
""",
    "restart": """
title: The server restarts
reproduces: connected
source: a test
life:
  - until: connected
  - down-s: 1
  - deliver: 3
  - says: connected
  - seen: all
""",
    "hangs": """
title: FETCH is not answered, once
reproduces: connected
source: a test
timeout-s: 1
imap:
  rules:
    - when: {event: command, command: UID, argument: "FETCH *", state: hanging}
      times: 1
      then: hang
life:
  - until: connected
  - change: {state: [hanging]}
  - deliver: 1
  - seen: all
  - says: connected
""",
    "quiet": """
title: Nothing happens
reproduces: connected
source: a test
life:
  - until: connected
  - wait-s: 4
  - says: connected
""",
    "renewed": """
title: The access token expires
reproduces: connected
source: a test
customer: {oauth2: {}}
life:
  - until: connected
  - tokens: expired
  - cut: fin
  - deliver: 1
  - seen: all
  - says: connected
""",
    "token-long": """
title: The consent is withdrawn, and nobody comes for a while
breaks-into: unauthorized/refresh-token[plain-revoked]
life:
  - until: connected
  - change: breaks-into
  - cut: fin
  - says: unauthorized
  - wait-s: 6
""",
    "recipient": """
title: A recipient that is refused
breaks-into: test-email-failed/recipient-rejected[postfix]
life:
  - until: connected
  - change: breaks-into
  - send: 1
  - says: test-email-failed
  - at-most: {sends: 0}
    for-s: 1
""",
    "locked": """
title: INBOX is locked
breaks-into: imap-confirmation-error/mailbox-locked
life:
  - until: connected
  - change: breaks-into
  - cut: fin
  - says: imap-confirmation-error
  - wait-s: 1
""",
    "greylisted": """
title: The first try is put off
reproduces: connected
source: a test
dialect: postfix
smtp:
  rules:
    - when: {event: command, command: RCPT}
      times: 1
      then: {text: "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted"}
life:
  - until: connected
  - send: 1
  - sent: all
  - says: connected
""",
    "send": """
title: A password that SMTP does not take any more
breaks-into: unauthorized/bad-password-smtp[gmail]
""",
}


def verdict(liar: Lying, name: str, folder: Path) -> tuple[str, str]:
    """The verdict on it in a life, and why."""
    file = folder / "life" / f"{name}.yaml"
    file.parent.mkdir()
    file.write_text(HEADER + LIVES[name])
    [scenario] = load(file)

    async def lived() -> CaseResult:
        async with Runner(liar, does=EVERYTHING) as runner:
            runner.terms = replace(runner.terms, pace=0.5)
            [result] = await runner.run_case(scenario)
        return result

    judgement = asyncio.run(lived()).judgement
    return judgement.verdict, judgement.why


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
        (Lying(liars.names_a_cause_first), "limit", "wrong"),
        (Lying(liars.blames_at_mail), "hangs", "wrong"),
        (Lying(liars.alarmed_at_mail), "password", "wrong"),
        (Lying(liars.blames_for_a_moment), "renewed", "wrong"),
        (Lying(liars.alarmed_at_mail), "limit", "wrong"),
        (Lying(liars.honest, restless=True), "quiet", "hammered"),
        (Lying(liars.invents_mail), "restart", "misbehaved"),
        (Lying(liars.names_a_late_try), "limit", "misbehaved"),
        (Lying(liars.says_nothing_of_sending), "greylisted", "lost-mail"),
        (Lying(liars.honest, forgets_text=True), "greylisted", "lost-mail"),
        (Lying(liars.honest, early=True), "recipient", "misbehaved"),
        (Lying(liars.tells_the_same_by_two_names), "restart", "duplicated-mail"),
        (Lying(liars.names_a_try_that_never_comes), "token-long", "misbehaved"),
    ],
)
def test_who_lies_is_caught(liar: Lying, name: str, expected: str, tmp_path: Path) -> None:
    assert verdict(liar, name, tmp_path)[0] == expected


def test_who_tells_of_what_was_there_at_first_misbehaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = KnownMessages.__init__
    monkeypatch.setattr(
        KnownMessages, "__init__", lambda known: (begun(known), setattr(known, "began", True))[0]
    )
    assert verdict(Lying(liars.honest), "restart", tmp_path)[0] == "misbehaved"


def test_who_takes_uids_for_what_they_were_loses_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LIVES["anew"] = LIVES["restart"].replace("down-s: 1", "inbox: renewed\n  - cut: fin")
    monkeypatch.setattr(KnownMessages, "hold", lambda known, _: known.began)
    assert verdict(Lying(liars.honest), "anew", tmp_path)[0] == "lost-mail"
