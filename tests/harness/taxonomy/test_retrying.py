"""Every cause has its manner of being tried again, and it agrees with what else is known of it."""

from __future__ import annotations

from typing import get_args

import pytest

from harness.taxonomy import CAUSES, RETRYING, Cause, Manner, Stage, retrying


def test_every_cause_has_a_manner_and_a_reason() -> None:
    assert set(RETRYING) == set(get_args(Cause))
    for cause, known in RETRYING.items():
        assert known.manner in get_args(Manner), cause
        assert known.why.strip(), cause


def test_what_asks_the_customer_is_not_tried_again() -> None:
    asking = {cause for cause, info in CAUSES.items() if info.ask}
    assert {RETRYING[cause].manner for cause in asking} == {"not"}


def test_what_may_succeed_later_unchanged_is_tried_again_with_growing_waits() -> None:
    passing = {cause for cause, info in CAUSES.items() if info.retry}
    assert {RETRYING[cause].manner for cause in passing} == {"grows"}


@pytest.mark.parametrize(
    ("cause", "stage", "passes", "manner"),
    [
        ("quota-exceeded", "smtp-rcpt", True, "grows"),  # 452 4.2.2
        ("quota-exceeded", "smtp-rcpt", False, "slowly"),
        ("message-rejected", "smtp-end-of-data", True, "grows"),  # 451 4.7.1, greylisting
        ("message-rejected", "smtp-end-of-data", False, "not"),
        ("rate-limited", "smtp-login", True, "grows"),
        ("rate-limited", "smtp-mail", False, "slowly"),  # 550 5.4.5
        ("refused", "imap-connect", False, "grows"),
        ("bad-credentials", "imap-login", False, "not"),
        ("unspecified", "imap-login", True, "slowly"),  # it may be the password
        ("unspecified", "imap-confirm", True, "grows"),
        ("timeout", "smtp-data", True, "grows"),
        ("timeout", "smtp-end-of-data", False, "not"),  # it may have been sent
    ],
)
def test_the_reply_decides_where_it_may(
    cause: Cause, stage: Stage, passes: bool, manner: Manner
) -> None:
    assert retrying(cause, stage, passes=passes).manner == manner
