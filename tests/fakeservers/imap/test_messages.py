"""Mailboxes and messages: the whole of IMAP that a connector may use after the log-in."""

import asyncio

import pytest
from talk import connected, talk

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


def selected(*commands, setup=b"SELECT INBOX"):
    """The lines that answer the commands, after a log-in and a SELECT."""

    async def dialogue(client):
        await client.log_in()
        await client.ask(setup)
        return [line for command in commands for line in await client.ask(command)]

    return talk(dialogue)


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
    sender = b'(("Anna \\"A\\" B" NIL "a" "x.test"))'
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
        (b"HEADER Message-ID welcome-2", b" 2"),
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


@pytest.mark.parametrize(
    "command",
    [
        b"FETCH",
        b"FETCH 1",
        b"FETCH 1 ()",
        b"FETCH 1 (NONSUCH)",
        b"FETCH 1 (FLAGS",
        b"FETCH 1 BODY[0]",
        b"FETCH 1 BODY[]<-1.5>",
        b"FETCH 1 BODY[]<1.0>",
        b"FETCH 1 BODY[]<x.y>",
        b"FETCH 1 BODY[HEADER.FIELDS ()",
        b"FETCH 0 FLAGS",
        b"FETCH 99 FLAGS",
        b"FETCH 1:99 FLAGS",
        b"FETCH 99999999999 FLAGS",
        b"FETCH x FLAGS",
        b"STORE 1 FLAGS",
        b"STORE 1 NONSUCH (\\Seen)",
        b"STORE 1 +FLAGS (\\Nonsuch)",
        b"STORE 1 +FLAGS (\\Recent)",
        b"STORE 99 +FLAGS (\\Seen)",
        b"COPY 99 Sent",
        b"COPY 1",
        b"MOVE 1",
        b"UID",
        b"UID NOOP",
        b"UID FETCH",
        b"UID EXPUNGE",
        b"SEARCH",
        b"SEARCH NONSUCH",
        b"SEARCH OR 1",
        b"SEARCH (1",
        b"SEARCH 99",
        b"SEARCH LARGER x",
        b"SEARCH ON 99-Foo-2020",
        b"SEARCH " + b"(" * 1000,
        b"CLOSE now",
        b"EXPUNGE 1",
        b"CHECK 1",
        b"CREATE",
        b"CREATE a b",
        b"CREATE &&",
        b"CREATE &AGEAYgBj-",
        b'CREATE "gr\xc3\xbc\xc3\x9fe"',
        b"RENAME a",
        b"STATUS INBOX",
        b"STATUS INBOX ()",
        b"STATUS INBOX (SIZE)",
        b"LIST",
        b'LIST "" * RETURN (STATUS)',
        b'LIST (SUBSCRIBED) "" *',
        b'LIST (SPECIAL-USE "" *',
        b"LSUB x",
        b"APPEND",
        b"APPEND INBOX",
        b"APPEND INBOX (\\Seen) nothing",
        b'APPEND INBOX "yesterday" {1+}\r\nx',
        b"ID (one)",
        b'ID ("name" ("x"))',
        b"NAMESPACE x",
        b"NOOP x",
        b"LOGOUT x",
        b"CAPABILITY x",
        b"UNSELECT x",
        b"NONSUCH",
        b"UID_EXPUNGE 1",
        b"XLIST",
        b"IDLE x",
    ],
)
def test_what_is_wrong_is_bad_and_nothing_breaks(command):
    assert [line[:6] for line in selected(command, b"NOOP")] == [b"t BAD ", b"t OK N"]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (b"COPY 1 nonsuch", b"t NO [TRYCREATE]"),
        (b"UID MOVE 1 nonsuch", b"t NO [TRYCREATE]"),
        (b"APPEND nonsuch {1+}\r\nx", b"t NO [TRYCREATE]"),
        (b"STATUS nonsuch (MESSAGES)", b"t NO [NONEXISTENT]"),
        (b"DELETE nonsuch", b"t NO [NONEXISTENT]"),
        (b"DELETE inbox", b"t NO [CANNOT] DELETE"),
        (b"RENAME INBOX x", b"t NO [CANNOT] RENAME"),
        (b"RENAME Sent Drafts", b"t NO [ALREADYEXISTS]"),
        (b"RENAME Sent Sent/x", b"t NO [CANNOT]"),
        (b"CREATE inbox", b"t NO [ALREADYEXISTS]"),
        (b"CREATE a//b", b"t NO [CANNOT]"),
        (b"SUBSCRIBE nonsuch", b"t NO [NONEXISTENT]"),
        (b"SEARCH CHARSET LATIN-1 ALL", b"t NO [BADCHARSET"),
        (b"UID FETCH 99 FLAGS", b"t OK UID FETCH"),
        (b"UID STORE 99 FLAGS ()", b"t OK UID STORE"),
        (b"ENABLE CONDSTORE", b"t BAD ENABLE"),
        (b"ID NIL", b"* ID NIL"),
        (b'ID ("name" "x" "y" NIL)', b"* ID NIL"),
        (b"NAMESPACE", b'* NAMESPACE (("" "/")) NIL NIL'),
        (b"UNSELECT", b"t OK UNSELECT"),
    ],
)
def test_what_is_refused_or_odd_but_right(command, answer):
    assert selected(command)[0].startswith(answer)


