"""Every event is raised where a rule can strike, with what a rule may ask about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

HELLO = ("EHLO client.test", "250")
LOGIN = ("AUTH PLAIN AGFubmFAZXhhbXBsZS50ZXN0AFRyMHViNGRvciYzLWluYm94", "235")
MAIL = ("MAIL FROM:<anna@example.test>", "250")
RCPT = ("RCPT TO:<bcc@crm.example.test>", "250")
DATA = ("DATA", "354")
MESSAGE = ("Subject: hi\r\n.", "250")


def instead(exchange: tuple[str, str], code: str) -> tuple[str, str]:
    return exchange[0], code


STRIKES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "EHLO": ({"event": "command", "command": "EHLO"}, [instead(HELLO, "299")]),
    "AUTH": ({"event": "command", "command": "AUTH"}, [HELLO, instead(LOGIN, "299")]),
    "a mechanism": (
        {"event": "command", "command": "AUTH", "mechanism": "LOGIN"},
        [HELLO, ("auth login", "299"), LOGIN],
    ),
    "login": ({"event": "login", "password": "account"}, [HELLO, instead(LOGIN, "299")]),
    "continuation": (
        {"event": "continuation", "mechanism": "LOGIN"},
        [HELLO, ("AUTH LOGIN", "334"), ("YW5uYQ==", "299"), LOGIN],
    ),
    "MAIL from another": (
        {"event": "command", "command": "MAIL", "sender": "foreign"},
        [HELLO, LOGIN, ("MAIL FROM:<x@y.test>", "299"), MAIL],
    ),
    "RCPT elsewhere": (
        {"event": "command", "command": "RCPT", "recipient": "remote", "sender": "owned"},
        [HELLO, LOGIN, MAIL, ("RCPT TO:<x@y.test>", "299"), RCPT],
    ),
    "DATA": (
        {"event": "command", "command": "DATA", "sender": "owned", "recipient": "local"},
        [HELLO, LOGIN, MAIL, RCPT, instead(DATA, "299"), DATA, MESSAGE],
    ),
    "the middle of a message": (
        {"event": "data", "sender": "owned", "recipient": "local"},
        [HELLO, LOGIN, MAIL, RCPT, DATA, instead(MESSAGE, "299"), MAIL],
    ),
    "the end of a message": (
        {"event": "end-of-data", "sender": "owned", "recipient": "local"},
        [HELLO, LOGIN, MAIL, RCPT, DATA, instead(MESSAGE, "299"), MAIL],
    ),
    "an argument": (
        {"event": "command", "argument": "from:*size=*"},
        [HELLO, LOGIN, (MAIL[0] + " SIZE=3", "299"), MAIL],
    ),
}


@pytest.mark.parametrize(("when", "lines"), STRIKES.values(), ids=STRIKES)
def test_a_rule_answers_once_and_the_connection_goes_on(
    smtp: Smtp, when: dict[str, Any], lines: list[tuple[str, str]]
) -> None:
    async def run() -> None:
        rule = {"when": when, "then": {"text": "299 struck"}, "times": 1}
        async with smtp({"rules": [rule]}) as (mailbox, client):
            await client.reply()
            await client.expect(*lines, ("NOOP", "250"))
            assert mailbox.evidence.fired == ["smtp.rules[0]"]

    asyncio.run(run())


def test_the_greeting(smtp: Smtp) -> None:
    async def run() -> None:
        rule = {"when": {"event": "greeting"}, "then": {"reply": "server-unavailable-at-greeting"}}
        async with smtp({"rules": [rule]}) as (_, client):
            assert (await client.reply()).startswith("421 ")
            assert await client.reply() == ""

    asyncio.run(run())


def test_after_a_greeting_that_refuses_one_may_only_quit(smtp: Smtp) -> None:
    """RFC 5321, section 3.1."""

    async def run() -> None:
        rule = {"when": {"event": "greeting"}, "then": {"reply": "greeting-refused"}}
        async with smtp({"rules": [rule]}) as (_, client):
            assert (await client.reply()).startswith("554 ")
            refused = [(line, "503") for line in ("EHLO c.test", LOGIN[0], "NOOP", "MAIL")]
            await client.expect(*refused, ("FOO", "503"), ("QUIT", "221"))
            assert await client.reply() == ""

    asyncio.run(run())


@pytest.mark.parametrize(("said", "then"), [("235 come in", "250"), ("535 no", "530")])
@pytest.mark.parametrize("password", ["account", "wrong"])
def test_a_log_in_is_what_a_rule_says_it_is(
    smtp: Smtp, said: str, then: str, password: str
) -> None:
    line = LOGIN[0] if password == "account" else "AUTH PLAIN AGFubmEAYQ=="

    async def run() -> None:
        rule = {"when": {"event": "login", "password": password}, "then": {"text": said}}
        async with smtp({"rules": [rule]}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (line, said), instead(MAIL, then))
            assert [attempt.outcome for attempt in mailbox.evidence.logins] == ["answered"]

    asyncio.run(run())


def test_after_a_rule_answered_ehlo_its_offer_holds(smtp: Smtp) -> None:
    async def run() -> None:
        answer = "250-mail.example.test\n250 AUTH PLAIN"
        rule = {"when": {"event": "command", "command": "EHLO"}, "then": {"text": answer}}
        async with smtp({"rules": [rule]}) as (_, client):
            await client.reply()
            assert await client.say("EHLO client.test") == answer
            await client.expect(LOGIN, MAIL)

    asyncio.run(run())


def test_an_address_that_a_rule_accepted_is_accepted(smtp: Smtp) -> None:
    async def run() -> None:
        rules = [
            {"when": {"event": "command", "command": "MAIL"}, "then": {"reply": "mail-ok"}},
            {
                "when": {"event": "command", "command": "RCPT", "recipient": "remote"},
                "then": {"reply": "sender-not-allowed-at-rcpt"},
            },
        ]
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            await client.expect(HELLO, LOGIN, ("MAIL FROM:<a@b.test>", "250"))
            said = await client.say("RCPT TO:<c@d.test>")
            assert said == "550 5.7.1 Not authorized to send as a@b.test"
            await client.expect(("DATA", "503"), RCPT, DATA, MESSAGE)

    asyncio.run(run())


def test_a_name_that_a_rule_refused_is_refused(smtp: Smtp) -> None:
    async def run() -> None:
        rule = {"when": {"event": "command", "command": "EHLO"}, "then": {"text": "550 no"}}
        async with smtp({"rules": [rule]}) as (_, client):
            await client.reply()
            await client.expect(("EHLO client.test", "550"), instead(MAIL, "503 5.5.1"))

    asyncio.run(run())


def test_pipelined_commands_wait_for_a_delay(smtp: Smtp) -> None:
    async def run() -> None:
        when = {"event": "command", "command": "NOOP"}
        rule = {"when": when, "then": [{"delay-s": 0.05}, {"text": "299 late"}]}
        async with smtp({"rules": [rule]}) as (_, client):
            await client.send(b"NOOP\r\nRSET\r\nNOOP\r\nQUIT\r\n")
            codes = [(await client.reply())[:3] for _ in range(6)]
            assert codes == ["220", "299", "250", "299", "221", ""]

    asyncio.run(run())


def test_a_message_that_a_rule_refused_is_not_delivered(smtp: Smtp) -> None:
    async def run() -> None:
        rule = {"when": {"event": "end-of-data"}, "then": {"reply": "message-rejected"}}
        async with smtp({"rules": [rule]}) as (mailbox, client):
            await client.reply()
            before = len(mailbox.accounts.bcc.inbox.messages)
            await client.expect(HELLO, LOGIN, MAIL, RCPT, DATA, instead(MESSAGE, "554"))
            assert len(mailbox.accounts.bcc.inbox.messages) == before
            assert mailbox.evidence.messages == []

    asyncio.run(run())


def test_a_connection_that_a_rule_drops_in_the_middle_of_a_message(smtp: Smtp) -> None:
    async def run() -> None:
        rule = {"when": {"event": "data"}, "then": ["close"]}
        async with smtp({"rules": [rule]}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, LOGIN, MAIL, RCPT, DATA)
            await client.send(b"Subject: ")
            assert await client.reply() == ""
            assert mailbox.evidence.messages == []

    asyncio.run(run())
