"""Servers that never come to an end: the check does, and keeps little of what they said."""

import select
import sys

import pytest

from harness.checker.client_connection import KEPT_IN_ALL, KEPT_LINES, LONGEST_ANSWER, MOST_LINES
from tests.harness.checker.conftest import imap_script, smtp_script

STAGES = 4
"""As many answers as any of these servers has begun to flood."""


def floods(*said):
    """Says the first once, and the last for ever."""

    def answer(peer, *_):
        peer.send(*said[:-1])
        while True:
            peer.send(said[-1] * 100)

    return answer


def drips(said):
    """One byte after the other, each long before the time-out, until the client leaves."""

    def answer(peer, *_):
        for byte in said:
            peer.send(bytes([byte]))
            if select.select([peer.sock], [], [], 0.02)[0]:
                peer.some()
        peer.until_gone()

    return answer


LINE = b"x" * 1000
IMAP = {
    "greeting that is one line": floods(b"* OK ", LINE),
    "greeting after greeting": floods(b"* OK hi\r\n"),
    "lines of nothing": floods(b"\r\n"),
    "zero bytes": floods(b"\0"),
    "one line": imap_script(CAPABILITY=floods(b"* CAPABILITY ", LINE), capabilities=b"X"),
    "capabilities": imap_script(
        greeting=b"* OK hi\r\n", CAPABILITY=floods(b"* CAPABILITY IMAP4rev1\r\n")
    ),
    "a literal": imap_script(AUTHENTICATE=floods(b"* LIST {4294967295}\r\n", LINE)),
    "literals": imap_script(SELECT=floods(b"* LIST {3}\r\nabc\r\n")),
    "a literal of many digits": imap_script(SELECT=floods(b"* LIST {" + b"9" * 9000 + b"}\r\n")),
    "continuations": imap_script(AUTHENTICATE=floods(b"+ \r\n")),
    "untagged": imap_script(SELECT=floods(b"* 1 EXISTS\r\n")),
    "flags": imap_script(SELECT=floods(b"* FLAGS (" + b"\\Seen " * 500 + b")\r\n")),
    "good-byes": imap_script(AUTHENTICATE=floods(b"* BYE\r\n")),
}
SMTP = {
    "greeting that is one line": floods(b"220 ", LINE),
    "greeting of lines": floods(b"220-hi\r\n"),
    "keywords": smtp_script(ehlo=floods(b"250-X\r\n")),
    "challenges": smtp_script(AUTH=floods(b"334 \r\n")),
    "no reply code": smtp_script(AUTH=floods(b"hi\r\n")),
    "a reply to the e-mail": smtp_script(end=floods(b"250-queued\r\n")),
}


def bounded(found, said):
    """The check failed, and neither it nor whoever watches it was given much."""
    assert found.error != "connected"
    assert len(found.evidence.lines) <= KEPT_LINES
    assert sum(map(len, found.evidence.lines)) <= KEPT_IN_ALL
    assert len(said) <= 2 * STAGES * MOST_LINES  # what was answered, too
    assert sum(len(line.text) for line in said) <= STAGES * LONGEST_ANSWER


@pytest.mark.parametrize("kind", IMAP)
def test_imap_without_end(checked, kind):
    said = []
    bounded(checked(IMAP[kind], on_said=said.append), said)


@pytest.mark.parametrize("kind", SMTP)
def test_smtp_without_end(checked, kind):
    said = []
    bounded(checked(smtp=SMTP[kind], on_said=said.append), said)


def test_bytes_that_drip_are_one_wait(checked):
    assert checked(drips(b"* OK " + LINE), timeout_s=0.3).cause == "timeout"


def test_a_handshake_that_drips_is_one_wait(checked):
    records = drips(b"\x16\x03\x03\x40\x00" + LINE)
    found = checked(records, imap_typed={"security": "implicit-tls"}, timeout_s=0.3)
    assert found.cause == "tls-handshake-timeout"


def test_all_waits_together_have_an_end(checked, monkeypatch):
    """Each answer comes in time, and there would be an hour of them."""
    module = sys.modules["harness.checker.check"]
    monkeypatch.setattr(module, "WHOLE_S", 0.3)
    monkeypatch.setattr(module, "WHOLE", 0)
    found = checked(smtp=smtp_script(AUTH=drips(b"334 \r\n" * 1000)), timeout_s=3600)
    assert (found.stage, found.cause) == ("smtp-login", "timeout")
