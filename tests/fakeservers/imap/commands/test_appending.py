"""APPEND with MULTIAPPEND (RFC 3502) and BINARY (RFC 3516), and what FETCH BINARY gives back."""

import base64

import pytest
from talk import selected, spec, tagged, talk, untagged

CODED = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"a\0b") + b"\r\n"
QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db =\r\nc  \r\nd"
UNKNOWN = b"Content-Transfer-Encoding: x-rot13\r\n\r\nuryyb"


def test_several_messages_or_none():
    lines = untagged(
        b'APPEND Sent {1+}\r\na (\\Seen) "17-Jul-1996 02:44:25 -0700" {2+}\r\nbb {1+}\r\nc',
        b"STATUS Sent (MESSAGES SIZE UNSEEN)",
    )
    assert lines[-1].endswith("(MESSAGES 3 UNSEEN 2 SIZE 4)")
    assert tagged(b"APPEND Sent {1+}\r\na {0+}\r\n") == ["NO"]
    assert untagged(b"STATUS Sent (MESSAGES)")[-1].endswith("(MESSAGES 0)")


def test_appenduid_is_a_set():
    (line,) = selected(b"APPEND Sent {1+}\r\na {1+}\r\nb", setup=b"NOOP", dialect="dovecot")
    assert b" 1:2] " in line


def test_synchronizing_literals_one_after_the_other():
    async def dialogue(client):
        await client.log_in()
        return await client.ask(b"APPEND Sent {1}", b"a ~{1}", b"b")

    lines = talk(dialogue, spec(dialect="dovecot"))
    assert [line[:1] for line in lines] == [b"+", b"+", b"t"]
    assert lines[-1].startswith(b"t OK [APPENDUID ")


def test_all_messages_together_have_a_limit(monkeypatch):
    monkeypatch.setattr("fakeservers.imap.peer.APPEND_LIMIT_BYTES", 100)

    async def dialogue(client):
        await client.log_in()
        fits = await client.ask(b"APPEND Sent {60}", b"x" * 60 + b" {20}", b"y" * 20)
        return fits[-1], await client.ask(b"APPEND Sent {60}", b"x" * 60 + b" {60}", b"y" * 60)

    fits, refused = talk(dialogue, spec(dialect="cpanel", max_message_bytes=80))
    assert fits.startswith(b"t OK")
    assert [line[:12] for line in refused] == [b"+ Ready for ", b"t NO [TOOBIG"]


@pytest.mark.parametrize(
    ("message", "item", "answer"),
    [
        (CODED, b"BINARY.PEEK[1]", b"BINARY[1] ~{3}\r\na\0b"),
        (CODED, b"BINARY.SIZE[1]", b"BINARY.SIZE[1] 3"),
        (CODED, b"BINARY.PEEK[1]<1.1>", b"BINARY[1]<1> ~{1}\r\n\0"),
        (CODED, b"BINARY.PEEK[2]", b"BINARY[2] NIL"),
        (QUOTED, b"BINARY.PEEK[1]", b"BINARY[1] {8}\r\na=b c\r\nd"),
        (b"\r\nplain", b"BINARY.PEEK[]", b"BINARY[] {7}\r\n\r\nplain"),
    ],
)
def test_binary(message, item, answer):
    async def dialogue(client):
        client.mailbox.accounts.account.deliver(message)
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        client.send(b"t FETCH 3 (" + item + b")\r\n")
        return b"\r\n".join(await client.until(b"t OK"))

    assert talk(dialogue, spec(dialect="dovecot")).startswith(b"* 3 FETCH (" + answer + b")\r\n")


def test_what_cannot_be_decoded_is_refused_as_a_whole():
    lines = selected(b"FETCH 1:3 (FLAGS BINARY[1])", dialect="dovecot", messages=[UNKNOWN])
    assert [line[:18] for line in lines] == [b"t NO [UNKNOWN-CTE]"]


def test_binary_messages_are_kept_as_text():
    async def dialogue(client):
        await client.log_in()
        await client.ask(b"APPEND INBOX ~{12+}\r\nX: y\r\n\r\na\0\r\n")
        return client.mailbox.accounts.account.inbox.messages[-1].content

    assert talk(dialogue, spec(dialect="dovecot")) == (
        b"X: y\r\nContent-Transfer-Encoding: base64\r\n\r\nYQANCg==\r\n"
    )


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"FETCH 1 BINARY[HEADER]", "BAD"),
        (b"FETCH 1 BINARY.SIZE[1]<0.1>", "BAD"),
        (b"FETCH 1 BINARY.SIZE.PEEK[1]", "BAD"),
        (b"FETCH 1 BINARY", "BAD"),
        (b"APPEND Sent ~{38+}\r\nContent-Type: multipart/mixed\r\n\r\na\0b\r\n\r\n", "NO"),
    ],
)
def test_what_is_wrong(command, answer):
    assert tagged(command) == [answer]


def test_what_is_not_offered_is_unknown():
    lines = selected(
        b"FETCH 1 BINARY[1]", b"APPEND Sent ~{1+}\r\na", b"APPEND Sent {1+}\r\na {1+}\r\nb"
    )
    assert [line[:5] for line in lines] == [b"t BAD"] * 3
