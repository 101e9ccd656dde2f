"""What belongs to one check."""

import time
from types import SimpleNamespace

from fakeservers.wire.transcript import Transcript
from harness.judging.evidence import Watch

from .made import MESSAGE, login


def mailbox(*connections):
    noted = {"fired": [], "logins": [], "token_requests": [], "messages": []}
    evidence = SimpleNamespace(connections=list(connections), **noted)
    bcc = SimpleNamespace(inbox=SimpleNamespace(messages=[]))
    accounts = SimpleNamespace(bcc=bcc, account=SimpleNamespace(sent=SimpleNamespace(messages=[])))
    return SimpleNamespace(evidence=evidence, accounts=accounts)


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


def test_what_was_there_before_is_no_part_of_it():
    watched = mailbox(connection(50.0))
    evidence = watched.evidence
    evidence.fired, evidence.logins, evidence.messages = ["imap.tls"], [login()], [MESSAGE]
    watched.accounts.bcc.inbox.messages = ["earlier"]
    evidence.faults, watched.knocks = [], dict
    watch = Watch(watched)
    nothing = watch.evidence(set())
    assert (nothing.connections, nothing.fired, nothing.logins, nothing.messages) == ((),) * 4
    assert not nothing.delivered

    later = login("smtp", outcome="accepted")
    evidence.fired.append("smtp.rules[0]")
    evidence.logins.append(later)
    evidence.messages.append(MESSAGE)
    watched.accounts.bcc.inbox.messages.append("new")
    own = watch.evidence({3})
    assert (own.fired, own.logins, own.messages) == (("smtp.rules[0]",), (later,), (MESSAGE,))
    assert own.delivered and own.left_open == {3}
    whole = Watch(watched, whole=True).evidence(set())
    assert len(whole.logins) == len(whole.messages) == 2 and len(whole.connections) == 1


def test_copies_of_the_test_e_mail_in_the_folder_for_sent_mail():
    watched = mailbox()
    watched.evidence.faults, watched.knocks = [], dict
    ours = SimpleNamespace(content=f"Message-ID: {MESSAGE.message_id}\r\n\r\n".encode())
    other = SimpleNamespace(content=b"Message-ID: <other@test>\r\n\r\n")
    watched.accounts.account.sent.messages = [other, other, ours]
    watch = Watch(watched)
    assert watch.evidence(set()).sent_copies == 0
    watched.evidence.messages = [MESSAGE]
    assert watch.evidence(set()).sent_copies == 1
    watched.accounts.account.sent.messages.append(ours)
    assert watch.evidence(set()).sent_copies == 2
