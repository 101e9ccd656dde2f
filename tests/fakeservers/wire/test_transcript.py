"""Transcripts keep both directions in order and never show a secret."""

import base64
import html
import json
import quopri
from urllib.parse import quote

import pytest

from fakeservers.wire.entries import KEPT_BYTES
from fakeservers.wire.transcript import Private, Step, Transcript


def transcript(**extra):
    extra = {"protocol": "imap", **extra}
    return Transcript(number=0, service="imap", peer="127.0.0.1:1", **extra)


def shown(record):
    return [(entry.direction, entry.text) for entry in record.lines()]


def test_lines_of_both_directions_in_order():
    record = transcript()
    record.sent(b"* OK hello\r\n", tls=False)
    record.received(b"a1 NO", tls=False)
    record.received(b"OP\r\n", tls=False)
    record.note("something happened")
    assert shown(record) == [("S", "* OK hello"), ("C", "a1 NOOP"), ("*", "something happened")]


@pytest.mark.parametrize("secret", ["hunter22", 'qu"ote\\d', "pw", "schlüssel", "/a b=&<>'"])
def test_a_secret_is_masked_in_whatever_form_the_server_says_it(secret):
    record = transcript(private=Private.of([secret], []))
    for shown_as in FORMS.values():
        record.sent(b"* OK it was '" + shown_as(secret.encode()) + b"'\r\n", tls=True)
    assert [text for _, text in shown(record)] == ["* OK it was '***'"] * len(FORMS)


FORMS = {
    "plain": bytes,
    "quoted": lambda secret: secret.replace(b"\\", b"\\\\").replace(b'"', b'\\"'),
    "base64": base64.b64encode,
    "base64 for URLs": base64.urlsafe_b64encode,
    "URL": lambda secret: quote(secret, safe="").encode(),
    "JSON": lambda secret: json.dumps(secret.decode())[1:-1].encode(),
    "HTML": lambda secret: html.escape(secret.decode()).encode(),
    "quoted-printable": lambda secret: quopri.encodestring(secret).rstrip(b"\n"),
    "Python": lambda secret: repr(secret)[2:-1].encode(),
}


@pytest.mark.parametrize("before", [b"", b"x", b"xy", b"\0anna@example.test\0"])
def test_a_secret_is_masked_inside_base64(before):
    record = transcript(private=Private.of(["Tr0ub4dor&3"], []))
    written = base64.b64encode(before + b"Tr0ub4dor&3" + b"\1\1")
    record.received(b"a NOOP " + written + b"\r\n", tls=False)
    ((_, text),) = shown(record)
    assert "***" in text
    hidden = base64.b64encode(before + b"Tr0ub4dor&3")[len(before) + 8 : len(before) + 12]
    assert hidden.decode() not in text


def test_a_line_of_the_clients_is_shown_once_it_is_whole_whatever_the_packets():
    seen = []
    record = transcript(on_entry=lambda _, entry: seen.append(entry.text))
    record.received(b"a1 NOOP\r\na2 LOGIN u hunt", tls=True)
    record.sent(b"a1 OK\r\n", tls=True)
    record.received(b"er22\r\n", tls=True)
    record.sent(b"a2 NO\r\n", tls=True)
    assert seen == ["a1 NOOP", "a1 OK", "a2 LOGIN ***", "a2 NO"]
    assert [text for _, text in shown(record)] == seen


def test_a_line_that_never_ends_is_masked_behind_its_command():
    record = transcript(private=Private.of([], ["anna"]))
    record.received(b"a1 SELECT hunter22", tls=True)
    record.end("client", "FIN")
    assert shown(record)[0] == ("C", "a1 SELECT ***")


def test_what_a_server_says_in_pieces_has_no_secret_across_them():
    record = transcript(private=Private.of(["hunter22"], []))
    for piece in (b"* OK it was hun", b"te", b"r22 I think\r\n", b"* OK hunter", b"s\r\n"):
        record.sent(piece, tls=True)
    text = "".join(text for _, text in shown(record))
    assert text == "* OK it was hun****** I think* OK ***s"


