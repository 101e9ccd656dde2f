"""What differs from dialect to dialect: words by state and by command, and behaviour."""

import base64
import json

import pytest
from talk import PASSWORD, USER, b64, spec, talk

from tests.catalogue import whole_catalogue


def dialogue(dialect, commands, *, in_advance=True, **service):
    """The last line of the answer to each command; logged in before, or not."""

    async def run(client):
        if in_advance:
            await client.log_in()
        return [(await client.last(*each)).decode() for each in map(_parts, commands)]

    return talk(run, spec(dialect=dialect, **service))


def _parts(command):
    return command if isinstance(command, tuple) else (command,)


@pytest.mark.parametrize("command", [b"NOOP", b"CAPABILITY", b"ID NIL", b"FOO", b"LOGOUT"])
def test_dovecot_has_other_words_after_a_log_in(command):
    (before,) = dialogue("dovecot", [command], in_advance=False)
    (after,) = dialogue("dovecot", [command])
    assert not before.endswith("secs).")
    assert after.endswith("secs).")


@pytest.mark.parametrize(
    ("dialect", "command", "answer"),
    [
        ("dovecot", b"FETCH 1 FLAGS", "t BAD No mailbox selected ("),
        ("dovecot", b"LOGIN a b", "t BAD Error in IMAP command LOGIN: Unknown command ("),
        ("dovecot", b"CREATE Sent", "t NO [ALREADYEXISTS] Mailbox already exists ("),
        ("dovecot", b"RENAME Sent Junk", "t NO [ALREADYEXISTS] Target mailbox already"),
        ("dovecot", b"SELECT No", "t NO Mailbox doesn't exist: No ("),
        ("dovecot", b"DELETE No", "t NO [NONEXISTENT] Mailbox doesn't exist: No ("),
        ("dovecot", b'STATUS "N o" (UNSEEN)', "t NO Mailbox doesn't exist: N o ("),
        ("courier", b"ENABLE X", "t OK Options enabled"),
        ("courier", b"NOOP", "t OK NOOP completed"),
        ("plain", b"NOOP", "t OK NOOP completed"),
    ],
)
def test_the_command_may_have_words_of_its_own(dialect, command, answer):
    (said,) = dialogue(dialect, [command])
    assert said.startswith(answer)


def test_where_a_life_has_no_idle_it_is_refused():
    (life,) = [each for each in whole_catalogue() if each.id == "life/poll-only"]
    (said,) = dialogue(life.dialect, [b"IDLE"])
    assert said.startswith("t BAD ")


@pytest.mark.parametrize("name", [USER, "nobody"])
def test_cyrus_has_fewer_words_for_authenticate_than_for_login(name):
    wrong = b64(f"\0{name}\0wrong")
    commands = [
        f"LOGIN {name} wrong".encode(),
        b"AUTHENTICATE PLAIN " + wrong,
        (b"AUTHENTICATE PLAIN", wrong),
    ]
    assert dialogue("cyrus", commands, in_advance=False) == [
        "t NO Login failed: authentication failure",
        "t NO authentication failure",
        "t NO authentication failure",
    ]


PLAIN = b64(f"\0{USER}\0{PASSWORD}").decode()


@pytest.mark.parametrize("command", [f"LOGIN {USER} {PASSWORD}", f"AUTHENTICATE PLAIN {PLAIN}"])
def test_dovecot_lists_capabilities_apart_once_they_were_asked_for(command):
    (unasked,) = dialogue("dovecot", [command.encode()], in_advance=False)
    _, asked = dialogue("dovecot", [b"CAPABILITY", command.encode()], in_advance=False)
    assert unasked.startswith("t OK [CAPABILITY ")
    assert asked == "t OK Logged in"


def test_by_uid_or_not_the_words_are_the_same():
    _, fetch, by_uid = dialogue(
        "courier", [b"SELECT INBOX", b"FETCH 1 FLAGS", b"UID FETCH 1 FLAGS"]
    )
    assert fetch == by_uid == "t OK FETCH completed."


def test_what_is_malformed_of_a_sasl_exchange_counts():
    assert dialogue(
        "dovecot",
        [
            b"AUTHENTICATE PLAIN !!!",
            (b"AUTHENTICATE PLAIN", b"!!!"),
            (b"AUTHENTICATE PLAIN", b64("x")),
        ],
        in_advance=False,
    ) == [
        "t BAD Invalid base64 data in initial response",
        "t NO [ALERT] Invalid base64 in response",
        "t NO [AUTHENTICATIONFAILED] Authentication failed.",
    ]


def test_a_log_in_in_cleartext_is_refused_by_the_command():
    login = b"LOGIN %b %b" % (USER.encode(), PASSWORD.encode())
    words = dialogue(
        "dovecot", [login, b"AUTHENTICATE PLAIN"], in_advance=False, security="starttls"
    )
    assert words == [
        "t NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS)"
        " connections.",
        "t NO [PRIVACYREQUIRED] Authentication not allowed until SSL/TLS is enabled.",
    ]


