"""What a connector told besides failures, and the mailbox shows to be untrue. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.contract.staying import MessageSeen, Pace
from harness.judging.lives.diary import LifeSight, bare
from harness.judging.lives.said.next_try import tried_otherwise
from harness.judging.lives.sent_mail import SENT, told_wrongly

MADE_UP: Final = "message-made-up"
OLD: Final = "old-message-told"
NEXT_TRY: Final = "next-try-told-wrongly"
"""The violations that only a life can show."""


def untrue(sight: LifeSight, pace: Pace) -> Iterator[str]:
    """The ids of what it did so."""
    if made_up(sight):
        yield MADE_UP
    if old_told(sight):
        yield OLD
    if told_wrongly(sight):
        yield SENT
    if tried_otherwise(sight, pace):
        yield NEXT_TRY


def made_up(sight: LifeSight) -> list[str]:
    """The Message-IDs that it told of and that never were in the mailbox: neither at first, nor
    since, in whichever folder. A message that has none may be told of by any name."""
    if sight.mail is None or "" in sight.mail:
        return []
    known = set(map(bare, sight.mail))
    return [each for each in sight.diary.told(MessageSeen) if bare(each) not in known]


def old_told(sight: LifeSight) -> list[str]:
    """The Message-IDs that it told of as new and that were there before it connected."""
    old = set(map(bare, sight.at_first - {""})) - set(map(bare, sight.diary.delivered))
    return [each for each in sight.diary.told(MessageSeen) if bare(each) in old]
