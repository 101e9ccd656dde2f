"""Rules at moments that only IMAP has, and what holds after them. Raw clients; see also
`tests/clients/test_curl_cases.py`."""

import asyncio

import pytest
from talk import PASSWORD, USER, b64, connected, shown, spec, talk

from fakeservers.mailbox import open_mailbox

LOGIN = b"LOGIN %b %b" % (USER.encode(), PASSWORD.encode())
PLAIN = b"AUTHENTICATE PLAIN " + b64(f"\0{USER}\0{PASSWORD}")
SECRETS = (PASSWORD, b64(f"\0{USER}\0{PASSWORD}").decode(), "s3cret-response")


def rule(event, then, **when):
    return {"when": {"event": event, **when}, "then": then}


def asked(*lines, rules, **service):
    """What the lines are answered, after the greeting, and the attempts to log in. No secret is in
    the transcript."""

    async def dialogue(client):
        answers = [
            await client.last(*([line] if isinstance(line, bytes) else line)) for line in lines
        ]
        assert not [secret for secret in SECRETS if secret in shown(client)]
        attempts = client.mailbox.evidence.logins
        return answers, [(each.username, each.password, each.outcome) for each in attempts]

    return talk(dialogue, spec(*rules, **service))


@pytest.mark.parametrize(("line", "name"), [(LOGIN, "LOGIN"), (PLAIN, "AUTHENTICATE")])
def test_a_rule_is_asked_about_a_log_in_before_the_server_is(line, name):
    refuse = rule("command", {"text": "{tag} NO not here, {user}"}, command=name)
    answers, attempts = asked(line, rules=[refuse])
    assert answers == [f"t NO not here, {USER}".encode()]
    assert attempts == [(USER, "account", "answered")]  # the password was sent all the same


def test_the_arguments_of_a_log_in_are_nothing_that_a_rule_could_guess():
    guess = rule("command", {"text": "{tag} NO guessed: {text}"}, argument="*Tr0ub4dor*")
    echo = rule("command", {"text": "{tag} NO said: {text}."}, command=["LOGIN", "AUTHENTICATE"])
    answers, _ = asked(LOGIN, PLAIN, rules=[guess, echo])
    assert answers == [b"t NO said: ."] * 2


@pytest.mark.parametrize("said", ["{tag} OK come in", "{tag} ok come in"])
@pytest.mark.parametrize("line", [LOGIN, PLAIN, b"LOGIN %b wrong" % USER.encode()])
def test_who_is_told_ok_at_the_command_is_logged_in(line, said):
    answers, attempts = asked(
        line,
        b"SELECT INBOX",
        rules=[rule("command", {"text": said}, command=["LOGIN", "AUTHENTICATE"])],
    )
    assert answers[1].startswith(b"t OK [READ-WRITE]")
    assert [outcome for *_, outcome in attempts] == ["answered"]


def test_who_is_told_ok_in_the_middle_of_an_exchange_is_logged_in():
    middle = rule("continuation", {"text": "{tag} OK enough"}, mechanism="LOGIN")
    answers, attempts = asked(
        (b"AUTHENTICATE LOGIN", b64("s3cret-response")), b"SELECT INBOX", rules=[middle]
    )
    assert [answer[:4] for answer in answers] == [b"t OK"] * 2
    assert attempts == []  # nobody knows what the whole would have been


def test_an_untagged_no_before_the_ok_is_a_no():
    yahoo = rule("command", {"text": "* NO [ALERT] locked\n{tag} OK"}, command="LOGIN")
    answers, _ = asked(LOGIN, b"SELECT INBOX", rules=[yahoo])
    assert answers[1].startswith(b"t BAD")


def test_a_mechanism_that_the_fakes_cannot_do_is_a_rule():
    ntlm = rule(
        "command",
        [{"challenge": ""}, {"challenge": {"base64": "type 2"}}, {"text": "{tag} OK done"}],
        command="AUTHENTICATE",
        mechanism="ntlm",
    )

    async def dialogue(client):
        offer = await client.ask(b"CAPABILITY")
        lines = await client.ask(
            b"AUTHENTICATE NTLM", b64("s3cret-response"), b64("s3cret-response")
        )
        assert "s3cret-response" not in shown(client)
        assert b64("s3cret-response").decode() not in shown(client)
        return offer[0], lines, await client.last(b"SELECT INBOX")

    offer, lines, selected = talk(dialogue, spec(ntlm, mechanisms=["NTLM"]))
    assert b" AUTH=NTLM" in offer and b"AUTH=PLAIN" not in offer
    assert lines == [b"+ ", b"+ " + b64("type 2"), b"t OK done"]
    assert selected.startswith(b"t OK")