def test_nothing_changes_in_an_examined_mailbox():
    lines = selected(
        b"STORE 1 +FLAGS (\\Deleted)",
        b"EXPUNGE",
        b"MOVE 1 Sent",
        b"UID EXPUNGE 1",
        b"FETCH 1 RFC822",
        setup=b"EXAMINE INBOX",
    )
    assert [line[:4] for line in lines[:4]] == [b"t NO"] * 4
    assert not any(b"FLAGS" in line for line in lines[4:])


def test_names_of_mailboxes():
    lines = selected(
        b"CREATE &ZeVnLIqe-/Gr&APwA3w-e",
        b'CREATE {4+}\r\na"\\b',
        b'CREATE "MixedCase"',
        b'RENAME &ZeVnLIqe- "x y"',
        b"SUBSCRIBE MixedCase",
        b"UNSUBSCRIBE Junk",
        b'LIST "" "x*"',
        b'LIST "" %',
        b'LIST "x y/" *',
        b'LSUB "" Junk',
        b"DELETE MixedCase",
        b'DELETE "x y"',
    )
    assert b'* LIST () "/" "x y/Gr&APwA3w-e"' in lines
    assert b'* LIST () "/" "a\\"\\\\b"' in lines
    assert b'* LIST () "/" "MixedCase"' in lines
    assert not any(line.startswith(b"* LSUB") for line in lines)
    assert lines[-1].startswith(b"t NO [HASCHILDREN]")


def test_special_use_and_the_delimiter():
    lines = selected(
        b'LIST (SPECIAL-USE) "" "*"', b'LIST "" "*" RETURN (SPECIAL-USE)', b'LIST "" ""'
    )
    assert sum(b"\\Junk" in line for line in lines) == 2
    assert lines.index(b"t OK LIST completed") == 5
    assert lines[-2] == b'* LIST (\\Noselect) "/" ""'


def test_moving_copying_and_expunging_tell_the_uids():
    lines = selected(
        b"UID COPY 1:2 Archive", b"MOVE 1 Sent", b"STORE 1 +FLAGS.SILENT \\Deleted",
        b"UID EXPUNGE 9", b"EXPUNGE", b"APPEND Sent {1+}\r\nx", b"STATUS Sent (MESSAGES UIDNEXT)",
    )  # fmt: skip
    assert lines[0].startswith(b"t OK [COPYUID ") and lines[0].endswith(
        b" 1,2 1,2] UID COPY completed"
    )
    assert lines[1].startswith(b"* OK [COPYUID ")
    assert lines[2:8] == [
        b"* 1 EXPUNGE",
        b"t OK MOVE completed",
        b"t OK STORE completed",
        b"t OK UID EXPUNGE completed",
        b"* 1 EXPUNGE",
        b"t OK EXPUNGE completed",
    ]
    assert lines[8].startswith(b"t OK [APPENDUID ")
    assert lines[9] == b'* STATUS "Sent" (MESSAGES 2 UIDNEXT 3)'


