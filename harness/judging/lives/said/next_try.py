"""Whether a connector that fails tried again when it had said that it would. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from harness.contract.staying import Connected, Failing, Pace
from harness.judging.lives.diary import CURES, HURTS, Happened, HeardState, LifeSight
from harness.judging.lives.said.working import about
from harness.taxonomy import AnyProtocol

LAG_S: Final = 1.0
"""From the moment at which a next try is reckoned to the one at which it is heard of: processes are
put off, lines are buffered. So much sooner than it was told it may seem to be."""
SLACK_S: Final = 2.0
"""By how much later than it was told, and than its jitter, it may be: programs are started anew.
More where everything goes slower."""
SOONER: Final = 0.4
LATER: Final = 1.5
"""How much of a wait that was told must have been waited, and how much of it may be: jitter."""
FAR: Final = 3
AT_ONCE: Final = 0.1
"""Where it told of a wait so many times as long as the longest of its pace, so little is none."""
LONGER: Final = 2
"""By how much a wait must be longer to be another one than was told, not the same told later."""


def tried_otherwise(sight: LifeSight, pace: Pace) -> bool:
    """Whether it tried far sooner than it had said, or not at all."""
    claims = list(_claims(sight))
    return (
        any(_came_sooner(each, sight) for each in claims)
        or sum(_came_far_sooner(each, sight, pace) for each in claims) > 1
        or any(_never_came(each, sight, pace) for each in _held(claims, sight))
    )


@dataclass(frozen=True)
class _Claim:
    """That it fails. ``at_s``: when it said so; ``wait_s``: in how many seconds it tries again;
    None: not by itself; ``until_s``: when it said something else, or had another reason to try.
    ``protocol``: where; None: unknown.
    """

    at_s: float
    wait_s: float | None
    until_s: float
    protocol: AnyProtocol | None


def _claims(sight: LifeSight) -> Iterator[_Claim]:
    views = [h for h in sight.diary.heard if isinstance(h.state, Connected | Failing)]
    reasons = [each.at_s for each in sight.diary.happened if _is_reason(each)]
    for number, heard in enumerate(views):
        if not isinstance(heard.state, Failing):
            continue
        ends = [*(at_s for at_s in reasons if at_s > heard.at_s), sight.over_s]
        ends += [each.at_s for each in views[number + 1 :][:1]]
        yield _Claim(heard.at_s, heard.state.retry_at_s, min(ends), _meant(heard, sight))


def _is_reason(done: Happened) -> bool:
    """Whether whoever waits may try at once."""
    return done.kind in CURES or done.kind == "send"


def _held(claims: list[_Claim], sight: LifeSight) -> Iterator[_Claim]:
    """What it said so first, where it said it again and had not tried meanwhile: to put off what is
    to come is not to try. What it says in the same breath is no more than better known."""
    first: _Claim | None = None
    for each in claims:
        if first and _goes_on(first, each, sight):
            if each.wait_s is None:
                continue  # it has given up, unless it says again that it tries
            if each.at_s < first.at_s + LAG_S and each.wait_s > LONGER * (first.wait_s or 0.0):
                due_s = max(first.at_s + (first.wait_s or 0.0), each.at_s + each.wait_s)
                first = replace(first, wait_s=due_s - first.at_s)
            first = replace(first, until_s=each.until_s)
            continue
        if first:
            yield first
        first = each if each.wait_s is not None else None
    if first:
        yield first


def _goes_on(first: _Claim, then: _Claim, sight: LifeSight) -> bool:
    """Whether it says of the same once more that it fails, with nothing done or tried between."""
    between = sight.diary.happened
    return (
        first.protocol == then.protocol
        and not any(first.at_s < each.at_s <= then.at_s and _is_reason(each) for each in between)
        and not any(
            first.at_s < each.began_s < then.at_s and each.protocol == first.protocol
            for each in sight.connections
        )
    )


def _meant(heard: HeardState, sight: LifeSight) -> AnyProtocol | None:
    """Which protocol it spoke of; None: it cannot be told. Where there is one only, of that."""
    if told := about(heard):
        return told
    used: set[str] = {each.protocol for each in sight.connections}
    there: list[AnyProtocol] = [each for each in ("imap", "smtp") if each in used]
    return there[0] if len(there) == 1 else None


def _came_sooner(claim: _Claim, sight: LifeSight) -> bool:
    """Whether it tried there more than once, long before it was to. Once may be another connection
    of the same try, or one that was lost beside it; and of several e-mails each is tried."""
    if claim.wait_s is None or claim.protocol in (None, "oauth") or _several(claim, sight):
        return False
    before_s = claim.at_s + min(SOONER * claim.wait_s, claim.wait_s - LAG_S)
    before_s = min(before_s, claim.until_s)
    there = (each for each in sight.connections if each.protocol == claim.protocol)
    return sum(claim.at_s < each.began_s < before_s for each in there) > 1


def _came_far_sooner(claim: _Claim, sight: LifeSight, pace: Pace) -> bool:
    """Whether it tried at once where it had told of a wait that its pace does not know. Once may be
    another connection."""
    wait_s = claim.wait_s or 0.0
    if wait_s < FAR * pace.retry_longest_s or _several(claim, sight):
        return False
    until_s = min(claim.at_s + AT_ONCE * wait_s, claim.until_s)
    return any(
        each.protocol == claim.protocol and claim.at_s < each.began_s < until_s
        for each in sight.connections
    )


def _several(claim: _Claim, sight: LifeSight) -> bool:
    """Whether it speaks of several e-mails that were to go out by then, and had not."""
    gone = {each.message_id for each in sight.accepted if each.at_s < claim.at_s}
    due = {id_ for id_, at_s in sight.diary.to_send.items() if at_s < claim.until_s}
    return claim.protocol == "smtp" and len(due - gone) > 1


def _never_came(claim: _Claim, sight: LifeSight, pace: Pace) -> bool:
    """Whether nothing was tried at all by then, where it would have been seen: its last try was
    seen, and the mailbox is as it was since."""
    by_s = claim.at_s + LATER * (claim.wait_s or 0.0) + max(SLACK_S, pace.idle_s)
    if by_s >= claim.until_s:
        return False
    hurts = [each for each in sight.diary.happened if each.kind in HURTS and each.at_s < by_s]
    if any(each.at_s > claim.at_s for each in hurts):
        return False
    hurt_s = max((each.at_s for each in hurts), default=0.0)
    began = [each for each in sight.connections if each.began_s >= hurt_s]
    met = any(e.protocol == claim.protocol and e.began_s <= claim.at_s for e in began)
    return met and not any(claim.at_s < each.began_s < by_s for each in began)
