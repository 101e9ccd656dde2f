"""Every action at every event, in cleartext and inside TLS: the bytes and the ending that a raw
client sees, and what the transcript says of it."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from fakeservers import actions
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import Account, MailboxSpec
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.transcript import Transcript

WAIT_S = 10.0
ACCOUNT = Account()
SMTP_LOGIN = b"AUTH PLAIN AGFubmFAZXhhbXBsZS50ZXN0AFRyMHViNGRvciYzLWluYm94\r\n"
IMAP_LOGIN = f"b LOGIN {ACCOUNT.login} {ACCOUNT.password}\r\n".encode()
EHLO = b"EHLO client.test\r\n"
MAIL = b"MAIL FROM:<anna@example.test>\r\n"
RCPT = b"RCPT TO:<bcc@crm.example.test>\r\n"

Ending = Literal["none", "FIN", "RST", "silence"]


@dataclass(frozen=True)
class Position:
    """How a client gets to an event: lines that are each answered by a reply that ends in such a
    line, then the one that raises the event; what the server says when no rule strikes."""

    protocol: Literal["imap", "smtp"]
    when: dict[str, str]
    before: tuple[tuple[bytes, bytes], ...]
    strike: bytes
    usual: bytes
    """The beginning of the usual answer."""


HELLO: tuple[bytes, bytes] = (b"", b"220 ")
IMAP_HELLO: tuple[bytes, bytes] = (b"", b"* OK")
GREETED = (HELLO, (EHLO, b"250 "))
SENDING = (*GREETED, (SMTP_LOGIN, b"235"), (MAIL, b"250"), (RCPT, b"250"), (b"DATA\r\n", b"354"))
POSITIONS = {
    "imap greeting": Position("imap", {"event": "greeting"}, (), b"", b"* OK [CAPABILITY"),
    "imap command": Position(
        "imap", {"event": "command", "command": "NOOP"}, (IMAP_HELLO,), b"a NOOP\r\n", b"a OK NOOP"
    ),
    "imap login": Position(
        "imap", {"event": "login"}, (IMAP_HELLO,), IMAP_LOGIN, b"b OK [CAPABILITY"
    ),
    "imap continuation": Position(
        "imap",
        {"event": "continuation", "command": "APPEND"},
        (IMAP_HELLO, (IMAP_LOGIN, b"b OK"), (b"c APPEND Sent {3}\r\n", b"+ ")),
        b"abc\r\n",
        b"c OK [APPENDUID",
    ),
    "smtp greeting": Position("smtp", {"event": "greeting"}, (), b"", b"220 mail."),
    "smtp command": Position(
        "smtp", {"event": "command", "command": "RSET"}, GREETED, b"RSET\r\n", b"250 2.0.0"
    ),
    "smtp login": Position("smtp", {"event": "login"}, GREETED, SMTP_LOGIN, b"235 2.7.0"),
    "smtp continuation": Position(
        "smtp",
        {"event": "continuation"},
        (*GREETED, (b"AUTH LOGIN\r\n", b"334")),
        b"YW5uYQ==\r\n",
        b"334 UGFz",
    ),
    "smtp data": Position("smtp", {"event": "data"}, SENDING, b"hi\r\n.\r\n", b"250 2.0.0"),
    "smtp end-of-data": Position(
        "smtp", {"event": "end-of-data"}, SENDING, b"hi\r\n.\r\n", b"250 2.0.0"
    ),
}


@dataclass(frozen=True)
class Fault:
    """Actions, and what a client gets of them: bytes of the rule's own, or how many of the usual
    answer's (None: all of it), with what stands before and behind it, and the ending."""

    then: list[Any]
    said: bytes | None = None
    usual: int | None = None
    prefix: bytes = b""
    suffix: bytes = b""
    ending: Ending = "none"


FAULTS = {
    "reply": Fault([{"reply": "server-unavailable"}], ending="FIN"),
    "text": Fault([{"text": "999 {host}\n998 no"}], b"999 mail.example.test\r\n998 no\r\n"),
    "raw": Fault([{"raw": "\x00\xff\r"}], b"\x00\xff\r"),
    "raw, then close": Fault([{"raw": "half a li"}, "close"], b"half a li", ending="FIN"),
    "delay": Fault([{"delay-s": 0.01}]),
    "close": Fault(["close"], b"", ending="FIN"),
    "reset": Fault(["reset"], b"", ending="RST"),
    "hang": Fault(["hang"], b"", ending="silence"),
    "truncate": Fault([{"truncate": 5}], usual=5, ending="silence"),
    "truncate at once": Fault([{"truncate": 0}], usual=0, ending="silence"),
    "slice": Fault([{"slice": {"bytes": 2, "pause-s": 0.0001}}]),
    "drop-after": Fault([{"drop-after": 4}], usual=4, ending="FIN"),
    "drop-after at once": Fault([{"drop-after": 0}], usual=0, ending="FIN"),
    "append": Fault([{"append": "* BYE injected\r\n"}], suffix=b"* BYE injected\r\n"),
    "say": Fault([{"say": "* OK {host}\nso"}], prefix=b"* OK mail.example.test\r\nso\r\n"),
    "text with a suffix": Fault([{"append": "x\r\n"}, {"text": "999 no"}], b"999 no\r\nx\r\n"),
}