def test_close_expunges_in_silence_and_unselect_does_not():
    lines = selected(
        b"STORE 1 +FLAGS (\\Deleted)", b"UNSELECT", b"STATUS INBOX (MESSAGES)", b"SELECT INBOX",
        b"CLOSE", b"STATUS INBOX (MESSAGES)",
    )  # fmt: skip
    assert [line for line in lines if b"STATUS" in line and line.startswith(b"*")] == [
        b'* STATUS "INBOX" (MESSAGES 2)',
        b'* STATUS "INBOX" (MESSAGES 1)',
    ]
    assert b"t OK CLOSE completed" in lines
    assert not any(b"EXPUNGE" in line for line in lines)


def test_a_large_mailbox_is_fetched_whole():
    async def dialogue(client):
        for _ in range(2000):
            client.mailbox.accounts.account.deliver(b"Subject: x\r\n\r\n")
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        return await client.ask(b"FETCH 1:* (UID FLAGS)")

    assert len(talk(dialogue)) == 2003


def test_mail_that_arrives_is_told_of():
    async def dialogue(client):
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        account = client.mailbox.accounts.account
        account.deliver(b"one")
        noop = await client.ask(b"NOOP")
        client.send(b"t IDLE\r\n")
        assert await client.line() == b"+ idling"
        account.deliver(b"two")
        told = [await client.line(), await client.line()]
        account.inbox.remove(account.inbox.messages[:1])
        told.append(await client.line())
        client.send(b"done\r\nt NOOP\r\n")
        return noop, told, await client.line(), await client.line()

    noop, told, done, after = talk(dialogue)
    assert noop[:2] == [b"* 3 EXISTS", b"* 3 RECENT"]
    assert told == [b"* 4 EXISTS", b"* 4 RECENT", b"* 1 EXPUNGE"]
    assert (done, after) == (b"t OK IDLE completed", b"t OK NOOP completed")


def test_numbers_change_only_when_they_may():
    async def dialogue(client):
        async with connected(client.mailbox) as other:
            await other.line()
            for each in (client, other):
                await each.log_in()
                await each.ask(b"SELECT INBOX")
            await other.ask(b"STORE 1 +FLAGS (\\Deleted)")
            await other.ask(b"EXPUNGE")
            return [
                line
                for command in (b"FETCH 1 UID", b"SEARCH ALL", b"NOOP", b"FETCH 1 UID")
                for line in await client.ask(command)
            ]

    lines = talk(dialogue)
    assert [line for line in lines if line.startswith(b"*")] == [
        b"* 1 FETCH (UID 1)",
        b"* 1 FETCH (FLAGS (\\Deleted \\Recent))",
        b"* SEARCH 1 2",
        b"* 1 EXPUNGE",
        b"* 1 FETCH (UID 2)",
    ]


def test_idle_ends_with_anything_but_is_only_ok_for_done():
    async def dialogue(client):
        await client.log_in()
        return [await client.last(b"IDLE", b"a NOOP"), await client.last(b"IDLE", b"DONE")]

    assert [line[:5] for line in talk(dialogue)] == [b"t BAD", b"t OK "]


def test_idle_leaves_no_task_when_the_mailbox_goes_away():
    async def dialogue(client):
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        client.send(b"t IDLE\r\n")
        await client.line()
        await client.mailbox.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert client.mailbox.accounts.account.inbox._watchers == []

    talk(dialogue)