@pytest.mark.parametrize(("dialect", "scope"), [("dovecot", "mail"), ("gmail", "https://mail")])
def test_why_a_token_is_refused_is_the_dialects_to_say(dialect, scope):
    async def challenge(client):
        response = b64(f"user={USER}\x01auth=Bearer bad\x01\x01")
        first, *_ = await client.ask(b"AUTHENTICATE XOAUTH2 " + response, b"")
        return json.loads(base64.b64decode(first.removeprefix(b"+ ")))

    assert talk(challenge, spec(dialect=dialect))["scope"].startswith(scope)


def lines(dialect, *commands):
    """All lines of the answer to the last of the commands, after a log-in."""

    async def run(client):
        await client.log_in()
        for command in commands[:-1]:
            await client.ask(command)
        return [line.decode() for line in await client.ask(commands[-1])]

    return talk(run, spec(dialect=dialect))


class TestSelect:
    def test_tells_what_the_dialect_tells_in_its_order(self):
        told = lines("courier", b"SELECT INBOX")
        assert told[0].startswith("* FLAGS (\\Draft \\Answered")
        assert told[2:4] == ["* 2 EXISTS", "* 2 RECENT"]
        assert told[5] == '* OK [MYRIGHTS "acdilrsw"] ACL'

    def test_the_first_unseen_message_is_told_where_there_is_one(self):
        first = lines("dovecot", b"SELECT INBOX")
        assert "* OK [UNSEEN 1] First unseen." in first
        seen = [b"SELECT INBOX", b"STORE 1:* +FLAGS (\\Seen)", b"SELECT INBOX"]
        assert not [line for line in lines("dovecot", *seen) if "UNSEEN" in line]

    @pytest.mark.parametrize("dialect", ["plain", "dovecot", "courier"])
    def test_no_flag_is_permanent_where_nothing_may_be_changed(self, dialect):
        assert "* OK [PERMANENTFLAGS ()] " in "\n".join(lines(dialect, b"EXAMINE INBOX"))

    def test_a_mailbox_that_is_not_there_has_nothing_to_tell(self):
        assert len(lines("dovecot", b"SELECT No")) == 1

    def test_keywords_stand_where_the_dialect_puts_them(self):
        store = [b"SELECT INBOX", b"STORE 1 +FLAGS ($Later)", b"SELECT INBOX"]
        assert "Seen \\Draft $Later)" in lines("dovecot", *store)[1]
        assert lines("courier", *store)[0].startswith("* FLAGS ($Later \\Draft ")

    def test_the_last_mailbox_is_said_to_be_closed_by_some(self):
        twice = [b"SELECT INBOX", b"SELECT INBOX"]
        assert lines("dovecot", *twice)[0] == "* OK [CLOSED] Previous mailbox closed."
        assert "[CLOSED]" not in "".join(lines("courier", *twice))

    def test_dovecot_has_modification_sequences_once_someone_wanted_them(self):
        def told(*commands):
            return any("HIGHESTMODSEQ" in line for line in lines("dovecot", *commands))

        wanted = b"SELECT INBOX (CONDSTORE)"
        assert not told(b"SELECT INBOX")
        assert told(wanted)
        assert told(wanted, b"SELECT Sent", b"SELECT INBOX")
        assert told(b"ENABLE CONDSTORE", b"SELECT INBOX")


class TestNames:
    """Of mailboxes."""

    @pytest.mark.parametrize(
        ("dialect", "command", "expected"),
        [
            ("plain", b'LIST "" Sent', '* LIST (\\Sent) "/" "Sent"'),
            ("dovecot", b'LIST "" Sent', '* LIST (\\HasNoChildren) "." Sent'),
            ("dovecot", b"NAMESPACE", '* NAMESPACE (("" ".")) NIL NIL'),
            ("dovecot", b"STATUS Sent (UNSEEN MESSAGES)", "* STATUS Sent (MESSAGES 0 UNSEEN 0)"),
            ("courier", b'LIST "" INBOX.S*', '* LIST (\\HasNoChildren) "." "INBOX.Sent"'),
            ("courier", b'LIST "" %', '* LIST (\\Marked \\HasChildren) "." "INBOX"'),
            ("courier", b'LIST "" ""', '* LIST (\\Noselect) "." ""'),
        ],
    )
    def test_are_told_as_the_dialect_writes_them(self, dialect, command, expected):
        first, last = lines(dialect, command)
        assert (first, last[:4]) == (expected, "t OK")

    def test_inbox_is_marked_until_its_messages_are_seen_to_have_come(self):
        first, _ = lines("courier", b"SELECT INBOX", b'LIST "" INBOX')
        assert first == '* LIST (\\Unmarked \\HasChildren) "." "INBOX"'

    @pytest.mark.parametrize(
        ("dialect", "command"),
        [
            ("dovecot", b"CREATE a/b"),
            ("dovecot", b"CREATE a..b"),
            ("dovecot", b"RENAME Sent a/b"),
            ("courier", b"CREATE Other"),
            ("courier", b"RENAME INBOX.Sent Sent"),
            ("plain", b"CREATE a//b"),
        ],
    )
    def test_that_are_impossible_are_refused(self, dialect, command):
        assert "ailbox" in lines(dialect, command)[-1]
        assert lines(dialect, command)[-1].startswith("t NO ")

    def test_have_levels_by_the_dialects_delimiter(self):
        made = [b"CREATE New.er", b'LIST "" New']
        assert lines("dovecot", *made)[0] == '* LIST (\\HasChildren) "." New'
        assert lines("plain", *made) == ["t OK LIST completed"]

    def test_without_the_prefix_are_unknown(self):
        assert lines("courier", b"SELECT Sent")[-1].startswith("t NO Mailbox does not exist")
        assert lines("courier", b"SELECT INBOX.Sent")[-1] == "t OK [READ-WRITE] Ok"