class Raw:
    """A client that says what it is told to and keeps every byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def until(self, begins: bytes) -> None:
        """Read lines up to the one that begins so."""
        async with asyncio.timeout(WAIT_S):
            while not (line := await self.reader.readline()).startswith(begins):
                assert line, f"the end came before {begins!r}"

    async def exactly(self, size: int) -> bytes:
        async with asyncio.timeout(WAIT_S):
            return await self.reader.readexactly(size)

    async def rest(self) -> tuple[bytes, Ending]:
        """All that comes, and how it ends."""
        received = b""
        try:
            async with asyncio.timeout(WAIT_S):
                while data := await self.reader.read(4096):
                    received += data
        except ConnectionResetError:
            return received, "RST"
        return received, "FIN"


async def met(position: Position, fault: Fault, *, tls: bool) -> tuple[bytes, Ending, Transcript]:
    """What the client got from the strike on, how it ended, and the transcript."""
    rule = {"when": position.when, "then": fault.then}
    service = {
        "protocol": position.protocol,
        "security": "implicit-tls" if tls else "cleartext",
        "rules": [rule],
    }
    spec = MailboxSpec.model_validate({"services": {"it": service}})
    async with open_mailbox(spec) as mailbox:
        running = mailbox.services["it"]
        context = ssl.create_default_context(cafile=mailbox.ca_file) if tls else None
        streams = await asyncio.open_connection(running.host, running.port, ssl=context)
        client = Raw(*streams)
        for line, answer in position.before:
            client.writer.write(line)
            await client.until(answer)
        client.writer.write(position.strike)
        got = await observed(client, position, fault)
        client.writer.close()
        await mailbox.settle(WAIT_S)
        assert mailbox.evidence.faults == []
        assert mailbox.evidence.fired == ["it.rules[0]"]
        return *got, mailbox.evidence.connections[0]


async def observed(client: Raw, position: Position, fault: Fault) -> tuple[bytes, Ending]:
    if fault.ending == "silence":
        said = await client.exactly(fault.usual or 0)
        client.writer.write(b"z NOOP\r\nNOOP\r\n")  # nobody answers any more
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await client.reader.read(1)
        return said, "silence"
    if fault.ending != "none":
        return await client.rest()
    size = len(fault.said) if fault.said is not None else 0
    said = await client.exactly(len(fault.prefix))
    said += await client.exactly(size) if size else await client.reader.readuntil(b"\r\n")
    said += await client.exactly(len(fault.suffix))
    return said, "none"


@pytest.mark.parametrize("tls", [False, True], ids=["cleartext", "TLS"])
@pytest.mark.parametrize("position", POSITIONS.values(), ids=POSITIONS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_each_action_at_each_event(fault: Fault, position: Position, tls: bool) -> None:
    said, ending, transcript = asyncio.run(met(position, fault, tls=tls))
    assert ending == fault.ending
    if "reply" in fault.then[0]:
        assert said.startswith((b"* BYE [UNAVAILABLE]", b"421 ")) and said.endswith(b"\r\n")
    elif fault.said is not None:
        assert said == fault.said
    elif fault.usual is not None:
        assert said == position.usual[: fault.usual]
    else:
        assert said.startswith(fault.prefix + position.usual)
        assert said.endswith(b"\r\n" + fault.suffix)
    who = "server" if fault.ending in ("FIN", "RST") else "client"
    assert transcript.ended_by == who
    assert transcript.ended_how == fault.ending or who == "client"
    assert all(entry.tls is tls for entry in transcript.lines() if entry.direction != "*")


@pytest.fixture(autouse=True, scope="module")
def _authority() -> None:
    """Made once, before the first wait is measured."""
    assert process_authority().ca_file


def test_every_file_of_the_room_is_an_action() -> None:
    files = {path.stem for path in Path(actions.__file__).parent.rglob("*.py")} - {"__init__"}
    of_files = {action.__module__.rpartition(".")[2] for action in actions.ACTIONS.values()}
    assert (of_files, len(actions.ACTIONS)) == (files, len(files))
