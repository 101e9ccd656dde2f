"""What is relied upon in aiosmtpd, one test for each: a new version that breaks one names it."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import given, settings
from hypothesis import strategies as st

import fakeservers.smtp
from fakeservers.smtp import paths
from fakeservers.smtp.engine import SmtpEngine, UnexpectedReply

LOCAL_PART = st.text("abzAZ09!#$%&'*+/=?^_`{|}~-\u00e9\u4e2d", min_size=1, max_size=8)
QUOTED = st.text("ab .,@<>;:()", min_size=1, max_size=6).map('"{}"'.format)
LABEL = st.from_regex(r"[a-z\u00fc0-9]([a-z\u00fc0-9-]{0,5}[a-z\u00fc0-9])?", fullmatch=True)
NAMES = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
DOMAIN = NAMES.filter(lambda name: not name.split(".")[-1].isdecimal()) | st.sampled_from(
    ["[127.0.0.1]", "[IPv6:::1]"]
)


def with_engine(body: Callable[[SmtpEngine], Awaitable[None]]) -> None:
    async def run() -> None:
        await body(SmtpEngine(hostname="mail.example.test"))

    asyncio.run(run())


def test_no_private_name_of_aiosmtpd_is_used() -> None:
    ours = Path(fakeservers.smtp.__file__).with_name("engine.py").read_text()
    private = {name for kind in (SMTP, Session, Envelope) for name in dir(kind) if name[0] == "_"}
    private |= set(vars(Session.__new__(Session))) | {"_reader", "_writer", "_tls_protocol"}
    used = {node.attr for node in ast.walk(ast.parse(ours)) if isinstance(node, ast.Attribute)}
    assert used & private <= {"__init__"}


def test_push_is_the_only_output() -> None:
    async def body(engine: SmtpEngine) -> None:
        assert await engine.perform("EHLO", "client.test") == "ehlo-ok"
        assert engine.client_name == "client.test" and engine.extended

    with_engine(body)


def test_helo_is_not_extended_and_ends_the_transaction() -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        await engine.begin("a@b.test")
        assert engine.in_transaction
        assert await engine.perform("HELO", "client.test") == "helo-ok"
        assert not engine.extended and not engine.in_transaction

    with_engine(body)


def test_the_envelope_keeps_sender_recipients_and_smtputf8() -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        assert await engine.begin("a@b.test", smtputf8=True) == "mail-ok"
        assert await engine.add("c@d.test") == "rcpt-ok"
        assert await engine.add("e@f.test") == "rcpt-ok"
        assert (engine.sender, engine.recipients) == ("a@b.test", ["c@d.test", "e@f.test"])
        assert engine.smtputf8
        await engine.end_transaction()
        assert (engine.sender, engine.recipients) == ("", []) and not engine.in_transaction

    with_engine(body)


def test_the_null_sender_is_a_sender() -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        assert await engine.begin("") == "mail-ok"
        assert engine.in_transaction and engine.sender == ""
        assert await engine.add("c@d.test") == "rcpt-ok"
        assert engine.recipients == ["c@d.test"]

    with_engine(body)


@pytest.mark.parametrize("address", ["a", "a@@b", "@b.test", "a..b@c.test", "postmaster"])
def test_what_only_some_servers_take_for_an_address_is_kept(address: str) -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        await engine.begin(address)
        await engine.add(address)
        assert (engine.sender, engine.recipients) == (address, [address])

    with_engine(body)


def test_before_ehlo_an_envelope_can_be_filled() -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.begin("a@b.test")
        await engine.add("c@d.test")
        assert (engine.sender, engine.recipients) == ("a@b.test", ["c@d.test"])

    with_engine(body)


def test_session_and_envelope_can_be_replaced() -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        await engine.begin("a@b.test")
        engine.forget_client()
        assert engine.client_name == "" and not engine.extended and not engine.in_transaction

    with_engine(body)


def test_a_reply_that_nobody_worded_is_a_fault() -> None:
    async def body(engine: SmtpEngine) -> None:
        with pytest.raises(UnexpectedReply, match="503"):
            await engine.perform("MAIL", "FROM:<a@b.test>")

    with_engine(body)


def test_an_exception_inside_the_engine_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: SMTP, argument: str) -> None:
        raise ZeroDivisionError

    async def body(engine: SmtpEngine) -> None:
        monkeypatch.setattr(SMTP, "smtp_NOOP", broken)
        with pytest.raises(ZeroDivisionError):
            await engine.perform("NOOP", "")

    with_engine(body)


@settings(max_examples=300, deadline=None)
@given(
    local_part=st.lists(LOCAL_PART, min_size=1, max_size=2).map(".".join) | QUOTED, domain=DOMAIN
)
def test_the_engine_understands_every_path_of_ours(local_part: str, domain: str) -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        address = f"{local_part}@{domain}"
        for verb, keyword in paths.KEYWORDS.items():
            path = paths.parse(verb, f"{keyword}<{address}>")
            assert path and path.address == address
            assert paths.is_mailbox(address) and paths.is_lenient(address)
        assert await engine.begin(address) == "mail-ok"
        assert await engine.add(address) == "rcpt-ok"
        if local_part[0] != '"':
            assert (engine.sender, engine.recipients) == (address, [address])

    with_engine(body)


@settings(max_examples=300, deadline=None)
@given(argument=st.text('FROM:TO<>@.,"\\ ()[]=;a1\u00e9\t', max_size=20))
def test_what_looks_like_no_mailbox_never_reaches_the_engine(argument: str) -> None:
    async def body(engine: SmtpEngine) -> None:
        await engine.perform("EHLO", "client.test")
        path: Any = paths.parse("MAIL", f"FROM:{argument}")
        if path and paths.is_mailbox(path.address):
            assert paths.is_lenient(path.address)
            assert await engine.perform("MAIL", f"FROM:<{path.address}>") == "mail-ok"

    with_engine(body)
