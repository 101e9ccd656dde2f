"""Mailboxes and messages: the whole of IMAP that a connector may use after the log-in."""

import tracemalloc

import pytest
from talk import selected, talk

NESTED = b"""\
From: "Anna \\"A\\" B" <a@x.test>, undisclosed:;\r
To: b@x.test (Bert)\r
SUBJECT: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r
Message-Id: <1@x.test>\r
Content-Type: multipart/mixed; boundary="q;1"\r
\r
preamble\r
--q;1\r
Content-Type: text/plain;\r
\r
one\r
--q;1\r
Content-Type: message/rfc822\r
\r
Subject: inner\r
\r
two\r
\r
--q;1--\r
epilogue\r
"""
ODD = [
    b"",
    b"\r\n",
    b"no header at all",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part",
    b"Content-Type: ;;;\r\nContent-Disposition: ;\r\nDate: never\r\nFrom: <>\r\n\r\nx",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Subject: \xff\xfe\r\nTo: \xff@\xff\r\n\r\n\x00\xff",
    b"Subject: =?nonsuch?q?a?=\r\nContent-Type: text/plain; name*=utf-8''%ff\r\n\r\n",
    b"Subject: lf only\n\nbody\n",
    b"Content-Type: message/rfc822\r\n\r\n" * 50,
]


def test_select_tells_all_that_the_rfc_requires():
    lines = selected(b'SELECT "inBOX"', b"EXAMINE INBOX", b"SELECT nonsuch", b"CHECK")
    assert lines[0].startswith(b"* FLAGS (\\Answered")
    assert b"* 2 EXISTS" in lines
    assert any(line.startswith(b"* OK [UIDNEXT 3]") for line in lines)
    assert b"t OK [READ-WRITE] SELECT completed" in lines
    assert b"t OK [READ-ONLY] EXAMINE completed" in lines
    assert lines[-2].startswith(b"t NO [NONEXISTENT]")
    assert lines[-1].startswith(b"t BAD CHECK")  # a failed SELECT leaves nothing selected


@pytest.mark.parametrize(
    ("item", "data"),
    [
        (b"BODY[]", NESTED),
        (b"BODY[]<5.6>", NESTED[5:11]),
        (b"BODY[]<5000.6>", b""),
        (b"BODY[HEADER.FIELDS (SUBJECT)]", b"SUBJECT: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\n"),
        (b"BODY[1]", b"one"),
        (b"BODY[1.MIME]", b"Content-Type: text/plain;\r\n\r\n"),
        (b"BODY[2.HEADER]", b"Subject: inner\r\n\r\n"),
        (b"BODY[2.TEXT]", b"two\r\n"),
        (b"BODY[2.1]", b"two\r\n"),
        (b"BODY[TEXT]", NESTED.partition(b"\r\n\r\n")[2]),
        (b"RFC822.HEADER", NESTED.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"),
    ],
)
def test_sections_come_back_byte_for_byte(item, data):
    async def dialogue(client):
        client.mailbox.accounts.account.deliver(NESTED)
        await client.log_in()
        await client.ask(b"EXAMINE INBOX")
        client.send(b"t FETCH 3 (UID " + item.replace(b"BODY", b"BODY.PEEK", 1) + b")\r\n")
        return b"\r\n".join(await client.until(b"t OK"))

    answered = item.replace(b".6>", b">")
    assert talk(dialogue) == (
        b"* 3 FETCH (UID 3 %b {%d}\r\n%b)\r\nt OK FETCH completed" % (answered, len(data), data)
    )


def test_envelope_and_structure():
    async def dialogue(client):
        client.mailbox.accounts.account.deliver(NESTED)
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        return (await client.ask(b"FETCH 3 (ENVELOPE BODYSTRUCTURE BODY BODY[9])"))[0]

    line = talk(dialogue)
    group = b'(NIL NIL "undisclosed" NIL)(NIL NIL NIL NIL)'
    sender = b'(("Anna \\"A\\" B" NIL "a" "x.test")' + group + b")"
    assert b'ENVELOPE (NIL "=?utf-8?q?gr=C3=BC=C3=9Fe?=" ' + sender + b" " + sender in line
    assert b'(("Bert" NIL "b" "x.test")) NIL NIL NIL "<1@x.test>")' in line
    assert b'BODYSTRUCTURE (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 3 0 NIL NIL NIL NIL)' in line
    assert b'"MIXED" ("BOUNDARY" "q;1") NIL NIL NIL)' in line
    assert line.endswith(b"BODY[9] NIL)")


@pytest.mark.parametrize("content", ODD)
def test_no_message_is_too_odd(content):
    async def dialogue(client):
        client.mailbox.accounts.account.deliver(content)
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        everything = b"FLAGS ENVELOPE BODYSTRUCTURE BODY BODY[1] BODY[1.1.HEADER] RFC822"
        client.send(b"t FETCH 3 (" + everything + b" RFC822.TEXT BODY[2.TEXT] INTERNALDATE)\r\n")
        lines = await client.until(b"t ")
        found = await client.last(
            b"SEARCH OR SENTON 1-Jan-2020 SUBJECT x BODY a TEXT b HEADER To x FROM y"
        )
        return lines[-1], found

    fetched, searched = talk(dialogue)
    assert (fetched, searched) == (b"t OK FETCH completed", b"t OK SEARCH completed")


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (b"ALL", b" 1 2 3"),
        (b"2:*", b" 2 3"),
        (b"*", b" 3"),
        (b"NOT 2", b" 1 3"),
        (b"OR 1 (UID 3)", b" 1 3"),
        (b"UNSEEN FLAGGED", b" 3"),
        (b"KEYWORD Later", b" 3"),
        (b"UNKEYWORD later", b" 1 2"),
        (b'SUBJECT "welcome"', b" 1"),
        (b"CHARSET UTF-8 SUBJECT {6+}\r\ngr\xc3\xbc\xc3\x9f", b" 3"),
        (b'CHARSET UTF-8 SUBJECT "gr\xc3\xbc\xc3\x9f"', b" 3"),
        (b"HEADER Message-ID message-2", b" 2"),
        (b'HEADER X-None ""', b""),
        (b"BODY two", b" 3"),
        (b"TEXT postmaster", b" 1 2"),
        (b"ON 17-Jul-1996", b" 3"),
        (b"SINCE 17-Jul-1996 BEFORE 18-Jul-1996", b" 3"),
        (b"SENTSINCE 1-Jan-2000", b" 1 2"),
        (b"LARGER 1 SMALLER 100000", b" 1 2 3"),
        (b"NEW", b" 1 2 3"),
        (b"OLD", b""),
    ],
)
def test_search(keys, found):
    async def dialogue(client):
        await client.log_in()
        await client.ask(
            b'APPEND INBOX (\\flagged Later) "17-Jul-1996 02:44:25 -0700" {%d}' % len(NESTED),
            NESTED,
        )
        await client.ask(b"SELECT INBOX")
        return await client.ask(b"SEARCH " + keys), await client.ask(b"UID SEARCH " + keys)

    plain, by_uid = talk(dialogue)
    assert plain == [b"* SEARCH" + found, b"t OK SEARCH completed"]
    assert by_uid == [b"* SEARCH" + found, b"t OK UID SEARCH completed"]


