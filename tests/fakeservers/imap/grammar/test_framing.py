"""Whatever bytes a client sends: framing holds, nothing refused is executed, nothing hangs."""

import asyncio

import pytest
from talk import PASSWORD, USER, Client, connected, shown, spec, talk

from fakeservers.imap.grammar.reader import CommandReader
from fakeservers.mailbox import open_mailbox
from fakeservers.wire.transcript import Transcript

LOGIN = f"LOGIN {USER} {PASSWORD}".encode()


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (b"a NOOP\r\nb CAPABILITY\r\n", [b"a OK", b"* CAPABILITY", b"b OK"]),
        (b"a NOOP\nb NOOP\n", [b"a OK", b"b OK"]),
        (b"\r\nb NOOP\r\n", [b"* BAD", b"b OK"]),
        (b"a\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a \r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a  NOOP\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"+ NOOP\r\nb NOOP\r\n", [b"* BAD", b"b OK"]),
        (b"a NO\x00OP\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b'a LIST "\x00" *\r\nb NOOP\r\n', [b"a BAD", b"b OK"]),
        (b"a LIST \xff *\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a N\xc3\xb6\xc3\xb6p\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"\xff\xfe\r\nb NOOP\r\n", [b"* BAD", b"b OK"]),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", [b"GET BAD", b"Host: BAD", b"* BAD"]),
        (b"a LOGIN {-5}\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a LOGIN {5x}\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a LOGIN {4294967296}\r\nb NOOP\r\n", [b"a NO [TOOBIG]", b"b OK"]),
        (b"a LOGIN {99999999999999999999999999999}\r\nb NOOP\r\n", [b"a NO [TOOBIG]", b"b OK"]),
        (b"a LOGIN {" + b"9" * 5000 + b"}\r\nb NOOP\r\n", [b"a NO [TOOBIG]", b"b OK"]),
        # Refused, but sent all the same: skipped.
        (b"a BOGUS {9+}\r\nx LOGOUT\r\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a\x00 X {9+}\r\nx LOGOUT\r\r\nb NOOP\r\n", [b"* BAD", b"b OK"]),
        (
            b"a LOGIN {70000+}\r\n" + b"x LOGOUT\r\n" * 7000 + b" {9+}\r\nx LOGOUT\r\r\nb NOOP\r\n",
            [b"a NO [TOOBIG]", b"b OK"],
        ),
        (b"a LOGIN u{9+}\r\nx LOGOUT\r pw\r\nb NOOP\r\n", [b"a BAD", b"b OK"]),
        (b"a LOGIN {1+}\r\nu {1+}\r\np\r\nb NOOP\r\n", [b"a NO [AUTH", b"b OK"]),
        (b"a LOGIN {0+}\r\n {0+}\r\n\r\nb NOOP\r\n", [b"a NO [AUTH", b"b OK"]),
        # Too large to be skipped: the end.
        (b"a LOGIN {9999999999+}\r\nb NOOP\r\n", [b"a NO [TOOBIG]", b""]),
        (b"a " + b"x" * 10_000_000, [b"* BYE", b""]),
        (b"a NOOP " + b"x" * 70_000 + b"\r\nb NOOP\r\n", [b"* BYE", b""]),
    ],
)
def test_every_input_has_its_answer(sent, answers):
    async def dialogue(client):
        client.send(sent)
        return [await client.line() for _ in answers]

    received = talk(dialogue)
    assert [line[: len(start)] for line, start in zip(received, answers, strict=True)] == answers
    assert all(start or not line for line, start in zip(received, answers, strict=True))


def test_synchronizing_literals_are_asked_for():
    async def dialogue(client):
        lines = await client.ask(b"LOGIN {%d}" % len(USER), b"%b {17}" % USER.encode(), b"x" * 17)
        return [line[:6] for line in lines]

    assert talk(dialogue) == [b"+ Read", b"+ Read", b"t NO ["]


def test_non_synchronizing_literals_only_where_offered():
    async def dialogue(client):
        client.send(b"a LOGIN {9+}\r\nx LOGOUT\r x\r\nb NOOP\r\n")
        return [await client.line(), await client.line()]

    answers = talk(dialogue, spec(security="starttls"))
    assert [line[:5] for line in answers] == [b"a BAD", b"b OK "]


def test_the_announced_append_is_refused_before_it_is_sent():
    async def dialogue(client):
        await client.log_in()
        return await client.ask(b"APPEND INBOX {1001}")

    (refusal,) = talk(dialogue, spec(**{"max-message-bytes": 1000}))
    assert refusal.startswith(b"t NO [TOOBIG]")


def test_a_rule_may_answer_after_a_literal():
    rule = {"when": {"event": "continuation", "command": "LOGIN"}, "then": {"text": "{tag} NO no"}}

    async def dialogue(client):
        client.send(b"t LOGIN {1}\r\n")
        await client.line()
        client.send(b"u {9+}\r\nx LOGOUT\r\r\nb NOOP\r\n")
        return [await client.line(), await client.line()]

    assert talk(dialogue, spec(rule)) == [b"t NO no", b"b OK NOOP completed"]


