"""How long it waits: by what the failure means. No clock is asked."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.contract.diagnosis import Diagnosis, Signals
from harness.contract.staying import Pace
from harness.stayer.waits import LONGEST_ASKED_S, Waits
from harness.taxonomy import BEYOND, TOKEN_CAUSES, Cause, Stage

PACE = Pace(retry_first_s=1.0, retry_longest_s=60.0)


def failure(
    cause: Cause, stage: Stage = "imap-connect", *, retryable: bool = False, ask: bool = False
) -> Diagnosis:
    return Diagnosis(
        error="unclassified", stage=stage, cause=cause, retryable=retryable, ask_password=ask
    )


def waits(diagnosis: Diagnosis, count: int, chance: float, *, worked: bool = True) -> list[float]:
    asked = Waits(PACE, lambda: chance)
    found = [asked.after(diagnosis, worked=worked) for _ in range(count)]
    assert None not in found
    return [wait for wait in found if wait is not None]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_waits_grow_to_the_longest(chance: float) -> None:
    found = waits(failure("refused"), 12, chance)
    assert found[0] >= PACE.retry_first_s
    assert all(later > earlier for earlier, later in pairwise(found[:6]))
    assert max(found) <= PACE.retry_longest_s and found[-1] >= 0.8 * PACE.retry_longest_s


def test_chance_never_makes_a_wait_that_grows_shorter_than_the_one_before() -> None:
    lucky = [0.0, 1.0] * 3
    asked = Waits(PACE, lambda: lucky.pop())
    found = [asked.after(failure("refused"), worked=True) or 0 for _ in range(6)]
    assert found == sorted(found)


def test_what_somebody_has_to_cure_is_tried_at_the_longest_wait() -> None:
    found = waits(failure("certificate-expired", "imap-tls"), 5, 0.0)
    assert found == [PACE.retry_longest_s] * 5


def test_where_tries_are_counted_waits_grow_beyond_the_longest() -> None:
    found = waits(failure("account-locked", "imap-login"), 5, 0.0)
    assert found == [60.0, 120.0, 240.0, 240.0, 240.0]
    limited = waits(failure("rate-limited", "imap-login", retryable=True), 12, 1.0)
    assert limited[-1] == BEYOND * PACE.retry_longest_s


def test_a_refused_password_is_tried_once_more_if_it_was_good() -> None:
    refused = failure("bad-credentials", "imap-login", ask=True)
    asked = Waits(PACE, lambda: 0.0)
    assert asked.after(refused, worked=True) == PACE.retry_longest_s
    assert asked.after(refused, worked=True) is None
    assert Waits(PACE).after(refused, worked=False) is None


@pytest.mark.parametrize("cause", ["token-revoked", "token-scope", "consent-missing"])
def test_a_refused_token_is_not_tried_again(cause: Cause) -> None:
    assert Waits(PACE).after(failure(cause, "oauth-token"), worked=True) is None


def test_a_token_that_is_refused_without_a_reason_is_not_tried_again() -> None:
    bare = failure("unspecified", "imap-login", retryable=True)
    token = bare.model_copy(update={"candidates": ["unspecified", *TOKEN_CAUSES]})
    assert Waits(PACE).after(token, worked=True) is None
    assert Waits(PACE, lambda: 0.0).after(bare, worked=True) == PACE.retry_longest_s


def test_after_it_went_well_waits_are_short_again() -> None:
    asked = Waits(PACE, lambda: 0.0)
    first = [asked.after(failure("refused"), worked=True) for _ in range(4)]
    asked.forget()
    assert [asked.after(failure("refused"), worked=True) for _ in range(4)] == first


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("Retry-After: 90", 90.0),
        ("retry-after:7\r", 7.0),
        ("Retry-After: 99999999", LONGEST_ASKED_S),
        ("Retry-After: soon", 1.0),
    ],
)
def test_a_token_endpoint_is_left_alone_for_as_long_as_it_asks(line: str, wait: float) -> None:
    busy = failure("token-endpoint-unavailable", "oauth-token", retryable=True)
    busy = busy.model_copy(update={"evidence": Signals(lines=["HTTP/1.1 503", line])})
    assert Waits(PACE, lambda: 0.0).after(busy, worked=True) == wait