@pytest.mark.parametrize("end", [b"", b"\r"])
def test_a_message_that_breaks_off_behind_a_soft_line_break_shows_no_part(end):
    record = transcript(private=Private.of(["Tr0ub4dor&3-inbox"], []), protocol="smtp")
    record.received(b"DATA\r\n", tls=True)
    record.sent(b"354 go\r\n", tls=True)
    record.received(b"x" * 50 + b"Tr0ub4d=" + end, tls=True)
    record.end("client", "FIN")
    assert "Tr0u" not in "".join(text for _, text in shown(record))


@pytest.mark.parametrize("text", [b"x" * 50, b"Subject: x\r\n\r\n", b"it is: "])
def test_a_secret_in_a_message_is_found_across_its_wrapped_lines(text):
    record = transcript(private=Private.of(["Tr0ub4dor&3-inbox"], []), protocol="smtp")
    record.received(b"DATA\r\n", tls=True)
    record.sent(b"354 go\r\n", tls=True)
    record.received(base64.encodebytes(text + b"Tr0ub4dor&3-inbox" * 12 + b"end"), tls=True)
    record.received(quopri.encodestring(text + b"Tr0ub4dor&3-inbox" * 12) + b"\r\n.\r\n", tls=True)
    told = [line for way, line in shown(record) if way == "C"]
    whole = "".join(line.removesuffix("=") for line in told)
    assert "Tr0u" not in whole and "b4do" not in whole and "nbox" not in whole
    wanted = base64.b64encode(text + b"Tr0ub4dor&3-inbox" * 12)[len(text) * 4 // 3 + 8 :].decode()
    assert not any(wanted[at : at + 6] in whole for at in range(len(wanted) - 6))


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
        record.received(b"x" * (KEPT_BYTES + 1), tls=False)
    record.sent(b"* BYE\r\n", tls=False)
    kept, rest, bye = record.lines()
    assert kept.text == "***"
    assert rest.text == f"… and {3 * KEPT_BYTES + 4} bytes more"
    assert bye.text == "* BYE"


def test_a_flood_in_pieces_is_counted_and_what_ends_it_is_kept():
    record = transcript()
    for _ in range(5):
        record.sent(b"x" * (KEPT_BYTES + 1), tls=False)
    record.sent(b")\r\nt OK\r\n", tls=False)
    first, rest, *end = record.lines()
    assert (len(first.text), rest.text) == (KEPT_BYTES, f"… and {4 * KEPT_BYTES + 5} bytes more")
    assert [entry.text for entry in end] == [")", "t OK"]


def test_what_goes_on_in_pieces_is_bounded_as_if_it_came_at_once():
    record = transcript()
    for number in range(20_000):
        record.sent(b"* FLAGS\r\n", tls=False, goes_on=number > 0)
    *lines, rest = record.lines()
    assert sum(len(line.text) + 2 for line in lines) < KEPT_BYTES + 9
    assert rest.text == f"… and {180_000 - KEPT_BYTES} bytes more"


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
    lost = 40_000 - len(lines) + 1
    assert between == f"… {sent - kept} bytes in {lost} lines are not kept"
    assert seen == 40_000
    assert record.memory < 2_000_000


def test_a_message_of_60_mb_in_pieces_takes_little_memory():
    record = transcript(protocol="smtp")
    piece = b"x" * 65535 + b"\n"
    record.received(b"DATA\r\n", tls=True)
    record.sent(b"354 go\r\n", tls=True)
    for _ in range(1000):
        record.received(piece, tls=True)
    assert record.memory < 600_000
    sizes = [len(entry.text) for entry in record.lines()]
    assert max(sizes) == 65535 and len(sizes) == 4


def test_what_the_server_says_at_ten_thousand_steps_is_bounded_and_each_begins():
    record = transcript()
    for number in range(5000):
        record.came_to(Step("command", "FETCH" if number % 2 else "SEARCH"))
        record.sent(b"a NO " + b"x" * 4000 + b"\r\n", tls=False)
    assert sum(len(step.said) for step in record.steps) < 2_000_000
    assert all(record.refused(step) for step in record.steps)
