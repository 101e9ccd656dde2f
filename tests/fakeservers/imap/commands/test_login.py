"""LOGIN, AUTHENTICATE and STARTTLS, word by word."""

import asyncio
import base64
import hashlib
import hmac
import ssl

import pytest
from talk import PASSWORD, TOKEN, USER, b64, connected, shown, spec, talk

from fakeservers.mailbox import open_mailbox

PASSWORDS = ['p"w', "back\\slash", '\\"', "with space", "grüße-пароль", "x" * 2048, "{5}", "a{3+}"]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("password", PASSWORDS)
def test_any_password_in_any_form(password):
    data = password.encode()
    forms = [
        (b"LOGIN %b %b" % (USER.encode(), quoted(password).encode()),),
        (b'LOGIN "%b" {%d+}\r\n%b' % (USER.encode(), len(data), data),),
        (b"LOGIN {%d}" % len(USER), b"%b {%d}" % (USER.encode(), len(data)), data),
        (b"AUTHENTICATE PLAIN " + b64(b"\0%b\0%b" % (USER.encode(), data)),),
        (b"AUTHENTICATE PLAIN", b64(b"\0%b\0%b" % (USER.encode(), data))),
        (b"AUTHENTICATE LOGIN", b64(USER), b64(data)),
        (b"AUTHENTICATE LOGIN " + b64(USER), b64(data)),
    ]

    async def dialogue(client):
        answers = []
        for form in forms:
            async with connected(client.mailbox) as other:
                await other.line()
                answers.append((await other.last(*form))[:16])
        assert password not in shown(client)
        return answers

    answers = talk(dialogue, spec(account={"password": password}))
    assert answers == [b"t OK [CAPABILITY"] * len(forms)


def xoauth2(user, token):
    return b64(f"user={user}\1auth=Bearer {token}\1\1")


def oauthbearer(user, token):
    return b64(f"n,a={user},\1host=h\1port=993\1auth=Bearer {token}\1\1")


@pytest.mark.parametrize(("name", "written"), [("XOAUTH2", xoauth2), ("OAUTHBEARER", oauthbearer)])
def test_a_refused_token_is_explained_first(name, written):
    async def dialogue(client):
        refused = await client.ask(
            f"AUTHENTICATE {name} ".encode() + written(USER, "wrong"), b64("\1")
        )
        return refused, await client.last(f"AUTHENTICATE {name}".encode(), written(USER, TOKEN))

    refused, accepted = talk(dialogue)
    assert refused[0].startswith(b"+ eyJzdGF0dXMiOiI0MDEi")
    assert refused[1] == b"t NO [AUTHENTICATIONFAILED] Authentication failed"
    assert accepted.startswith(b"t OK")


UNSIGNED = "eyJhbGciOiJub25lIn0.eyJqdGkiOiIifQ."
"""A JWT that anybody can make."""


NO_TOKEN = b"t BAD Invalid BASE64"
REFUSED = b"+ eyJzdGF0dXMi"


@pytest.mark.parametrize(
    ("name", "response", "answer"),
    [
        ("XOAUTH2", b64(f"user={USER}\1auth=Bearer x"), NO_TOKEN),
        ("XOAUTH2", b64(f"user={USER}\1auth=Bearer \1\1"), NO_TOKEN),
        ("XOAUTH2", b64(f"user={USER}\1auth=Basic x\1\1"), NO_TOKEN),
        ("XOAUTH2", xoauth2(USER, "a\1auth=Bearer b"), NO_TOKEN),
        ("XOAUTH2", b"user=x", NO_TOKEN),
        ("XOAUTH2", xoauth2(USER, UNSIGNED), REFUSED),
        ("XOAUTH2", xoauth2(USER, "t" * 48000), REFUSED),
        ("OAUTHBEARER", b64("n,,auth=Bearer x"), NO_TOKEN),
        ("OAUTHBEARER", oauthbearer(USER, "a b"), NO_TOKEN),
        ("OAUTHBEARER", b"n,a=x", NO_TOKEN),
        ("OAUTHBEARER", oauthbearer(USER, UNSIGNED), REFUSED),
        ("OAUTHBEARER", oauthbearer(USER, "eyJ" + "t" * 48000), REFUSED),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_tokens_that_are_none(name, response, answer, at_once):
    async def dialogue(client):
        lines = [f"AUTHENTICATE {name}".encode(), response]
        said = await client.ask(*([b" ".join(lines)] if at_once else lines), b"")
        await client.log_in()  # and the connection lives on
        return said if at_once else said[1:]

    first, *more = talk(dialogue)
    assert first.startswith(answer)
    assert [line[:4] for line in more] == ([b"t NO"] if answer is REFUSED else [])


@pytest.mark.parametrize("at_once", [True, False])
def test_a_token_that_no_line_has_room_for(at_once):
    async def dialogue(client):
        lines = [b"AUTHENTICATE XOAUTH2", xoauth2(USER, "t" * 65536)]
        return await client.ask(*([b" ".join(lines)] if at_once else lines))

    assert talk(dialogue)[-2:] == [b"* BYE Command line is too long", b""]


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([b"AUTHENTICATE PLAIN", b"*"], b"t BAD Authentication exchange cancelled"),
        ([b"AUTHENTICATE PLAIN", b"!!!"], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE PLAIN !!!"], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE PLAIN", b"YQ"], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE PLAIN", b64("no nul")], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE PLAIN", b64(f"\0{USER}\0{PASSWORD}") + b"=="], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE PLAIN", b"AGEAYg==="], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE PLAIN ="], b"t BAD Invalid BASE64"),
        ([b"AUTHENTICATE LOGIN =", b64("x")], b"t NO [AUTHENTICATIONFAILED]"),
        ([b"AUTHENTICATE NONSUCH"], b"t NO [CANNOT] Unsupported"),
        ([b"AUTHENTICATE"], b"t BAD Syntax"),
        ([b"AUTHENTICATE CRAM-MD5 YQ=="], b"t BAD Invalid"),
        ([b"LOGIN"], b"t BAD Syntax"),
        ([b"LOGIN a"], b"t BAD Syntax"),
        ([b"LOGIN a b c"], b"t BAD Syntax"),
        ([b'LOGIN a "b'], b"t BAD Syntax"),
        ([b"LOGIN anna@example.test wrong"], b"t NO [AUTHENTICATIONFAILED]"),
        ([b"STARTTLS"], b"t BAD Unknown command"),
        ([b"SELECT INBOX"], b"t BAD SELECT is not permitted"),
        ([b"STATUS INBOX (MESSAGES)"], b"t BAD STATUS"),
        ([b"IDLE"], b"t BAD IDLE"),
        ([b"CLOSE"], b"t BAD CLOSE"),
    ],
)
def test_what_is_refused_before_the_log_in(lines, answer):
    async def dialogue(client):
        last = await client.last(*lines)
        await client.log_in()  # and the connection lives on
        return last

    assert talk(dialogue).startswith(answer)


