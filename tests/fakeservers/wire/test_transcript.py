"""Transcripts keep both directions in order and never show a secret."""

import base64

import pytest

from fakeservers.wire.runs import KEPT_BYTES
from fakeservers.wire.transcript import Step, Transcript


def transcript(**extra):
    return Transcript(number=0, service="imap", protocol="imap", peer="127.0.0.1:1", **extra)


def shown(record):
    return [(entry.direction, entry.text) for entry in record.lines()]


def test_lines_of_both_directions_in_order():
    record = transcript()
    record.sent(b"* OK hello\r\n", tls=False)
    record.received(b"a1 NO", tls=False)
    record.received(b"OP\r\n", tls=False)
    record.note("something happened")
    assert shown(record) == [("S", "* OK hello"), ("C", "a1 NOOP"), ("*", "something happened")]


@pytest.mark.parametrize("secret", [b"hunter22", b'qu"ote\\d', b"pw", "schlüssel".encode()])
def test_a_secret_is_masked_raw_quoted_and_in_base64(secret):
    record = transcript()
    quoted = b'"' + secret.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    record.received(b"a1 LOGIN u " + quoted + b"\r\n", tls=True)
    record.received(b"a2 LOGIN u " + secret + b"\r\n", tls=True)
    record.received(base64.b64encode(secret) + b"\r\n", tls=True)
    record.add_secret(secret)
    text = "\n".join(line for _, line in shown(record))
    for form in (secret, quoted[1:-1], base64.b64encode(secret).rstrip(b"=")):
        assert form.decode() not in text
    assert text.count("***") == 3


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"\0anna@example.test\0"])
def test_a_secret_is_masked_inside_base64(before):
    record = transcript()
    record.add_secret(b"Tr0ub4dor&3")
    written = base64.b64encode(before + b"Tr0ub4dor&3" + b"\1\1")
    record.received(b"NOOP " + written + b"\r\n", tls=False)
    ((_, text),) = shown(record)
    assert "***" in text
    hidden = base64.b64encode(before + b"Tr0ub4dor&3")[len(before) + 8 : len(before) + 12]
    assert hidden.decode() not in text


def test_who_watches_live_sees_a_client_line_only_once_its_secret_is_known():
    seen = []
    record = transcript(on_entry=lambda _, entry: seen.append(entry.text))
    record.received(b"a1 LOGIN u hunter22\r\n", tls=True)
    assert seen == []
    record.add_secret(b"hunter22")
    record.sent(b"a1 NO\r\n", tls=True)
    assert seen == ["a1 LOGIN u ***", "a1 NO"]


def test_a_secret_that_arrives_in_two_segments_is_masked_too():
    seen = []
    record = transcript(on_entry=lambda _, entry: seen.append(entry.text))
    record.received(b"a1 LOGIN u hunt", tls=True)
    record.settle(whole_lines=True)
    record.received(b"er22\r\n", tls=True)
    record.add_secret(b"hunter22")
    record.sent(b"a1 NO\r\n", tls=True)
    assert seen == ["a1 LOGIN u ***", "a1 NO"]
    assert [text for _, text in shown(record)] == seen


def test_what_was_shown_live_is_what_is_kept():
    seen = []
    record = transcript(on_entry=lambda _, entry: seen.append((entry.direction, entry.text)))
    record.sent(b"220 hi\r\n", tls=False)
    record.received(b"EHLO x\r\n", tls=False)
    record.sent(b"250 ok\r\n", tls=False)
    record.end("client", "FIN")
    assert seen == shown(record)


def test_only_the_first_end_counts():
    record = transcript()
    record.end("client", "RST")
    record.end("server", "FIN")
    assert (record.ended_by, record.ended_how) == ("client", "RST")


def test_endless_input_is_not_kept_but_counted():
    record = transcript()
    for _ in range(4):
        record.received(b"x" * KEPT_BYTES, tls=False)
    record.sent(b"* BYE\r\n", tls=False)
    kept, rest, bye = record.lines()
    assert len(kept.text) == KEPT_BYTES
    assert rest.text == f"… and {3 * KEPT_BYTES} bytes more"
    assert bye.text == "* BYE"


def test_a_flood_in_pieces_is_counted_and_what_ends_it_is_kept():
    record = transcript()
    for _ in range(5):
        record.sent(b"x" * (KEPT_BYTES + 1), tls=False)
    record.sent(b")\r\nt OK\r\n", tls=False)
    first, rest, *end = record.lines()
    assert (len(first.text), rest.text) == (KEPT_BYTES, f"… and {4 * KEPT_BYTES + 5} bytes more")
    assert [entry.text for entry in end] == [")", "t OK"]


def test_of_very_many_lines_the_first_and_the_last_are_kept_and_what_was_between_is_counted():
    record = transcript()
    seen = 0

    def count(*_entry):
        nonlocal seen
        seen += 1

    record.on_entry = count
    for number in range(20_000):
        record.received(b"%d NOOP\r\n" % number, tls=False)
        record.sent(b"%d OK\r\n" % number, tls=False)
    lines = [entry.text for entry in record.lines()]
    assert (lines[:2], lines[-1]) == (["0 NOOP", "0 OK"], "19999 OK")
    (between,) = [text for text in lines if text.startswith("…")]
    kept = sum(len(text) + 2 for text in lines if text != between)
    sent = sum(len(b"%d NOOP%d OK\r\n\r\n" % (number, number)) for number in range(20_000))
    pieces = 40_000 - len(lines) + 1
    assert between == f"… {sent - kept} bytes in {pieces} pieces are not kept"
    assert seen == 40_000
    assert record.memory < 2_000_000


def test_a_message_of_60_mb_in_pieces_takes_little_memory():
    record = transcript()
    piece = b"x" * 65535 + b"\n"
    for _ in range(1000):
        record.received(piece, tls=True)
        record.settle(whole_lines=True)
    assert record.memory < 600_000
    sizes = [len(entry.text) for entry in record.lines()]
    assert sizes[:1] == sizes[-1:] == [65535]


def test_what_the_server_says_at_ten_thousand_steps_is_bounded_and_each_begins():
    record = transcript()
    for number in range(5000):
        record.came_to(Step("command", "FETCH" if number % 2 else "SEARCH"))
        record.sent(b"a NO " + b"x" * 4000 + b"\r\n", tls=False)
    assert sum(len(step.said) for step in record.steps) < 2_000_000
    assert all(record.refused(step) for step in record.steps)