def test_who_breaks_a_challenge_off_is_told_so_and_nothing_else():
    twice = rule(
        "command", [{"challenge": "Rubbish"}, {"text": "{tag} OK"}], command="AUTHENTICATE"
    )
    answers, _ = asked((b"AUTHENTICATE CRAM-MD5", b"*"), b"SELECT INBOX", rules=[twice])
    assert answers[0] == b"t BAD Authentication exchange cancelled"
    assert answers[1].startswith(b"t BAD")


def test_a_challenge_before_the_servers_own_exchange():
    more = rule("command", {"challenge": "first"}, command="AUTHENTICATE")

    async def dialogue(client):
        return await client.ask(b"AUTHENTICATE PLAIN", b64("x"), b64(f"\0{USER}\0{PASSWORD}"))

    lines = talk(dialogue, spec(more))
    assert lines[:2] == [b"+ first", b"+ "] and lines[2].startswith(b"t OK")


@pytest.mark.parametrize(
    ("line", "usual"),
    [
        (b"SELECT \0", b"t BAD"),
        (b"SELECT \xff", b"t BAD"),
        (b"APPEND Nowhere {5}", b"t NO [TRYCREATE]"),
        (b"APPEND Sent {999999999}", b"t NO [TOOBIG]"),
    ],
)
def test_rules_come_before_what_the_server_refuses_unread(line, usual):
    own = rule(
        "command", {"text": "{tag} NO {command}, as the rule says"}, command=["SELECT", "APPEND"]
    )
    name = line.split()[0]
    answers, _ = asked(LOGIN, line, b"NOOP", rules=[own])
    assert answers[1] == b"t NO " + name + b", as the rule says"
    assert answers[2].startswith(b"t OK")
    assert asked(LOGIN, line, rules=[])[0][1].startswith(usual)


@pytest.mark.parametrize(
    ("line", "conditions", "meant"),
    [
        (b"UID FETCH 1 FLAGS", {"command": "FETCH"}, True),
        (b"uid fetch 1 FLAGS", {"command": "UID FETCH"}, True),
        (b"FETCH 1 FLAGS", {"command": "FETCH"}, True),
        (b"FETCH 1 FLAGS", {"command": "UID FETCH"}, False),
        (b"UID SEARCH ALL", {"command": "FETCH"}, False),
        (b"UID SEARCH ALL", {"command": ["FETCH", "UID SEARCH"]}, True),
        (b"UID SEARCH ALL", {"command": "UID"}, True),
        (b"SEARCH UID 1", {"command": "UID"}, False),
        (b"UID FETCH 1 FLAGS", {"command": "FETCH", "argument": "1 flags"}, True),
        (b"UID FETCH 1 FLAGS", {"command": "UID", "argument": "FETCH *"}, True),
        (b"UID FETCH 1 FLAGS", {"command": "FETCH", "argument": "2 *"}, False),
        (b"FETCH 1 FLAGS", {"argument": "FETCH *"}, False),
        (b"UID LOGIN anna secret", {"command": "LOGIN"}, False),
        (b"UID NONSUCH", {"command": "UID"}, True),
    ],
)
def test_a_command_by_uid_is_that_command(line, conditions, meant):
    own = rule("command", {"text": "{tag} NO not {command}"}, **conditions)
    answers, _ = asked(LOGIN, b"SELECT INBOX", line, rules=[own])
    assert (b"NO not" in answers[2]) == meant


def test_what_a_command_by_uid_was_is_told_and_recorded():
    echo = rule("command", {"text": "{tag} NO {command}: {text}"}, command="FETCH")

    async def dialogue(client):
        told = [await client.last(line) for line in (LOGIN, b"SELECT INBOX", b"UID FETCH 1 FLAGS")]
        return told[-1], client.mailbox.evidence.connections[0].commands()

    told, recorded = talk(dialogue, spec(echo))
    assert told == b"t NO UID FETCH: 1 FLAGS"
    assert recorded[-1] == "UID FETCH"


