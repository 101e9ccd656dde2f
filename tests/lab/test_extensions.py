"""Sorting, threads, searches and envelopes of random mailboxes: the fake says what Dovecot says."""

from __future__ import annotations

import asyncio
import imaplib
import random
import ssl

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from tests.lab.cases import PASSWORD, USER, Case

SUBJECTS = [
    "a", "b", "Re: a", "Fwd: b", "[x] a", "re: [fwd: b]", "a (fwd)", "", "=?utf-8?q?B?=", "c",
    "Re:", "[y]", "Re: Re: c", "Z",
]  # fmt: skip
ADDRESSES = [
    "a@x.y", "Zed <b@x.y>", "c@x.y (Bob)", "g: d@x.y, e@x.y;", "=?utf-8?q?=C3=A9l?= <f@x.y>",
    '"Q, R" <g@x.y>, h@x.y', "Al <b@x.y>",
]  # fmt: skip
SORT_KEYS = [
    "SUBJECT", "DATE", "FROM", "TO", "CC", "DISPLAYFROM", "DISPLAYTO", "SIZE", "ARRIVAL",
    "REVERSE SUBJECT DATE",
]  # fmt: skip
COMMANDS = [
    "THREAD REFERENCES UTF-8 ALL",
    "THREAD ORDEREDSUBJECT UTF-8 ALL",
    "SEARCH OR FROM b@x.y TO bob",
    "SEARCH SUBJECT a",
    "SEARCH SENTON 22-Feb-2008",
    *(f"SORT ({key}) UTF-8 ALL" for key in SORT_KEYS),
    "FETCH 1:* ENVELOPE",
]


def message(chance: random.Random, number: int) -> bytes:
    """A message that may answer others, with or without the header fields that say so."""

    def an_id() -> str:
        return f"<{chance.randrange(14)}@x>"

    zone = chance.choice(["+0000", "+0200", "-0500"])
    date = f"Fri, 22 Feb 2008 {chance.randrange(24):02}:{number:02}:00 {zone}"
    fields = [
        (0.9, f"Message-ID: {an_id()}"),
        (0.6, "References: " + " ".join(an_id() for _ in range(chance.randrange(1, 4)))),
        (0.3, f"In-Reply-To: {an_id()}"),
        (0.9, f"Subject: {chance.choice(SUBJECTS)}"),
        (0.8, f"Date: {date}"),
        *((0.7, f"{name}: {chance.choice(ADDRESSES)}") for name in ("From", "To", "Cc")),
    ]
    lines = [line for likely, line in fields if chance.random() < likely]
    return "".join(f"{line}\r\n" for line in [*lines, "", f"body {number}"]).encode()


def answers(imap: imaplib.IMAP4, messages: list[bytes]) -> list[list[bytes]]:
    """What a server says of these messages to each of the commands."""
    imap.login(USER, PASSWORD)
    imap.create("sorting")
    for number, each in enumerate(messages):
        imap.append("sorting", "", f'"22-Feb-2008 {number:02}:00:00 +0000"', each)
    imap.select("sorting")
    said = []
    for command in COMMANDS:
        name, _, arguments = command.partition(" ")
        status, _ = imap.xatom(name, arguments)
        assert status == "OK", command
        told = imap.response(name)[1]
        assert told != [None], f"{command} was answered by nothing"
        said.append(sorted(told))
    imap.close()
    imap.delete("sorting")
    imap.logout()
    return said


async def of_the_fake(messages: list[bytes]) -> list[list[bytes]]:
    imap = {"protocol": "imap", "security": "cleartext"}
    spec = MailboxSpec.model_validate({"dialect": "dovecot", "services": {"imap": imap}})
    async with open_mailbox(spec) as mailbox:
        port = mailbox.services["imap"].port
        return await asyncio.to_thread(
            lambda: answers(imaplib.IMAP4("127.0.0.1", port, timeout=10), messages)
        )


@pytest.mark.parametrize("seed", range(6))
def test_dovecot_and_the_fake_say_the_same(server, seed):
    chance = random.Random(seed)
    messages = [message(chance, number) for number in range(chance.randrange(3, 16))]
    address = server("dovecot").address(Case("extensions"), "127.0.0.1")
    context = ssl.create_default_context(cafile=address.ca_file)
    real = answers(imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context), messages)
    fake = asyncio.run(of_the_fake(messages))
    for command, expected, said in zip(COMMANDS, real, fake, strict=True):
        assert said == expected, f"{command} of {messages}"