def test_what_has_literals_in_it_comes_last():
    """As Dovecot tells it; Perl's Mail::IMAPClient takes what follows a literal for more of it."""
    lines = selected(b"FETCH 1 (BODY[TEXT] ENVELOPE RFC822.SIZE UID INTERNALDATE)")
    told = lines[0].decode()
    places = [told.index(name) for name in ("SIZE", "UID", "INTERNALDATE", "ENVELOPE", "BODY[")]
    assert places == sorted(places)
    assert lines[2] == b")"


def test_an_answer_is_never_held_whole():
    """Whatever messages and items multiply to, it goes out as it is made."""
    times, size = 100, 200_000

    async def dialogue(client):
        client.mailbox.accounts.account.deliver(b"\r\n" + b"x" * size)
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        items = b" ".join(b"BODY.PEEK[]<%d.%d>" % (n, size) for n in range(times))
        tracemalloc.start()
        try:
            client.send(b"t FETCH 3 (" + items + b")\r\n")
            received = 0
            while received < times * (size - times):
                received += len(await client.reader.read(2**20))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert talk(dialogue) < 10 * 2**20  # of 20 MB


def test_reading_a_message_says_that_it_is_read():
    lines = selected(
        b"FETCH 1 (UID BODY[HEADER.FIELDS (X)])", b"UID FETCH 1 FLAGS", b"FETCH 2 BODY.PEEK[1]<0.0>"
    )
    assert lines[0] == b"* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) BODY[HEADER.FIELDS (X)] {2}"
    assert b"* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent))" in lines


def test_keywords_are_told_before_their_first_use():
    lines = selected(
        b"STORE 1 +FLAGS (One $Two)",
        b"STORE 2 +FLAGS (ONE)",
        b"STORE 2 -FLAGS (oNe)",
        b"EXAMINE INBOX",
    )
    flags = b"(\\Answered \\Flagged \\Deleted \\Seen \\Draft One $Two"
    assert lines[0] == b"* FLAGS " + flags + b")"
    assert lines[1].startswith(b"* OK [PERMANENTFLAGS " + flags + b" \\*)]")
    assert lines[2:7] == [
        b"* 1 FETCH (FLAGS (\\Recent One $Two))",
        b"t OK STORE completed",
        b"* 2 FETCH (FLAGS (\\Recent One))",
        b"t OK STORE completed",
        b"* 2 FETCH (FLAGS (\\Recent))",
    ]
    assert b"* FLAGS " + flags + b")" in lines[7:]
