"""Whether a connector said that it is connected again while nothing had worked since. Pure.

It is lenient: whatever the service that had failed did for it since is taken for a reason, be it a
log-in alone where sending is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fakeservers.wire.transcript import Transcript
from harness.contract.staying import Connected, Failing
from harness.judging.expectation import Expectation
from harness.judging.lives.diary import HURTS, LifeSight
from harness.judging.lives.hammering import spans
from harness.judging.lives.steps_met import judged
from harness.taxonomy.stages import CONFIRM

_ANYWAY: Final = frozenset({"LOGOUT", "QUIT", "CAPABILITY", "ID", "ENABLE", "NAMESPACE"})
"""What is answered whatever has become of the mailbox."""
_OUTSIDE: Final = _ANYWAY | {"LOGIN", "AUTHENTICATE", "STARTTLS", "NOOP", "LIST", "LSUB"}
"""And where INBOX cannot be opened."""


def claimed(expected: Expectation, sight: LifeSight) -> str:
    """That it said so; empty: it did not. Only of a failure that it had told rightly: it knew."""
    failing = list(spans(sight.diary))
    failed = False
    for heard in sight.diary.heard:
        if not any(began_s <= heard.at_s < ended_s for began_s, ended_s in failing):
            failed = False
        elif isinstance(heard.state, Failing):
            failed = failed or judged(expected, heard.read)[0] == "passed"
        elif failed and isinstance(heard.state, Connected):
            if not _worked(heard.at_s, expected, sight):
                service = (expected.service or "").upper()
                return f"said that it is connected, though nothing of {service} had worked since"
            failed = False
    return ""


def _worked(by_s: float, expected: Expectation, sight: LifeSight) -> bool:
    """Whether the service did anything for it, by then, since it last failed, and since the last
    step that could end a connection: what failed then may have left no trace."""
    there = [each for each in sight.connections if each.service == expected.service]
    hurt_s = [h.at_s for h in sight.diary.happened if h.kind in HURTS and h.at_s <= by_s]
    failed_s = [at_s for each in there for at_s in _failures(each) if at_s <= by_s]
    since_s = max([*hurt_s, *failed_s])
    confirms = expected.stage in CONFIRM
    logins_s = [
        each.at_s
        for each in sight.logins
        if each.service == expected.service and each.outcome == "accepted" and not confirms
    ]
    out_s = [each.at_s for each in sight.accepted] if expected.service == "smtp" else []
    answered_s = [
        at_s for each in there for at_s in _answers(each, _OUTSIDE if confirms else _ANYWAY)
    ]
    return any(since_s <= at_s <= by_s for at_s in (*logins_s, *out_s, *answered_s))


def _failures(connection: Transcript) -> Iterator[float]:
    """When the server said no, or, as a rule has it, nothing."""
    for step in connection.steps:
        if connection.refused(step) or (step.rules and not step.said):
            yield connection.began_s + step.at_s


def _answers(connection: Transcript, but: frozenset[str]) -> Iterator[float]:
    """When it answered a command that was given behind the log-in, with anything else than no."""
    for step in connection.steps:
        given = step.event == "command" and step.logged_in and step.command not in but
        if given and step.said and not connection.refused(step):
            yield connection.began_s + step.at_s
