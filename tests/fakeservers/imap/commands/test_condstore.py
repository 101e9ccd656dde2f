"""CONDSTORE (RFC 7162), as a dialect offers it whose server has it."""

import re

import pytest
from talk import connected, selected, spec, tagged, talk, untagged


def test_it_is_told_once_the_client_shows_that_it_knows_it():
    lines = untagged(
        b"STORE 1 +FLAGS (\\Seen)",
        b"FETCH 1 MODSEQ",
        b"STORE 1 -FLAGS (\\Seen)",
        b"STORE 2 +FLAGS.SILENT (\\Seen)",
        b"UID STORE 2 +FLAGS.SILENT (Later)",
    )
    assert lines[:4] == [
        "1 FETCH (FLAGS (\\Seen \\Recent))",
        "OK [HIGHESTMODSEQ 4] Highest",
        "1 FETCH (MODSEQ (4))",
        "1 FETCH (MODSEQ (5) FLAGS (\\Recent))",
    ]
    assert lines[4] == "2 FETCH (MODSEQ (6))"
    assert lines[-1] == "2 FETCH (UID 2 MODSEQ (7))"


@pytest.mark.parametrize(
    "command", [b"SELECT INBOX (CONDSTORE)", b"EXAMINE INBOX (CONDSTORE)", b"SELECT INBOX"]
)
def test_select_tells_the_highest(command):
    lines = untagged(b"FETCH 1 MODSEQ", command)
    assert "OK [HIGHESTMODSEQ 3] Highest" in lines[2:]


def test_enabling():
    assert untagged(b"ENABLE QRESYNC condstore", setup=b"NOOP") == ["ENABLED CONDSTORE"]
    assert untagged(b"ENABLE X", setup=b"NOOP") == []
    assert selected(b"ENABLE CONDSTORE", setup=b"NOOP", dialect="courier")[0] == b"* ENABLED"


def test_only_what_has_changed_is_fetched():
    lines = untagged(
        b"STORE 1 +FLAGS (\\Flagged)",
        b"FETCH 1:* FLAGS (CHANGEDSINCE 3)",
        b"UID FETCH 1:* (FLAGS MODSEQ) (CHANGEDSINCE 2)",
        b"FETCH 1:* UID (CHANGEDSINCE 4)",
    )
    assert lines[2:] == [
        "1 FETCH (FLAGS (\\Flagged \\Recent) MODSEQ (4))",
        "1 FETCH (UID 1 FLAGS (\\Flagged \\Recent) MODSEQ (4))",
        "2 FETCH (UID 2 FLAGS (\\Recent) MODSEQ (3))",
    ]


def test_only_what_has_not_changed_is_stored():
    lines = selected(
        b"STORE 2 +FLAGS (\\Flagged)",
        b"STORE 1:2 (UNCHANGEDSINCE 3) +FLAGS.SILENT (\\Deleted)",
        b"UID STORE 1:2 (UNCHANGEDSINCE 0) FLAGS ()",
        b"FETCH 1:2 FLAGS",
        dialect="dovecot",
    )
    answers = [line for line in lines if line.startswith(b"t OK [")]
    assert [re.findall(rb"\[[^]]*\]", line)[0] for line in answers] == [
        b"[MODIFIED 2]",
        b"[MODIFIED 1:2]",
    ]
    assert b"* 1 FETCH (FLAGS (\\Deleted \\Recent))" in lines
    assert b"* 2 FETCH (FLAGS (\\Flagged \\Recent))" in lines


def test_what_others_do_is_told_with_it():
    async def dialogue(client):
        async with connected(client.mailbox) as other:
            await other.line()
            for each in (client, other):
                await each.log_in()
                await each.ask(b"SELECT INBOX (CONDSTORE)")
            await other.ask(b"STORE 1 +FLAGS (\\Seen)")
            return await client.ask(b"NOOP")

    assert talk(dialogue, spec(dialect="dovecot"))[0] == (
        b"* 1 FETCH (MODSEQ (4) FLAGS (\\Seen \\Recent))"
    )


def test_status_and_search():
    lines = untagged(
        b"STATUS Sent (HIGHESTMODSEQ)",
        b"STORE 1 +FLAGS (\\Seen)",
        b"SEARCH MODSEQ 4",
        b'UID SEARCH MODSEQ "/flags/\\\\Seen" all 2',
        b"SEARCH MODSEQ 9",
    )
    assert lines[0] == "OK [HIGHESTMODSEQ 3] Highest"
    assert lines[1].startswith("STATUS") and lines[1].endswith("(HIGHESTMODSEQ 1)")
    assert lines[3:] == ["SEARCH 1 (MODSEQ 4)", "SEARCH 1 2 (MODSEQ 4)", "SEARCH"]


def test_every_change_has_a_higher_number():
    async def dialogue(client):
        folder = client.mailbox.accounts.account.inbox
        seen = []
        for change in (
            lambda: folder.append(b"x"),
            lambda: folder.set_flags(folder.messages[0], ["\\Seen"]),
            lambda: folder.remove(folder.messages[:1]),
        ):
            change()
            seen.append(folder.highest_modseq)
        folder.set_flags(folder.messages[0], folder.messages[0].flags)
        return seen, folder.highest_modseq

    assert talk(dialogue) == ([4, 5, 6], 6)


@pytest.mark.parametrize(
    "command",
    [
        b"FETCH 1 FLAGS (CHANGEDSINCE)",
        b"FETCH 1 FLAGS (CHANGEDSINCE -1)",
        b"FETCH 1 FLAGS (UNCHANGEDSINCE 1)",
        b"FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        b"FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
        b"STORE 1 (CHANGEDSINCE 1) FLAGS ()",
        b"STORE 1 (UNCHANGEDSINCE x) FLAGS ()",
        b"SEARCH MODSEQ",
        b"SEARCH MODSEQ x",
        b'SEARCH MODSEQ "/x/y" all 1',
        b"SELECT INBOX (QRESYNC)",
        b"SELECT INBOX ()",
        b"SELECT INBOX CONDSTORE",
    ],
)
def test_what_is_wrong_is_bad(command):
    assert tagged(command) == ["BAD"]
