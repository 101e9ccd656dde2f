"""Whether what a step awaits, or expects, is so. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.contract.answer import NoAnswer
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing, MessageSeen
from harness.judging.expectation import Expectation, Fault
from harness.judging.lives.diary import CURES, ENDS_LINKS, HURTS, HeardState, LifeSight, bare
from harness.judging.lives.sent_mail import mutilated, not_said, sent_again
from harness.judging.verdict import Verdict, named, of_answer
from harness.scenario.life.life_steps import Counts, LifeStep
from harness.taxonomy import CAUSES

BY_ITSELF: Final = "says connected, but has not logged in"
WENT_PAST: Final = "is logged in, and never gave a command at which this fails"


@dataclass(frozen=True)
class Unmet:
    """What was not so, by the verdict that it is."""

    verdict: Verdict
    why: str


@dataclass(frozen=True)
class StepStands:
    """How a step stands. `met`: it is so. `broken`: it can never be any more. Else it is waited
    for, and `missing` is what it is where the window closes."""

    met: bool = False
    broken: Unmet | None = None
    missing: Unmet = field(default=Unmet("harness-error", ""))


@dataclass(frozen=True)
class Looked:
    """A step that is watched. `since_s`: from when. `expected`: what fails in this life. `late_s`:
    for how long since then nothing could be done, as this process was late. `factor`: how much
    slower than usual everything goes. `news_at`: the only commands at which this server tells of
    mail to who has INBOX open; empty: at each."""

    step: LifeStep
    since_s: float
    expected: Expectation
    late_s: float = 0.0
    factor: float = 1.0
    news_at: tuple[str, ...] = ()

    @property
    def for_s(self) -> float:
        """How long it is watched."""
        return (self.step.for_s or 0.0) * self.factor


def look(at: Looked, sight: LifeSight) -> StepStands:
    """How the step stands at this moment."""
    return _LOOKS[at.step.kind](at, sight)


def _until(at: Looked, sight: LifeSight) -> StepStands:
    wanted = at.step.until
    if isinstance(wanted, Counts):
        counted = sight.counted(at.since_s)
        missing = [n for n in wanted.model_fields_set if counted[n] < getattr(wanted, n)]
        return StepStands(not missing, missing=Unmet("not-exercised", f"too few {_words(missing)}"))
    assert wanted is not None
    met, why = _AWAITED[wanted](at, sight)
    return StepStands(met, missing=Unmet("not-exercised", why))


def _words(names: list[str]) -> str:
    return " and ".join(name.replace("_", "-") for name in names)


def _awaits_connected(_: Looked, sight: LifeSight) -> tuple[bool, str]:
    view = sight.diary.view
    if view is None:
        return False, "never said that it is connected, though the mailbox works"
    if isinstance(view.state, Failing):
        return False, f"said {_said(view)}, though the mailbox works"
    return sight.logged_in_since(0.0), f"{BY_ITSELF} at the mailbox"


def _awaits_failing(_: Looked, sight: LifeSight) -> tuple[bool, str]:
    view = sight.diary.view
    return view is not None and isinstance(view.state, Failing), "never said that it fails"


def _awaits_idle(_: Looked, sight: LifeSight) -> tuple[bool, str]:
    return sight.idling > 0, "never began IDLE"


def _awaits_quiet(at: Looked, sight: LifeSight) -> tuple[bool, str]:
    quiet_s = sight.now_s - max(sight.last_s, at.since_s)
    return quiet_s >= at.for_s, "never quiet for so long"


def _awaits_seen(_: Looked, sight: LifeSight) -> tuple[bool, str]:
    return not _unseen(sight), f"never told of {_some(_unseen(sight))}"


def _awaits_sent(at: Looked, sight: LifeSight) -> tuple[bool, str]:
    why = _not_gone_out(sight, at.expected)
    return not why, why


_AWAITED: Final[Mapping[str, Callable[[Looked, LifeSight], tuple[bool, str]]]] = {
    "connected": _awaits_connected,
    "failing": _awaits_failing,
    "idle": _awaits_idle,
    "quiet": _awaits_quiet,
    "seen": _awaits_seen,
    "sent": _awaits_sent,
}


def _says(at: Looked, sight: LifeSight) -> StepStands:
    if at.step.says == "connected":
        return _says_connected(sight)
    since_s = sight.diary.last_of(HURTS) or at.since_s
    told = list(sight.diary.failures(min(since_s, at.since_s)))
    if any(_right(at.expected, each.read) for each in told):
        return StepStands(met=True)
    if not told and not _could_meet(since_s, sight):
        why = "nothing of it could be noticed: no link has ended since, and nobody connected anew"
        return StepStands(missing=Unmet("not-exercised", why))
    if not told and _went_past(at.expected.fault, since_s, sight):
        return StepStands(missing=Unmet("not-exercised", WENT_PAST))
    if not told:
        expected = at.expected.error
        return StepStands(missing=Unmet("unnoticed", f"never said that anything fails: {expected}"))
    verdict, why = judged(at.expected, told[-1].read)
    return StepStands(missing=Unmet(verdict, why))


def _could_meet(since_s: float, sight: LifeSight) -> bool:
    """Whether it had to connect anew since then, or did anything at the mailbox anyway."""
    cut_s = sight.diary.last_of(ENDS_LINKS)
    if cut_s is not None and cut_s >= since_s:
        return True
    changed = [each.kind for each in sight.diary.happened if each.at_s >= since_s]
    if not {"change"} & set(changed) or set(changed) & (HURTS - {"change"}):
        return True
    anew = any(each.began_s >= since_s for each in sight.connections)
    return anew or any(each.fired for each in sight.connections)


def _went_past(fault: Fault | None, since_s: float, sight: LifeSight) -> bool:
    """Whether it connected anew and is logged in, and gave none of the commands at which the fault
    strikes: who asks for STATUS opens INBOX only where something is new."""
    if fault is None or fault.shows != "rule" or not fault.stage.endswith("-confirm"):
        return False
    anew = [each for each in sight.connections if each.began_s >= since_s]
    anew = [each for each in anew if each.service == fault.service]
    met = any(not fault.rules.isdisjoint(each.fired) for each in anew)
    return not met and any(step.logged_in for each in anew for step in each.steps)


def judged(expected: Expectation, read: Diagnosis | NoAnswer | None) -> tuple[Verdict, str]:
    """What a failure that was told is worth."""
    if read is None or isinstance(read, NoAnswer):
        return "unclear", read.why if read else "said nothing that can be read"
    return of_answer(expected, read)


def _right(expected: Expectation, read: Diagnosis | NoAnswer | None) -> bool:
    return judged(expected, read)[0] == "passed"


def _says_connected(sight: LifeSight) -> StepStands:
    view, diary = sight.diary.view, sight.diary
    cut_s = diary.last_of(ENDS_LINKS)
    again = cut_s is None or sight.logged_in_since(cut_s)
    since_s = max(filter(None, (diary.last_of(HURTS), diary.last_of(CURES))), default=0.0)
    if view is not None and isinstance(view.state, Connected) and again:
        failed = [each for each in diary.failures(0.0) if each.at_s < view.at_s]
        if not failed or sight.logged_in_since(failed[-1].at_s):
            return StepStands(met=True)
        return StepStands(missing=Unmet("not-recovered", f"{BY_ITSELF} since it failed"))
    if view is not None and isinstance(view.state, Failing):
        return StepStands(missing=Unmet("not-recovered", f"still says {_said(view)}"))
    tried = any(each.began_s >= since_s for each in sight.connections)
    if not tried:
        return StepStands(
            missing=Unmet("unnoticed", "never connected anew: it takes a dead link for a live one")
        )
    return StepStands(missing=Unmet("not-recovered", "never logged in anew"))


def _said(heard: HeardState) -> str:
    if isinstance(heard.read, Diagnosis):
        return named(heard.read)
    return repr(getattr(heard.state, "error", ""))[:80]


def _stays(at: Looked, sight: LifeSight) -> StepStands:
    told = next(sight.diary.failures(at.since_s), None)
    if told:
        return StepStands(broken=Unmet("wrong", f"said {_said(told)}, though nothing fails"))
    return StepStands(met=_over(at, sight))


def _over(at: Looked, sight: LifeSight) -> bool:
    return sight.now_s - at.since_s - at.late_s >= at.for_s


def _at_most(at: Looked, sight: LifeSight) -> StepStands:
    """Where it is watched for longer, as this process was late, as much more may be done: whoever
    is honest waits by a clock that was not late."""
    longer = 1 + at.late_s / at.for_s
    counts, counted = at.step.at_most, sight.counted(at.since_s)
    assert counts is not None
    for name in sorted(counts.model_fields_set):
        most = getattr(counts, name)
        if most is not None and counted[name] > int(most * longer):
            what = f"{counted[name]} {_words([name])} in {at.for_s:g} s; at most {most}"
            return StepStands(broken=Unmet("hammered", what))
    return StepStands(met=_over(at, sight))


def _unseen(sight: LifeSight) -> list[str]:
    known = {*sight.diary.told(MessageSeen), *sight.diary.expunged}
    return [each for each in sight.diary.delivered if each not in known]


def _not_gone_out(sight: LifeSight, expected: Expectation) -> str:
    """Which e-mails never arrived, or were never said to be sent; empty: none."""
    wanted = _due(sight, expected)
    if lost := [each for each in wanted if each not in sight.in_store]:
        return f"never sent {_some(lost)}"
    silent = not_said(sight, wanted)
    return f"sent {_some(silent)}, and never said so" if silent else ""


def _due(sight: LifeSight, expected: Expectation) -> list[str]:
    """What is to be sent by now: of what was to be sent before the cure, only what may be tried
    again by itself."""
    since_s = 0.0
    if expected.cause and CAUSES[expected.cause].retry is not True:
        since_s = sight.diary.last_of(CURES) or 0.0
    return [each for each, at_s in sight.diary.to_send.items() if at_s >= since_s]


def _some(ids: list[str]) -> str:
    return f"{len(ids)} of the messages: {', '.join(ids[:3])}" if ids else "a message"


def _seen(at: Looked, sight: LifeSight) -> StepStands:
    lost = _unseen(sight)
    why = f"never told of {_some(lost)}{_unasked(at, sight, lost)}"
    return StepStands(not lost, missing=Unmet("lost-mail", why))


def _unasked(at: Looked, sight: LifeSight, lost: list[str]) -> str:
    """What it should have asked, as this server tells of mail at few commands only."""
    since_s = min((sight.diary.delivered[each] for each in lost), default=0.0)
    asked = {*at.news_at, "SELECT", "EXAMINE", "STATUS"}
    given = (
        step.command
        for each in sight.connections
        for step in each.steps
        if step.event == "command" and each.began_s + step.at_s >= since_s
    )
    if not at.news_at or not asked.isdisjoint(given):
        return ""
    return f"; this server tells of mail only at {', '.join(at.news_at)}"


def _sent(at: Looked, sight: LifeSight) -> StepStands:
    why = _not_gone_out(sight, at.expected)
    return StepStands(not why, missing=Unmet("lost-mail", why))


def twice(sight: LifeSight) -> str:
    """What was told, or sent, more than once; empty: nothing."""
    told = Counter(map(bare, sight.diary.told(MessageSeen)))
    seen = [each for each in sight.diary.delivered if told[bare(each)] > 1]
    there = Counter(sight.in_store)
    sent = [each for each in sight.diary.to_send if there[each] > 1]
    parts = [f"told {_some(seen)} more than once"] if seen else []
    parts += [f"sent {_some(sent)} more than once"] if sent else []
    again = sent_again(sight)
    parts += [f"sent {_some(again)} again under another Message-ID"] if again else []
    return "; ".join(parts)


def damaged(sight: LifeSight) -> str:
    """What it sent that arrived without what it was to say; empty: nothing."""
    lacking = list(mutilated(sight))
    return f"sent {lacking[0]}" if lacking else ""


_LOOKS: Final[Mapping[str, Callable[[Looked, LifeSight], StepStands]]] = {
    "until": _until,
    "says": _says,
    "stays": _stays,
    "at-most": _at_most,
    "seen": _seen,
    "sent": _sent,
}
WATCHED: Final = frozenset(_LOOKS)
"""The kinds of steps that are waited for; the others happen."""