def test_a_space_without_an_initial_response_behind_it():
    """As GNU SASL's clients (mutt) write it."""

    async def dialogue(client):
        return await client.ask(b"AUTHENTICATE PLAIN ", b64(f"\0{USER}\0{PASSWORD}"))

    asked, accepted = talk(dialogue)
    assert (asked, accepted[:4]) == (b"+ ", b"t OK")


@pytest.mark.parametrize(
    "text", ["{tag} OK welcome", "* OK [ALERT] hello\n{tag} OK [READ-ONLY] welcome"]
)
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_log_in_that_a_rule_says_yes_to_has_succeeded(text, password):
    rule = {"when": {"event": "login"}, "then": {"text": text}}

    async def dialogue(client):
        answers = [await client.last(f"LOGIN {USER} {password}".encode())]
        answers += await client.ask(b"STATUS INBOX (MESSAGES)")
        (attempt,) = client.mailbox.evidence.logins
        return answers, attempt.outcome

    (accepted, *status), outcome = talk(dialogue, spec(rule))
    assert accepted.startswith(b"t OK") and outcome == "answered"
    assert status[0] == b'* STATUS "INBOX" (MESSAGES 2)'


@pytest.mark.parametrize("text", ["{tag} NO no", "* OK {tag} OK", "+ {tag} OK"])
def test_a_log_in_that_a_rule_does_not_say_yes_to_has_failed(text):
    rule = {"when": {"event": "login"}, "then": {"text": text}}

    async def dialogue(client):
        client.send(f"t LOGIN {USER} {PASSWORD}\r\n".encode())
        await client.line()
        return await client.last(b"STATUS INBOX (MESSAGES)")

    assert talk(dialogue, spec(rule)).startswith(b"t BAD STATUS is not permitted")


def test_an_untagged_no_before_the_ok_of_a_log_in_takes_it_back():
    """As Yahoo has it."""
    rule = {"when": {"event": "login"}, "then": {"text": "* NO not you\n{tag} OK completed"}}

    async def dialogue(client):
        answers = [await client.last(f"LOGIN {USER} {PASSWORD}".encode())]
        return [*answers, await client.last(b"STATUS INBOX (MESSAGES)")]

    completed, refused = talk(dialogue, spec(rule))
    assert completed == b"t OK completed"
    assert refused.startswith(b"t BAD STATUS is not permitted")


def test_nobody_logs_in_twice():
    async def dialogue(client):
        await client.log_in()
        return [await client.last(b"LOGIN a b"), await client.last(b"AUTHENTICATE PLAIN")]

    assert [line[:6] for line in talk(dialogue)] == [b"t BAD ", b"t BAD "]


def test_only_offered_mechanisms_are_taken():
    async def dialogue(client):
        return (
            await client.ask(b"CAPABILITY"),
            await client.last(b"AUTHENTICATE PLAIN"),
            await client.last(b"AUTHENTICATE GSSAPI"),
        )

    offered, *refused = talk(dialogue, spec(mechanisms=["GSSAPI", "XOAUTH2"]))
    assert [w for w in offered[0].split() if w.startswith(b"AUTH=")] == [
        b"AUTH=GSSAPI",
        b"AUTH=XOAUTH2",
    ]
    assert all(line.startswith(b"t NO [CANNOT]") for line in refused)


