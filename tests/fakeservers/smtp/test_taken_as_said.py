"""What a rule tells the client holds; rules that only say something; and lines about which rules
are asked before the server objects. Raw clients; see also `tests/clients/test_curl_cases.py`."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from fakeservers.mailbox import Mailbox

Smtp = Callable[..., AbstractAsyncContextManager[Any]]

HELLO = ("EHLO client.test", "250")
RIGHT = "AUTH PLAIN AGFubmFAZXhhbXBsZS50ZXN0AFRyMHViNGRvciYzLWluYm94"
WRONG = "AUTH PLAIN AGFubmEAYQ=="
MAIL = ("MAIL FROM:<anna@example.test>", "250")
RCPT = ("RCPT TO:<bcc@crm.example.test>", "250")
SECRET = base64.b64encode(b"s3cret-response").decode()


def rule(event: str, then: Any, **when: Any) -> dict[str, Any]:
    return {"when": {"event": event, **when}, "then": then}


def shown(mailbox: Mailbox) -> str:
    return "\n".join(entry.text for entry in mailbox.evidence.connections[0].lines())


@pytest.mark.parametrize("line", [RIGHT, WRONG])
@pytest.mark.parametrize(("said", "then"), [("235 in", "250"), ("535 out", "530")])
def test_a_log_in_is_what_a_rule_says_at_the_command(
    smtp: Smtp, line: str, said: str, then: str
) -> None:
    async def run() -> None:
        rules = [rule("command", {"text": said}, command="AUTH")]
        async with smtp({"rules": rules}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (line, said), (MAIL[0], then))
            assert [each.outcome for each in mailbox.evidence.logins] == ["answered"]
            assert line.split()[2] not in shown(mailbox)

    asyncio.run(run())


def test_a_mechanism_that_the_fakes_cannot_do_is_a_rule(smtp: Smtp) -> None:
    then = [{"challenge": "NTLM supported"}, {"challenge": {"base64": "x"}}, {"text": "235 in"}]
    service = {"mechanisms": ["NTLM"], "rules": [rule("command", then, mechanism="NTLM")]}

    async def run() -> None:
        async with smtp(service) as (mailbox, client):
            await client.reply()
            assert (await client.say("EHLO client.test")).endswith("\n250 AUTH NTLM")
            await client.expect(
                ("AUTH NTLM", "334 NTLM supported"), (SECRET, "334 eA=="), (SECRET, "235 in"), MAIL
            )
            assert SECRET not in shown(mailbox)

    asyncio.run(run())


def test_a_challenge_that_is_broken_off_or_too_long(smtp: Smtp) -> None:
    then = [{"challenge": "Rubbish"}, {"text": "235 in"}]

    async def run() -> None:
        rules = [rule("command", then, command="AUTH")]
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            await client.expect(HELLO, ("AUTH CRAM-MD5", "334 Rubbish"), ("*", "501 5.7.0"))
            await client.expect(("AUTH CRAM-MD5", "334"), ("x" * 20_000, "500 5.5.6"))
            await client.expect((MAIL[0], "530"))

    asyncio.run(run())


def test_a_token_is_refused_in_two_steps(smtp: Smtp) -> None:
    """RFC 7628, section 3.2.3, in words of the scenario's own."""
    why = {"challenge": {"base64": '{"status":"invalid_token"}'}}

    async def run() -> None:
        rules = [rule("login", [why, {"text": "535-no\n535 really"}])]
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            step = "334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0="
            await client.expect(HELLO, (RIGHT, step), ("AQ==", "535-no\n535 really"))

    asyncio.run(run())


def test_in_the_middle_of_an_exchange(smtp: Smtp) -> None:
    async def run() -> None:
        rules = [rule("continuation", {"text": "235 enough"}, mechanism="LOGIN")]
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            await client.expect(HELLO, ("AUTH LOGIN", "334"), (SECRET, "235"), MAIL)

    asyncio.run(run())


