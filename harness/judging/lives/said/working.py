"""What worked at a service, at a stage: what `connected` may rest on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fakeservers.wire.transcript import SAID_BYTES, Step, Transcript
from harness.contract.diagnosis import Diagnosis
from harness.contract.staying import Connected, Failing
from harness.judging.expectation import Expectation
from harness.judging.lives.diary import HURTS, HeardState, LifeSight
from harness.judging.lives.hammering import spans
from harness.taxonomy import AnyProtocol, Stage, least_retrying, protocol_of
from harness.taxonomy.errors import PROTOCOL_NAMED
from harness.taxonomy.stages import CONFIRM, CONNECT, SEND, TOKEN

_OPENED: Final = frozenset({"SELECT", "EXAMINE", "STATUS", "UID", "FETCH", "SEARCH"})
"""Commands that are answered with OK where INBOX can be opened, or is."""
_LEAVES: Final = frozenset({"LOGOUT", "QUIT", "RSET", "NOOP"})
"""Commands that any session may say, and that prove nothing."""
_OK: Final = re.compile(rb"^[^*+ \r\n]\S* OK\b", re.IGNORECASE | re.MULTILINE)
_DONE: Final = re.compile(rb"^[23]\d\d[ -]", re.MULTILINE)


def connected_in_spite(expected: Expectation, sight: LifeSight) -> bool:
    """Whether it said that it is connected after it had said that it fails, while the mailbox did,
    and nothing had worked meanwhile at the service and stage that failed. What is said after other
    settings were typed rests on what is found then, and is judged by its steps."""
    if expected.service is None or expected.stage is None or expected.cause is None:
        return False
    if expected.stage in TOKEN or _of_one_message(expected):
        return False
    for began_s, ended_s in spans(sight.diary):
        failed: HeardState | None = None
        for heard in sight.diary.heard:
            if not began_s <= heard.at_s < ended_s:
                continue
            if isinstance(heard.state, Failing) and _speaks_of(heard, expected):
                failed = heard
            elif (
                isinstance(heard.state, Connected)
                and failed
                and not _rests(failed, heard.at_s, expected, sight)
            ):
                return True
    return False


def _rests(failed: HeardState, until_s: float, expected: Expectation, sight: LifeSight) -> bool:
    """Whether it may be connected again by then. What names no service may have been of another,
    which has let it in since; and where it was not at this one at all, it spoke of another."""
    assert expected.service and expected.stage
    since_s = _met_s(failed.at_s, expected, sight)
    if worked(expected.service, expected.stage, since_s, until_s, sight):
        return True
    others = any(
        each.service != expected.service and each.outcome == "accepted"
        for each in sight.logins
        if since_s <= each.at_s <= until_s
    )
    there = any(
        each.service == expected.service and each.began_s <= failed.at_s
        for each in sight.connections
    )
    unseen = not there and expected.stage not in CONNECT
    return others and (unseen or about(failed) is None)


def _of_one_message(expected: Expectation) -> bool:
    """An e-mail that is refused for good says nothing of the account."""
    assert expected.cause
    manner = least_retrying(expected.cause, expected.stage).manner
    return expected.stage in SEND and manner == "not"


def about(failed: HeardState) -> AnyProtocol | None:
    """Of which protocol it spoke, as far as that can be told."""
    read = failed.read
    if not isinstance(read, Diagnosis):
        return None
    return protocol_of(read.stage) if read.stage else PROTOCOL_NAMED.get(read.error)


def _speaks_of(failed: HeardState, expected: Expectation) -> bool:
    assert expected.stage
    return about(failed) in (None, protocol_of(expected.stage))


def _met_s(told_s: float, expected: Expectation, sight: LifeSight) -> float:
    """When it had met what it told of then: the last step that went wrong at that service, or what
    was done to the mailbox, where nothing is seen, as of a port that is closed."""
    met = [each.at_s for each in sight.diary.happened if each.kind in HURTS]
    met += [
        each.at_s
        for each in sight.logins
        if each.service == expected.service and each.outcome != "accepted"
    ]
    for link in sight.connections:
        if link.service == expected.service:
            met += [link.began_s + each.at_s for each in link.steps if each.rules]
    return max((at_s for at_s in met if at_s <= told_s), default=0.0)


def worked(service: str, stage: Stage, since_s: float, until_s: float, sight: LifeSight) -> bool:
    """Whether anything succeeded there meanwhile, at that stage or behind it."""
    if stage in SEND:
        times = [each.at_s for each in sight.accepted if each.service == service]
    else:
        links = [each for each in sight.connections if each.service == service]
        times = [at_s for link in links for at_s in _succeeded(link, stage)]
        if stage not in CONFIRM:
            times += [
                each.at_s
                for each in sight.logins
                if each.service == service and each.outcome == "accepted"
            ]
    return any(since_s <= at_s <= until_s for at_s in times)


def _succeeded(link: Transcript, stage: Stage) -> Iterator[float]:
    """When commands of a session that was let in were answered as they should be."""
    for step in link.steps:
        known = step.command in _OPENED if stage in CONFIRM else step.command not in _LEAVES
        if step.event == "command" and step.logged_in and known and _answered(link, step):
            yield link.began_s + step.at_s


def _answered(link: Transcript, step: Step) -> bool:
    if link.refused(step):
        return False
    ends = _DONE if link.protocol == "smtp" else _OK
    return bool(ends.search(step.said)) or len(step.said) >= SAID_BYTES
