"""What has a bound is refused behind it in the server's words, and the connection goes on."""

import pytest
from talk import selected, spec, talk, untagged

from fakeservers.dialects.dialect import dialect_names, load_dialect
from fakeservers.imap.boundaries import header_end, pieces_of
from fakeservers.imap.grammar.list_patterns import ListPattern
from fakeservers.imap.headers import MOST_ADDRESSES, Address, read_addresses, readable
from fakeservers.imap.mime import HEADER_LIMIT_BYTES, MOST_FIELDS, Part
from fakeservers.store import Usage

LONG = b"n" * 256


@pytest.mark.parametrize(
    ("command", "plain", "dovecot"),
    [
        (b"CREATE " + LONG, b"NO [CANNOT]", b"NO [CANNOT] Mailbox name too long"),
        (b"RENAME Sent " + LONG, b"NO [CANNOT]", b"NO [CANNOT] Mailbox name too long"),
        (b"SEARCH " + b"ALL " * 1000 + b"ALL", b"BAD", b"BAD"),
        (b"SEARCH " + b"(" * 51 + b"ALL" + b")" * 51, b"BAD", b"BAD"),
        (b"FETCH 1 (" + b" ".join(b"BODY[%d]" % n for n in range(1, 1100)) + b")", b"BAD", b"BAD"),
        (b"ID " + b"(" * 1000, b"BAD", b"BAD"),
        (
            b"STORE 1 FLAGS (" + b" ".join(b"k%d" % n for n in range(201)) + b")",
            b"NO [LIMIT]",
            b"NO [LIMIT]",
        ),
    ],
)
def test_what_is_too_much_is_refused_and_the_connection_goes_on(command, plain, dovecot):
    for dialect, words in (("plain", plain), ("dovecot", dovecot)):
        *_, refused, _noop = selected(command, b"NOOP", dialect=dialect)
        assert refused.startswith(b"t " + words)


def test_the_literals_of_a_command_are_bounded_together():
    async def dialogue(client):
        await client.log_in()
        client.send(b"a LIST {30000+}\r\n%b {40000+}\r\n%b\r\n" % (b"x" * 30000, b"y" * 40000))
        return [await client.line(), await client.last(b"NOOP")]

    refused, going_on = talk(dialogue)
    assert refused.startswith(b"a NO [TOOBIG]")
    assert going_on.startswith(b"t OK")


def test_what_is_beyond_the_quota_is_refused_and_what_is_deleted_makes_room(monkeypatch):
    monkeypatch.setattr("fakeservers.store.MOST_MESSAGES", 5)

    async def dialogue(client):
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        before = client.mailbox.accounts.account.usage.messages
        appends = [await client.last(b"APPEND INBOX {1+}\r\nx") for _ in range(before, 5)]
        more = [await client.last(b"APPEND INBOX {1+}\r\nx"), await client.last(b"COPY 1 Sent")]
        await client.ask(b"STORE 1 FLAGS (\\Deleted)")
        await client.ask(b"EXPUNGE")
        return appends, more, await client.last(b"COPY 1 Sent")

    appends, more, after = talk(dialogue, spec(dialect="dovecot"))
    assert all(line.startswith(b"t OK") for line in [*appends, after])
    assert all(line.startswith(b"t NO [OVERQUOTA] Quota exceeded") for line in more)


def test_there_are_so_many_mailboxes_and_no_more(monkeypatch):
    monkeypatch.setattr("fakeservers.imap.folders.MOST_FOLDERS", 12)

    async def dialogue(client):
        await client.log_in()
        answers = [await client.last(b"CREATE n%d" % number) for number in range(12)]
        await client.ask(b"DELETE n0")
        return answers, await client.last(b"CREATE again")

    answers, again = talk(dialogue)
    assert answers[-1].startswith(b"t NO [LIMIT]") and answers[0].startswith(b"t OK")
    assert again.startswith(b"t OK")


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("*", {"INBOX", "a", "a/b", "a/b/c", "ab"}),
        ("%", {"INBOX", "a", "ab"}),
        ("a/%", {"a/b"}),
        ("a*c", {"a/b/c"}),
        ("%/%/%", {"a/b/c"}),
        ("%*%/*%", {"a/b", "a/b/c"}),
        ("inbox", {"INBOX"}),
        ("a%b", {"ab"}),
        ("a*b", {"a/b", "ab"}),
        ("", set()),
    ],
)
def test_patterns_cover_what_they_should(pattern, covered):
    names = ("INBOX", "a", "a/b", "a/b/c", "ab")
    patterns = {any_: ListPattern(pattern, "/", any_case=any_) for any_ in (False, True)}
    assert {name for name in names if patterns[name == "INBOX"].covers(name)} == covered