def test_a_literal_in_a_command_by_uid_is_the_middle_of_that_command():
    refuse = rule("continuation", {"text": "{tag} NO not by that"}, command="SEARCH")

    async def dialogue(client):
        await client.last(LOGIN)
        await client.last(b"SELECT INBOX")
        client.send(b"t UID SEARCH SUBJECT {4}\r\n")
        assert (await client.line()).startswith(b"+")
        client.send(b"nice\r\n")
        return await client.line()

    assert talk(dialogue, spec(refuse)) == b"t NO not by that"


@pytest.mark.parametrize("line", [b"GET\r\n", b"%%\r\n", b"\r\n", b"x" * 70_000 + b"\r\n"])
def test_lines_that_are_no_command(line):
    async def dialogue(client):
        client.send(line)
        return await client.line()

    own = rule("no-command", {"text": "* BAD what was that"})
    assert talk(dialogue, spec(own)) == b"* BAD what was that"
    assert talk(dialogue, spec()) != b"* BAD what was that"


def test_what_is_said_before_the_answer_changes_nothing_else():
    news = rule("command", {"say": "* OK [ALERT] read this\n* 99 EXISTS"}, command="SELECT")

    async def dialogue(client):
        await client.log_in()
        return await client.ask(b"SELECT INBOX"), client.mailbox.evidence.fired

    lines, fired = talk(dialogue, spec(news))
    assert lines[:2] == [b"* OK [ALERT] read this", b"* 99 EXISTS"]
    assert b"* 2 EXISTS" in lines and lines[-1].startswith(b"t OK [READ-WRITE]")
    assert fired == ["imap.rules[0]"]


@pytest.mark.parametrize("logged_in", [True, False])
def test_whether_someone_is_logged_in(logged_in):
    own = rule("command", {"text": "{tag} NO then"}, command="NOOP", **{"logged-in": logged_in})
    answers, _ = asked(b"NOOP", LOGIN, b"NOOP", rules=[own])
    assert [answers[n] == b"t NO then" for n in (0, 2)] == [not logged_in, logged_in]


def test_where_no_log_in_is_required_the_greeting_is_preauth():
    async def run():
        wanted = spec(authentication="not-required")
        async with open_mailbox(wanted) as mailbox, connected(mailbox) as client:
            greeting = await client.line()
            return greeting, await client.last(b"SELECT INBOX"), await client.last(LOGIN)

    greeting, selected, login = asyncio.run(run())
    assert greeting.startswith(b"* PREAUTH [CAPABILITY IMAP4rev1 ") and USER.encode() in greeting
    assert b"AUTH=" not in greeting and b"STARTTLS" not in greeting
    assert selected.startswith(b"t OK [READ-WRITE]") and login.startswith(b"t BAD")


@pytest.mark.parametrize("security", ["implicit-tls", "starttls"])
def test_the_first_that_is_read_inside_tls(security):
    up = rule("tls-established", {"say": "* OK [ALERT] inside"})

    async def run():
        async with open_mailbox(spec(up, security=security)) as mailbox:
            async with connected(mailbox) as client:
                if security == "starttls":
                    await client.line()
                    await client.last(b"STARTTLS")
                await client.start_tls(mailbox.ca_file)
                first = await client.line()
                await client.last(b"LOGOUT")
            return first, [step.event for step in mailbox.evidence.connections[0].steps]

    first, events = asyncio.run(run())
    assert first == b"* OK [ALERT] inside"
    assert events.index("tls-established") == events.index("tls") + 1


def test_who_is_told_ok_to_starttls_by_a_rule_is_in_tls():
    own = rule("command", {"text": "* 5 EXISTS\n{tag} OK go ahead"}, command="STARTTLS")

    async def run():
        wanted = spec(own, security="starttls")
        async with open_mailbox(wanted) as mailbox, connected(mailbox) as client:
            await client.line()
            said = await client.ask(b"STARTTLS")
            await client.start_tls(mailbox.ca_file)
            return said, await client.last(LOGIN)

    said, login = asyncio.run(run())
    assert said == [b"* 5 EXISTS", b"t OK go ahead"] and login.startswith(b"t OK")
