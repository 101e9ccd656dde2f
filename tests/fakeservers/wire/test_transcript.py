"""Transcripts keep both directions in order and never show a secret."""

import base64

import pytest

from fakeservers.wire.transcript import KEPT_BYTES, Transcript


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
