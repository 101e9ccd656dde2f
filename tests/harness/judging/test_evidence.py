"""What belongs to one check."""

import time
from types import SimpleNamespace

from fakeservers.wire.transcript import Transcript
from harness.judging.evidence import Watch


def mailbox(*connections):
    evidence = SimpleNamespace(connections=list(connections), fired=[], logins=[], messages=[])
    bcc = SimpleNamespace(inbox=SimpleNamespace(messages=[]))
    return SimpleNamespace(evidence=evidence, accounts=SimpleNamespace(bcc=bcc))


def connection(began_s):
    return Transcript(1, "imap", "imap", "-", began_s=began_s)


def test_it_lasts_since_the_first_connection_where_there_is_one(monkeypatch):
    clock = iter([100.0, 109.0, 109.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    before = connection(50.0)
    watched = mailbox(before)
    watch = Watch(watched)
    assert watch.seconds() == 9.0
    watched.evidence.connections += [connection(107.0), connection(108.0)]
    assert watch.seconds() == 2.0