class TestArguments:
    @pytest.mark.parametrize(
        ("command", "expected"),
        [
            (b"FETCH 99 FLAGS", "FETCH: Invalid messageset"),
            (b"FETCH x FLAGS", "FETCH: Invalid messageset"),
            (b"UID FETCH x FLAGS", "UID FETCH: Invalid messageset"),
            (b"FETCH 1 FOO", "FETCH: Unknown parameter: FOO"),
            (b"FETCH 1", "FETCH: Invalid arguments"),
            (b"SEARCH FOO", "SEARCH: Unknown argument FOO"),
            (b"STATUS INBOX (FOO)", "STATUS: Invalid status item FOO"),
            (b"STORE 1 +FLAGS (\\Foo)", "STORE: Invalid system flag \\FOO"),
        ],
    )
    def test_what_is_wrong_with_them_is_told(self, command, expected):
        said = lines("dovecot", b"SELECT INBOX", command)[-1]
        assert said.startswith(f"t BAD Error in IMAP command {expected} (")

    def test_none_of_them_and_no_command_either(self):
        assert lines("dovecot", b"")[-1].startswith("t BAD Error in IMAP command: Invalid command")
        assert lines("plain", b"") == ["t BAD Command expected"]


def test_flags_are_told_in_the_dialects_order():
    all_flags = b"STORE 1 +FLAGS (\\Seen \\Deleted \\Draft)"
    for dialect, flags in [
        ("courier", "\\Draft \\Seen \\Deleted \\Recent"),
        ("plain", "\\Deleted \\Seen \\Draft \\Recent"),
    ]:
        assert lines(dialect, b"SELECT INBOX", all_flags)[0] == f"* 1 FETCH (FLAGS ({flags}))"


def test_courier_tells_news_at_a_few_commands_only():
    copied = [b"SELECT INBOX", b"COPY 1 INBOX"]
    assert "* 3 EXISTS" not in lines("courier", *copied)
    assert "* 3 EXISTS" in lines("courier", *copied, b"NOOP")
    assert "* 3 EXISTS" in lines("dovecot", *copied)


def test_dovecot_enables_nothing_without_a_word():
    assert len(lines("dovecot", b"ENABLE FOO")) == 1
    assert lines("dovecot", b"ENABLE CONDSTORE")[0] == "* ENABLED CONDSTORE"
    assert lines("plain", b"ENABLE FOO")[0] == "* ENABLED"


@pytest.mark.parametrize("dialect", ["plain", "dovecot", "courier"])
def test_a_message_for_a_mailbox_that_is_not_there_is_not_asked_for(dialect):
    (said,) = lines(dialect, b"APPEND INBOX.No {10}")
    assert said.startswith("t NO [TRYCREATE] ")


class TestBadCommands:
    def answered(self, dialect, commands, *, in_advance):
        """How many of these commands are answered by a tagged line."""
        said = dialogue(dialect, commands, in_advance=in_advance)
        return len([line for line in said if line])

    @pytest.mark.parametrize(
        ("dialect", "in_advance", "answered"),
        [("plain", False, 20), ("dovecot", False, 2), ("dovecot", True, 20), ("courier", True, 9)],
    )
    def test_so_many_are_answered(self, dialect, in_advance, answered):
        assert self.answered(dialect, [b"FOO"] * 30, in_advance=in_advance) == answered

    def test_a_good_one_between_makes_up_for_them_in_some_dialects(self):
        some = [b"FOO", b"FOO", b"NOOP"] * 7
        assert self.answered("courier", some, in_advance=True) == 21
        assert self.answered("dovecot", some, in_advance=False) == 3

    def test_the_count_begins_anew_at_the_log_in(self):
        login = b"LOGIN %b %b" % (USER.encode(), PASSWORD.encode())
        assert self.answered("dovecot", [b"FOO", login] + [b"FOO"] * 30, in_advance=False) == 22
