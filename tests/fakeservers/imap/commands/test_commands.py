"""What a logged-in client may do to mailboxes and messages, and what it may not."""

from typing import get_args

import pytest
from talk import selected

from fakeservers.dialects.command_names import ImapCommand, UidCommand
from fakeservers.imap.commands import COMMANDS


def test_rules_may_ask_for_every_command_that_there_is():
    assert {name.partition(" ")[0] for name in COMMANDS} | {"UID"} == set(get_args(ImapCommand))
    assert {name for name in COMMANDS if name.startswith("UID ")} == set(get_args(UidCommand))


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
        b"FETCH 99:* FLAGS",
        b"FETCH 1 BODY[MIME]",
        b"FETCH 1 BODY[HEADER.FIELDS ()]",
        b"FETCH 1 BODY.PEEK",
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
        b"SEARCH $",
        b"SEARCH MODSEQ 1",
        b"SEARCH YOUNGER 1",
        b"SEARCH RETURN (MIN) ALL",
        b"FETCH $ FLAGS",
        b"FETCH 1 MODSEQ",
        b"FETCH 1 FLAGS (CHANGEDSINCE 1)",
        b"STORE 1 (UNCHANGEDSINCE 1) FLAGS ()",
        b"GETQUOTA x",
        b"SEARCH LARGER x",
        b"SEARCH ON 99-Foo-2020",
        b"SEARCH " + b"(" * 1000,
        b"CLOSE now",
        b"EXPUNGE 1",
        b"CHECK 1",
        b"CREATE",
        b"CREATE a b",
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
        (b"APPEND INBOX {0+}\r\n", b"t NO [CANNOT]"),
        (b"UID FETCH 99:* FLAGS", b"* 2 FETCH"),
        (b"STATUS nonsuch (MESSAGES)", b"t NO [NONEXISTENT]"),
        (b"DELETE nonsuch", b"t NO [NONEXISTENT]"),
        (b"DELETE inbox", b"t NO [CANNOT] DELETE"),
        (b"RENAME INBOX x", b"t NO [CANNOT] RENAME"),
        (b"RENAME Sent Drafts", b"t NO [ALREADYEXISTS]"),
        (b"RENAME Sent Sent/x", b"t NO [CANNOT]"),
        (b"CREATE inbox", b"t NO [ALREADYEXISTS]"),
        (b"CREATE a//b", b"t NO [CANNOT]"),
        (b"CREATE &&", b"t NO [CANNOT] Mailbox name"),
        (b"CREATE &AGEAYgBj-", b"t NO [CANNOT] Mailbox name"),
        (b'CREATE "gr\xc3\xbc\xc3\x9fe"', b"t NO [CANNOT] Mailbox name"),
        (b'LIST "" &&', b"t OK LIST"),
        (b"SUBSCRIBE nonsuch", b"t NO [NONEXISTENT]"),
        (b"SEARCH 99", b"* SEARCH"),  # RFC 9051, 6.4.4: it fits no message
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
        b" 1:2 1:2] UID COPY completed"
    )
    assert lines[1].startswith(b"* OK [COPYUID ")
    assert lines[2:10] == [
        b"* 1 EXPUNGE",
        b"* 1 RECENT",
        b"t OK MOVE completed",
        b"t OK STORE completed",
        b"t OK UID EXPUNGE completed",
        b"* 1 EXPUNGE",
        b"* 0 RECENT",
        b"t OK EXPUNGE completed",
    ]
    assert lines[10].startswith(b"t OK [APPENDUID ")
    assert lines[11] == b'* STATUS "Sent" (MESSAGES 2 UIDNEXT 3)'


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
