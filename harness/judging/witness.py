"""From the mailbox's evidence to what a verdict rests on: the connections of one check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from fakeservers.evidence import LoginAttempt
from fakeservers.wire.transcript import Transcript
from harness.judging.seen import SeenConnection


def seen_connections(
    transcripts: Sequence[Transcript], logins: Sequence[LoginAttempt], left_open: Set[int]
) -> tuple[SeenConnection, ...]:
    """The connections in order. `left_open`: the numbers of those that nobody ended."""
    logged_in = {login.connection for login in logins if login.outcome == "accepted"}
    return tuple(
        SeenConnection(
            service=each.service,
            protocol=each.protocol,
            verbs_in_clear=tuple(_verbs(each, tls=False)),
            verbs_in_tls=tuple(_verbs(each, tls=True)),
            fired=bool(each.fired),
            logged_in=each.number in logged_in,
            ended_by=each.ended_by,
            left_open=each.number in left_open,
            began_s=each.began_s,
            ended_s=each.ended_s,
        )
        for each in transcripts
    )


def _verbs(transcript: Transcript, *, tls: bool) -> Iterator[str]:
    """The commands, as far as a line shows one: behind the tag in IMAP, first in SMTP."""
    place = 1 if transcript.protocol == "imap" else 0
    for entry in transcript.lines():
        if entry.direction == "C" and entry.tls == tls:
            words = entry.text.split(None, place + 1)
            yield words[place].upper() if len(words) > place else ""