@pytest.mark.parametrize(
    "sent",
    [
        b"a LOGIN anna hunter2\r\n",
        b"a login anna hunter2 junk\r\n",
        b"a LOGIN anna hun\x00ter2 hunter2\r\n",
        b'a LOGIN anna "hunter2\r\n',
        b"a LOGIN hunter2\r\n",
        b"LOGIN anna hunter2\r\n",
        b"a  LOGIN anna hunter2\r\n",
        b"a LOGIN anna \xffhunter2\r\n",
        b"a LOGIN anna {7+}\r\nhunter2\r\n",
        b"a LOGIN {4+}\r\nanna {7+}\r\nhunter2 junk\r\n",
        b"a LOGIN anna {99999999999+}\r\nhunter2\r\n",
        b"a AUTHENTICATE PLAIN hunter2\r\n",
        b"a AUTHENTICATE NONSUCH hunter2\r\n",
        b"a AUTHENTICATE PLAIN\r\nhunter2!\r\n",
        b"a LOGIN anna hunter2",
        b"a AUTHENTICATE PLAIN\r\nhunter2",
    ],
)
def test_secrets_are_masked_even_in_broken_lines(sent):
    async def dialogue(client):
        client.send(sent)
        client.writer.write_eof()
        await client.rest()
        return shown(client)

    text = talk(dialogue)
    assert "hunter2" not in text
    assert "anna" in text or "***" in text


class Pieces:
    """A connection whose every read gives the next of these."""

    def __init__(self, pieces):
        self.pieces = list(pieces)
        self.transcript = Transcript(1, "imap", "imap", "-")

    async def read(self):
        piece = self.pieces.pop(0)
        self.transcript.received(piece, tls=True)
        return piece


def test_a_log_in_that_comes_word_by_word_hides_no_spaces():
    words = [b"a", b" ", b"LOGIN", b" ", b"anna", b" ", b"hunter2", b"\r\n"]
    connection = Pieces([*words, b"b", b" ", b"SELECT", b" ", b"INBOX", b"\r\n"])
    reader = CommandReader(connection)

    async def both():
        return [await reader.line(), await reader.line()]

    assert asyncio.run(both()) == [b"a LOGIN anna hunter2", b"b SELECT INBOX"]
    assert [e.text for e in connection.transcript.lines()] == ["a LOGIN ***", "b SELECT INBOX"]


@pytest.mark.parametrize(
    "sent",
    [
        b"a NOOP\r\nb LOGIN anna hunter2\r\n",
        b"a NOOP\r\nb LOGIN anna {7+}\r\nhunter2\r\nc NOOP\r\n",
        b"a NOOP\r\nb AUTHENTICATE PLAIN aHVudGVyMg==\r\n",
        b"a NOOP\r\nb AUTHENTICATE PLAIN\r\naHVudGVyMg==\r\nc NOOP\r\n",
        b"a AUTHENTICATE PLAIN\r\naHVudGVyMg==\r\nc NOOP\r\n",
    ],
)
def test_nobody_who_watches_live_sees_a_secret_that_was_sent_ahead(sent):
    live = []

    async def run():
        watching = open_mailbox(spec(), on_entry=lambda _, entry: live.append(entry.text))
        async with watching as mailbox, connected(mailbox) as client:
            client.send(sent)
            client.writer.write_eof()
            await client.rest()

    asyncio.run(run())
    assert "hunter2" not in "".join(live) and "aHVudGVyMg" not in "".join(live)
    assert "***" in "".join(live) and any("NOOP" in line for line in live)


def test_too_many_errors_are_the_end():
    async def dialogue(client):
        client.send(b"a NONSUCH\r\n" * 10 + b"a FETCH 1 ALL\r\n" * 10 + b"\r\nb NOOP\r\n")
        return await client.rest()

    lines = talk(dialogue).split(b"\r\n")
    assert [line[:5] for line in lines] == [b"a BAD"] * 20 + [b"* BYE", b""]


DIALOGUES = {
    "login": b"a CAPABILITY\r\nb %b\r\nc SELECT INBOX\r\nd IDLE\r\nDONE\r\ne LOGOUT\r\n" % LOGIN,
    "authenticate": b"a AUTHENTICATE LOGIN\r\nYW5uYQ==\r\nYW5uYQ==\r\nb STARTTLS\r\n",
    "append": b"a %b\r\nb APPEND INBOX (\\Seen) {5+}\r\nhello\r\nc FETCH 1 FLAGS\r\n" % LOGIN,
}


@pytest.mark.parametrize("sent", DIALOGUES.values(), ids=DIALOGUES.keys())
def test_a_client_may_leave_at_any_byte(sent):
    async def run():
        async with open_mailbox(spec()) as mailbox:
            for end in range(len(sent) + 1):
                async with connected(mailbox) as client:
                    client.send(sent[:end])
                    client.writer.write_eof()
                    await client.rest()
            await mailbox.settle(5)
            assert mailbox.evidence.faults == []
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


def test_bytes_one_at_a_time_say_the_same():
    async def dialogue(client: Client):
        for byte in DIALOGUES["append"]:
            client.send(bytes([byte]))
            await client.writer.drain()
            await asyncio.sleep(0)
        return [line[:4] for line in await client.until(b"c ")]

    assert talk(dialogue) == [b"a OK", b"b OK", b"c BA"]