def test_of_a_long_header_the_first_fields_are_read_and_all_of_it_is_told():
    many = b"".join(b"f%d: x\r\n" % number for number in range(MOST_FIELDS + 1))
    assert len(Part.of(many + b"\r\n").fields) == MOST_FIELDS
    late = b"X: " + b"x" * HEADER_LIMIT_BYTES + b"\r\nSubject: late\r\n\r\nbody"
    assert Part.of(late).value("subject") is None
    assert Part.of(late).header + Part.of(late).body == late


def test_lines_that_are_no_fields_are_passed_over():
    part = Part.of(b"From anna Mon 12:00\r\nno colon\r\nSubject : a\r\n b\r\n: x\r\n\r\n")
    assert part.fields == [("subject", b"a b")]


@pytest.mark.parametrize(
    ("content", "end"), [(b"a\r\n\r\nb", 5), (b"a\n\nb", 3), (b"\r\nb", 2), (b"a\r\n", 3)]
)
def test_where_a_header_ends(content, end):
    assert header_end(content) == end


@pytest.mark.parametrize(
    ("body", "pieces"),
    [
        (b"--b\r\n1\r\n--b\r\n2\r\n--b--\r\nafter", [b"1", b"2"]),
        (b"before\n--b \n1\n--b", [b"1", b""]),
        (b"--b\r\n--b\r\n--b--", [b"", b""]),
        (b"--b\r\n1\r\n--bc\r\n2", [b"1\r\n--bc\r\n2"]),
        (b"x --b\r\n", []),
    ],
)
def test_what_stands_between_boundaries(body, pieces):
    assert pieces_of(body, b"b") == pieces


def test_parts_in_parts_are_looked_at_as_far_as_memory_allows():
    content = b"x" * 100_000
    for number in range(18):
        begin = b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (number, number)
        content = begin + content
    part, sizes = Part.of(content), []
    while part.parts:
        part = part.parts[0]
        sizes.append(len(part.body))
    assert 5 <= len(sizes) < 9, "each has all that is in it"


def test_usual_and_odd_addresses_are_told_in_order_up_to_a_number():
    value = b'"A, B" <a@x.test>, b@x.test, C (see) D <c@x.test>, e f <f@x.test>'
    assert read_addresses(value) == [
        Address("A, B", "a", "x.test"),
        Address("", "b", "x.test"),
        Address("C D (see)", "c", "x.test"),
        Address("e f", "f", "x.test"),
    ]
    assert len(read_addresses(b"a@b," * 2 * MOST_ADDRESSES)) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"=?utf-8?q?gr=C3=BC?= =?utf-8?b?w58=?= you", "grüß you"),
        (b"a =?utf-8?q?b_c?= d", "a b c d"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
        (b"=?iso-8859-1?q?=FC?= =?utf-8?q?x?=", "üx"),
        (b"=?none?q?x?=", "=?none?q?x?="),
        (b"=?punycode?q?x-1ga?=", "=?punycode?q?x-1ga?="),
        (b"=?utf-8?q?not ended", "=?utf-8?q?not ended"),
        (b"=?utf-8?b?!?=", ""),
    ],
)
def test_encoded_words_are_read(written, said):
    assert readable(written) == said


def test_text_is_found_across_the_pieces_in_which_it_is_looked_for():
    body = b"Subject: x\r\n\r\n" + b"x" * 16370 + b"STRASSE" + b"y" * 20_000
    [found] = untagged(b'SEARCH BODY "stra\xc3\x9fe"', messages=[body])
    [none] = untagged(b"SEARCH BODY strassen", messages=[body])
    assert found.startswith("SEARCH ") and none == "SEARCH"


def test_what_an_account_holds_is_counted():
    usage = Usage()
    assert usage.leaves_room(10_000, 0)
    assert not usage.leaves_room(10_001, 0)
    assert not usage.leaves_room(1, 256 * 1024 * 1024 + 1)


@pytest.mark.parametrize("dialect", ["gmail", "gmx"])
def test_how_long_a_message_may_be_is_told_where_the_dialect_tells_it(dialect):
    async def dialogue(client):
        await client.log_in()
        told, _ = await client.ask(b"CAPABILITY")
        return told, await client.last(b"APPEND INBOX {1001}")

    told, refused = talk(dialogue, spec(dialect=dialect, max_message_bytes=1000))
    assert b"APPENDLIMIT=1000" in told.split()
    assert refused.startswith(b"t NO [TOOBIG]")


def test_every_dialect_has_words_for_what_is_too_much():
    for dialect in dialect_names():
        loaded = load_dialect(dialect)
        for name in ("mailbox-name-too-long", "too-many-mailboxes", "over-quota"):
            assert loaded.reply("imap", name).encode({"tag": "t"})
        assert loaded.reply("smtp", "over-quota").encode({})[:1] in b"45"