def test_what_a_dialect_lists_and_nobody_implements_is_not_offered():
    """Clients that prefer DIGEST-MD5 would be refused where the real server lets them in."""

    async def dialogue(client):
        return await client.ask(b"CAPABILITY")

    offered = talk(dialogue, spec(dialect="strato"))
    assert [w for w in offered[0].split() if w.startswith(b"AUTH=")] == [
        b"AUTH=PLAIN",
        b"AUTH=LOGIN",
        b"AUTH=CRAM-MD5",
    ]


def test_cram_md5_proves_the_password():
    async def dialogue(client):
        client.send(b"t AUTHENTICATE CRAM-MD5\r\n")
        challenge = (await client.line())[2:]
        decoded = base64.b64decode(challenge)
        digest = hmac.new(PASSWORD.encode(), decoded, hashlib.md5).hexdigest()
        client.send(b64(f"{USER} {digest}") + b"\r\n")
        return await client.line()

    assert talk(dialogue).startswith(b"t OK")


def starttls(client_work, mailbox_spec):
    """Run `await work(client, mailbox)` against a STARTTLS service; with a context to upgrade."""

    async def run():
        async with open_mailbox(mailbox_spec) as mailbox:
            async with connected(mailbox) as client:
                await client.line()
                context = ssl.create_default_context(cafile=mailbox.ca_file)
                answer = await client_work(client, context)
            await mailbox.settle(5)
            assert mailbox.evidence.faults == []
            return answer

    return asyncio.run(run())


def test_before_tls_nobody_logs_in():
    async def work(client, _context):
        return [
            await client.ask(b"CAPABILITY"),
            await client.last(b"LOGIN %b %b" % (USER.encode(), PASSWORD.encode())),
            await client.last(b"AUTHENTICATE PLAIN " + b64("\0a\0b")),
            [(a.mechanism, a.password, a.tls, a.outcome) for a in client.mailbox.evidence.logins],
        ]

    offered, login, authenticate, logins = starttls(work, spec(security="starttls"))
    assert logins == [("LOGIN", "account", False, "refused"), ("PLAIN", "wrong", False, "refused")]
    assert {b"STARTTLS", b"LOGINDISABLED"} <= set(offered[0].split())
    assert b"AUTH=" not in offered[0]
    assert login.startswith(b"t NO [PRIVACYREQUIRED]")
    assert authenticate.startswith(b"t NO [PRIVACYREQUIRED]")


def test_cleartext_behind_starttls_is_never_executed():
    async def work(client, context):
        client.send(b"t STARTTLS\r\nx CAPABILITY\r\ny LOGIN a b\r\n")
        assert (await client.line()).startswith(b"t OK")
        await client.writer.start_tls(context, server_hostname="localhost")
        answers = [await client.ask(b"NOOP"), await client.last(b"STARTTLS")]
        await client.log_in()
        return answers

    answers = starttls(work, spec(security="starttls"))
    assert answers == [[b"t OK NOOP completed"], b"t BAD TLS is active already"]


@pytest.mark.parametrize("dialect", ["dovecot", "courier", "gmail", "outlook"])
def test_every_dialect_logs_in_and_offers_only_what_there_is(dialect):
    async def dialogue(client):
        offered = await client.ask(b"CAPABILITY")
        await client.log_in()
        return offered[0] + b" " + (await client.ask(b"CAPABILITY"))[0]

    offered = talk(dialogue, spec(dialect=dialect))
    assert b"IMAP4rev1" in offered
    assert not {b"XLIST", b"QRESYNC", b"NOTIFY", b"ACL", b"STARTTLS"} & set(offered.split())


def test_after_preauth_the_client_is_somebody():
    rule = {"when": {"event": "greeting"}, "then": {"text": "* PREAUTH welcome"}}

    async def dialogue(client):
        said = [await client.last(b"LOGIN a b"), (await client.ask(b"SELECT INBOX"))[-1]]
        return said, client.mailbox.evidence.logins

    said, logins = talk(dialogue, spec(rule))
    assert said[0].startswith(b"t BAD LOGIN is not permitted in this state")
    assert said[1].startswith(b"t OK [READ-WRITE]")
    assert logins == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"", b"t NO [AUTHENTICATIONFAILED]"),
        (b"AQ==", b"t NO [AUTHENTICATIONFAILED]"),
        (b"*", b"t BAD Authentication exchange cancelled"),
        (b"!!", b"t BAD Invalid BASE64"),
    ],
)
@pytest.mark.parametrize(("name", "written"), [("XOAUTH2", xoauth2), ("OAUTHBEARER", oauthbearer)])
def test_what_the_client_says_to_the_explanation(name, written, line, answer):
    async def dialogue(client):
        return await client.ask(b"AUTHENTICATE " + name.encode(), written(USER, "wrong"), line)

    first, explanation, last = talk(dialogue)
    assert first == b"+ "
    assert b"status" in base64.b64decode(explanation[2:])
    assert last.startswith(answer)
