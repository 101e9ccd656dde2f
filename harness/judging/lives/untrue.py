"""What a connector told besides failures, and the mailbox shows to be untrue. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen, Pace
from harness.judging.lives.diary import CURES, HURTS, HeardState, LifeSight, bare
from harness.judging.lives.sent_mail import SENT, told_wrongly
from harness.taxonomy import AnyProtocol, protocol_of
from harness.taxonomy.errors import PROTOCOL_NAMED

MADE_UP: Final = "message-made-up"
OLD: Final = "old-message-told"
NEXT_TRY: Final = "next-try-told-wrongly"
"""The violations that only a life can show."""
LAG_S: Final = 1.0
"""From the moment at which a next try is reckoned to the one at which it is heard of: processes are
put off, lines are buffered. So much sooner than it was told it may seem to be."""
SLACK_S: Final = 2.0
"""By how much later than it was told, and than its jitter, it may be: programs are started anew.
More where everything goes slower."""
SOONER: Final = 0.4
LATER: Final = 1.5
"""How much of a wait that was told must have been waited, and how much of it may be: jitter."""


def untrue(sight: LifeSight, pace: Pace) -> Iterator[str]:
    """The ids of what it did so."""
    if made_up(sight):
        yield MADE_UP
    if old_told(sight):
        yield OLD
    if told_wrongly(sight):
        yield SENT
    claims = list(_claims(sight))
    if any(_came_sooner(each, sight) or _never_came(each, sight, pace) for each in claims):
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


@dataclass(frozen=True)
class _Claim:
    """That it tries again. ``at_s``: when it said so; ``wait_s``: in how many seconds; ``until_s``:
    when it said something else, or had another reason to try. ``protocol``: where; None: unknown.
    """

    at_s: float
    wait_s: float
    until_s: float
    protocol: AnyProtocol | None


def _claims(sight: LifeSight) -> Iterator[_Claim]:
    views = [h for h in sight.diary.heard if isinstance(h.state, Connected | Failing)]
    ended_s = sight.now_s if sight.diary.ended_s is None else sight.diary.ended_s
    reasons = [h.at_s for h in sight.diary.happened if h.kind in CURES or h.kind == "send"]
    for number, heard in enumerate(views):
        if not isinstance(heard.state, Failing) or heard.state.retry_at_s is None:
            continue
        ends = [*(at_s for at_s in reasons if at_s > heard.at_s), ended_s]
        ends += [each.at_s for each in views[number + 1 :][:1]]
        yield _Claim(heard.at_s, heard.state.retry_at_s, min(ends), _meant(heard, sight))


def _meant(heard: HeardState, sight: LifeSight) -> AnyProtocol | None:
    """Which protocol it spoke of; None: it cannot be told. Where there is one only, of that."""
    used: set[str] = {each.protocol for each in sight.connections}
    if isinstance(heard.read, Diagnosis):
        if heard.read.stage:
            return protocol_of(heard.read.stage)
        if named := PROTOCOL_NAMED.get(heard.read.error):
            return named
    there: list[AnyProtocol] = [each for each in ("imap", "smtp") if each in used]
    return there[0] if len(there) == 1 else None


def _came_sooner(claim: _Claim, sight: LifeSight) -> bool:
    """Whether it tried there more than once, long before it was to. Once may be another connection
    of the same try, or one that was lost beside it; and of several e-mails each is tried."""
    several = claim.protocol == "smtp" and _waiting(claim, sight) > 1
    if claim.protocol in (None, "oauth") or several:
        return False
    before_s = claim.at_s + min(SOONER * claim.wait_s, claim.wait_s - LAG_S)
    before_s = min(before_s, claim.until_s)
    there = (each for each in sight.connections if each.protocol == claim.protocol)
    return sum(claim.at_s < each.began_s < before_s for each in there) > 1


def _waiting(claim: _Claim, sight: LifeSight) -> int:
    """How many e-mails were to go out by then, and had not."""
    gone = {each.message_id for each in sight.accepted if each.at_s < claim.at_s}
    due = {id_ for id_, at_s in sight.diary.to_send.items() if at_s < claim.until_s}
    return len(due - gone)


def _never_came(claim: _Claim, sight: LifeSight, pace: Pace) -> bool:
    """Whether nothing was tried at all by then, where it would have been seen: its last try was
    seen, and the mailbox is as it was since."""
    by_s = claim.at_s + LATER * claim.wait_s + max(SLACK_S, pace.idle_s)
    if by_s >= claim.until_s:
        return False
    hurts = [each for each in sight.diary.happened if each.kind in HURTS and each.at_s < by_s]
    if any(each.at_s > claim.at_s for each in hurts):
        return False
    hurt_s = max((each.at_s for each in hurts), default=0.0)
    began = [each for each in sight.connections if each.began_s >= hurt_s]
    met = any(e.protocol == claim.protocol and e.began_s <= claim.at_s for e in began)
    return met and not any(claim.at_s < each.began_s < by_s for each in began)
