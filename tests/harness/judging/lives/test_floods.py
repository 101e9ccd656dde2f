"""Who floods the token endpoint, or a server that works; and who asks as often as it may."""

from __future__ import annotations

from typing import Any

from fakeservers.evidence import TokenRequest
from fakeservers.wire.transcript import Step, Transcript
from harness.contract.staying import Pace
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.diary import Diary, LifeSight
from harness.judging.lives.floods import flooding

NOTHING = Expectation("connected")
AWAY = Expectation(
    *("imap-authentication-error", "oauth-token", "token-endpoint-unavailable"),
    fault=Fault("oauth", "oauth-token", "refusal"),  # type: ignore[arg-type]
)


def asked(count: int, links: int, outcome: Any = "issued", expected: Expectation = NOTHING) -> str:
    request = TokenRequest(
        *("oauth", 0, "refresh_token", "current", False, "known", False, True),  # type: ignore[arg-type]
        outcome=outcome,
    )
    seen = tuple(Transcript(each, "imap", "imap", "127.0.0.1:1") for each in range(links))
    sight = LifeSight(9.0, Diary(), seen, token_requests=(request,) * count)
    return flooding(expected, sight, Pace())


def test_more_tokens_than_can_be_used_are_a_flood() -> None:
    assert asked(55, 3) == "asked for tokens 55 times, for 3 connections; at most 16"
    assert asked(55, 3, "refused")


def test_one_or_two_for_each_connection_are_none() -> None:
    assert asked(50, 20) == ""


def test_where_the_endpoint_fails_its_tries_are_judged_as_tries() -> None:
    assert asked(55, 3, "refused", AWAY) == ""
    assert asked(55, 3, "issued", AWAY)


def said(command: str, count: int, *, poll_s: float = 0.5, mails: int = 0) -> str:
    """Of ten seconds."""
    steps = [Step("command", command)] * count
    link = Transcript(0, "imap", "imap", "127.0.0.1:1", began_s=5.0, steps=steps)
    diary = Diary(delivered={str(each): 6.0 for each in range(mails)}, ended_s=15.0)
    return flooding(NOTHING, LifeSight(99.0, diary, (link,)), Pace(poll_s=poll_s))


def test_who_asks_for_news_without_a_pause_floods() -> None:
    told = "said NOOP 115 times in 10.0 s on one connection; at most 114 at its pace"
    assert said("NOOP", 115) == told
    assert said("EXAMINE", 300)


def test_who_asks_as_often_as_it_looks_does_not() -> None:
    assert not said("NOOP", 114)
    assert not said("EXAMINE", 250), "ten folders"
    assert not said("NOOP", 150, mails=10)
    assert said("NOOP", 115, poll_s=2.0)
    assert not said("FETCH", 9999)
