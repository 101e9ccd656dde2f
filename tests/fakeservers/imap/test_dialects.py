"""What differs from dialect to dialect: words by state and by command, and habits."""

import base64
import json

import pytest
from talk import PASSWORD, USER, b64, spec, talk


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


class TestSelect:
    def untagged(self, dialect, *commands):
        async def run(client):
            await client.log_in()
            for command in commands[:-1]:
                await client.ask(command)
            return [line.decode() for line in await client.ask(commands[-1])]

        return talk(run, spec(dialect=dialect))

    def test_tells_what_the_dialect_tells_in_its_order(self):
        lines = self.untagged("courier", b"SELECT INBOX")
        assert lines[0].startswith("* FLAGS (\\Draft \\Answered")
        assert lines[2:4] == ["* 2 EXISTS", "* 2 RECENT"]
        assert lines[5] == '* OK [MYRIGHTS "acdilrsw"] ACL'

    def test_the_first_unseen_message_is_told_where_there_is_one(self):
        first = self.untagged("dovecot", b"SELECT INBOX")
        assert "* OK [UNSEEN 1] First unseen." in first
        seen = [b"SELECT INBOX", b"STORE 1:* +FLAGS (\\Seen)", b"SELECT INBOX"]
        assert not [line for line in self.untagged("dovecot", *seen) if "UNSEEN" in line]

    @pytest.mark.parametrize("dialect", ["plain", "dovecot", "courier"])
    def test_no_flag_is_permanent_where_nothing_may_be_changed(self, dialect):
        assert "* OK [PERMANENTFLAGS ()] " in "\n".join(self.untagged(dialect, b"EXAMINE INBOX"))

    def test_a_mailbox_that_is_not_there_has_nothing_to_tell(self):
        assert len(self.untagged("dovecot", b"SELECT No")) == 1


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