def test_a_message_that_a_rule_asked_for_is_read(smtp: Smtp) -> None:
    async def run() -> None:
        rules = [rule("command", {"text": "354 now"}, command="DATA")]
        async with smtp({"rules": rules}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, (RIGHT, "235"), MAIL, RCPT)
            await client.expect(("DATA", "354 now"), ("Subject: hi\r\n\r\nQUIT\r\n.", "250 2.0.0"))
            assert [sent.recipients for sent in mailbox.evidence.messages] == [
                ("bcc@crm.example.test",)
            ]
            # What the server itself would have said to DATA, it says now.
            await client.expect(("DATA", "354 now"), ("Subject: hi\r\n.", "503 5.5.1"))
            assert len(mailbox.evidence.messages) == 1

    asyncio.run(run())


def test_tls_begins_where_a_rule_said_220(smtp: Smtp) -> None:
    async def run() -> None:
        rules = [rule("command", {"text": "220 whenever you like"}, command="STARTTLS")]
        async with smtp({"rules": rules, "security": "starttls"}) as (mailbox, client):
            await client.reply()
            await client.expect(HELLO, ("STARTTLS", "220 whenever"))
            await client.start_tls(mailbox)
            await client.expect((MAIL[0], "503"), HELLO, (RIGHT, "235"))

    asyncio.run(run())


def test_sending_where_no_log_in_is_required(smtp: Smtp) -> None:
    async def run() -> None:
        async with smtp({"authentication": "not-required"}) as (mailbox, client):
            await client.reply()
            assert "AUTH" not in await client.say("EHLO client.test")
            await client.expect((RIGHT, "503"), MAIL, ("RCPT TO:<x@elsewhere.test>", "250"))
            await client.expect(("DATA", "354"), ("Subject: hi\r\n.", "250"))
            assert [sent.sender for sent in mailbox.evidence.messages] == ["anna@example.test"]

    asyncio.run(run())


def test_whose_address_it_is_where_no_log_in_is_required(smtp: Smtp) -> None:
    foreign = rule("command", {"reply": "sender-not-allowed"}, command="MAIL", sender="foreign")
    service = {"authentication": "not-required", "mechanisms": ["PLAIN"], "rules": [foreign]}

    async def run() -> None:
        async with smtp(service) as (_, client):
            await client.reply()
            assert "AUTH PLAIN" in await client.say("EHLO client.test")
            await client.expect(("MAIL FROM:<x@y.test>", "5"), MAIL)

    asyncio.run(run())


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "", "\x01\x02", "é", "x" * 20_000])
def test_lines_that_are_no_command(smtp: Smtp, line: str) -> None:
    service = {"rules": [rule("no-command", {"text": "599 what was that"})]}

    async def run() -> None:
        async with smtp(service, dialect="postfix") as (_, client):
            await client.reply()
            await client.expect((line, "599 what"), ("NOOP", "250"))
        async with smtp(dialect="postfix") as (_, client):
            await client.reply()
            assert not (await client.say(line)).startswith(("599", "250"))

    asyncio.run(run())


def test_rules_come_before_what_the_server_objects_to_unseen(smtp: Smtp) -> None:
    rules = [
        rule("greeting", {"text": "554 no service here"}),
        rule("command", {"text": "250 or perhaps there is"}, command="EHLO"),
        rule("command", {"text": "299 long"}, command="NOOP"),
    ]

    async def run() -> None:
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            await client.expect(("EHLO c.test", "250 or"), ("NOOP " + "x" * 600, "299"))
            await client.expect(("RSET", "503"), ("RSET " + "x" * 600, "500"))

    asyncio.run(run())


def test_what_is_said_before_the_reply_changes_nothing_else(smtp: Smtp) -> None:
    rules = [rule("command", {"say": "250-by the way"}, command="MAIL")]

    async def run() -> None:
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            await client.expect(HELLO, (RIGHT, "235"), (MAIL[0], "250-by the way\n250 "), RCPT)

    asyncio.run(run())


def test_whether_someone_is_logged_in(smtp: Smtp) -> None:
    rules = [rule("command", {"text": "299 in"}, command="NOOP", **{"logged-in": True})]

    async def run() -> None:
        async with smtp({"rules": rules}) as (_, client):
            await client.reply()
            await client.expect(HELLO, ("NOOP", "250"), (RIGHT, "235"), ("NOOP", "299"))

    asyncio.run(run())
