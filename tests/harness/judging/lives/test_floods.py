"""Who floods the token endpoint; and who asks as often as it connects."""

from __future__ import annotations

from typing import Any

from fakeservers.evidence import TokenRequest
from fakeservers.wire.transcript import Transcript
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
    return flooding(expected, LifeSight(9.0, Diary(), seen, token_requests=(request,) * count))


def test_more_tokens_than_can_be_used_are_a_flood() -> None:
    assert asked(55, 3) == "asked for tokens 55 times, for 3 connections; at most 16"
    assert asked(55, 3, "refused")


def test_one_or_two_for_each_connection_are_none() -> None:
    assert asked(50, 20) == ""


def test_where_the_endpoint_fails_its_tries_are_judged_as_tries() -> None:
    assert asked(55, 3, "refused", AWAY) == ""
    assert asked(55, 3, "issued", AWAY)
