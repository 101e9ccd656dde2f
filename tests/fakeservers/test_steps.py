"""What a connection comes to is recorded as data: all that verdicts read."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import pytest

from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from fakeservers.wire.connection import Connection
from fakeservers.wire.transcript import MOST_STEPS, Step, Transcript

IMAP = [b"a1 CAPABILITY", b"a2 LOGIN anna@example.test Tr0ub4dor&3-inbox", b"a3 SELECT INBOX"]
SMTP = [b"EHLO client.test", b"NONSENSE", b"MAIL FROM:<anna@example.test>"]
REFUSES = {"when": {"event": "login"}, "then": {"text": "{tag} NO not now"}}


def met(lines: Iterable[bytes], protocol: str = "imap", **service: Any) -> Transcript:
    """The record of a connection on which these lines were sent, one after the other."""
    how = {"protocol": protocol, "security": "cleartext", **service}
    spec = MailboxSpec.model_validate({"services": {"one": how}})

    async def run() -> Transcript:
        async with open_mailbox(spec) as mailbox:
            one = mailbox.services["one"]
            context = None
            if how["security"] == "implicit-tls":
                context = ssl.create_default_context(cafile=mailbox.ca_file)
            reader, writer = await asyncio.open_connection(one.host, one.port, ssl=context)
            await reader.readline()
            for line in lines:
                writer.write(line + b"\r\n")
                tag = line.split()[0] if protocol == "imap" else b""
                while answer := await reader.readline():
                    if answer.startswith(tag) and (tag or answer[3:4] == b" "):
                        break
            writer.close()
            await mailbox.settle(30)
            return mailbox.evidence.connections[0]

    return asyncio.run(run())


def told(connection: Transcript) -> list[tuple[str, str, bool, bool]]:
    return [(each.event, each.command, each.tls, each.logged_in) for each in connection.steps]


@pytest.mark.parametrize("security", ["cleartext", "implicit-tls"])
def test_what_an_imap_connection_comes_to(security: str) -> None:
    connection = met(IMAP, security=security)
    tls = security == "implicit-tls"
    handshake = [("tls", "", False, False), ("tls-established", "", True, False)] if tls else []
    assert told(connection) == [
        ("connect", "", False, False),
        *handshake,
        ("greeting", "", tls, False),
        ("command", "CAPABILITY", tls, False),
        ("command", "LOGIN", tls, False),
        ("login", "LOGIN", tls, False),
        ("command", "SELECT", tls, True),
    ]
    assert connection.tls == ("established" if tls else "none")
    assert (
        connection.commands() == connection.commands(tls=tls) == ["CAPABILITY", "LOGIN", "SELECT"]
    )
    assert connection.commands(tls=not tls) == []
    assert connection.steps[-1].said.endswith(b"a3 OK [READ-WRITE] SELECT completed\r\n")


def test_what_an_smtp_connection_comes_to_even_what_is_no_command() -> None:
    connection = met(SMTP, "smtp")
    assert connection.commands() == ["EHLO", "***", "MAIL"], "it may be a password"
    refused = [connection.refused(each) for each in connection.steps if each.event == "command"]
    assert refused == [False, True, True], "MAIL wants a log-in"


def test_a_rule_that_fires_is_told_at_its_step() -> None:
    connection = met(IMAP[:2], rules=[REFUSES])
    [step] = [each for each in connection.steps if each.rules]
    assert (step.event, step.rules) == ("login", ["one.rules[0]"])
    assert bytes(step.said) == b"a2 NO not now\r\n" and connection.refused(step)


@pytest.mark.parametrize(
    ("said", "protocol", "refused"),
    [
        (b"a1 NO no\r\n", "imap", True),
        (b"a1 bad bad\r\n", "imap", True),
        (b"* BYE gone\r\n", "imap", True),
        (b"* NO a warning\r\na1 OK done\r\n", "imap", False),
        (b"+ NO is a challenge\r\n", "imap", False),
        (b"a1 OK NO\r\n", "imap", False),
        (b"250-first\r\n550 last\r\n", "smtp", True),
        (b"450 later\r\n", "smtp", True),
        (b"250 451 is a word here\r\n", "smtp", False),
        (b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", "imap", True),
        (b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n", "smtp", True),
        (b"+ VXNlcm5hbWU6\r\n", "imap", False),
        (b"334 VXNlcm5hbWU6\r\n", "smtp", False),
        (b"HTTP/1.1 401 Unauthorized\r\n\r\n", "oauth", True),
        (b'HTTP/1.1 200 OK\r\n\r\n{"error": "invalid_code"}', "oauth", True),
        (b'HTTP/1.1 200 OK\r\n\r\n{"access_token": "***"}', "oauth", False),
    ],
)
def test_what_is_a_refusal(said: bytes, protocol: str, refused: bool) -> None:
    connection = Transcript(0, protocol, protocol, "-")
    assert connection.refused(Step("command", said=bytearray(said))) is refused


def test_a_farewell_is_no_refusal() -> None:
    connection = Transcript(0, "imap", "imap", "-")
    said = bytearray(b"* BYE until later\r\na9 OK done\r\n")
    assert not connection.refused(Step("command", "LOGOUT", said=said))
    assert connection.refused(Step("command", "NOOP", said=said))


def test_the_same_step_twice_is_one_until_something_is_said() -> None:
    connection = Transcript(0, "imap", "imap", "-")
    first = connection.came_to(Step("command", "NOOP"))
    assert connection.came_to(Step("command", "NOOP")) is first
    connection.sent(b"a1 OK\r\n", tls=False)
    assert connection.came_to(Step("command", "NOOP")) is not first
    assert len(connection.steps) == 2


def test_of_a_flood_the_first_steps_are_kept() -> None:
    connection = Transcript(0, "imap", "imap", "-")
    for number in range(MOST_STEPS + 5):
        last = connection.came_to(Step("command", f"X{number}"))
    connection.sent(b"a1 OK\r\n", tls=False)
    assert len(connection.steps) == MOST_STEPS
    assert bytes(last.said) == b"a1 OK\r\n", "rules read what is said at the step at hand"


def test_a_client_hello_where_no_tls_is_spoken_is_told() -> None:
    connection = Transcript(0, "imap", "imap", "-")
    connection.received(b"\x16\x03\x01\x02\x00" + b"\0" * 100, tls=False)
    assert connection.mistook
    [line] = connection.lines()
    assert line.text == "the client began TLS, with a ClientHello of 105 bytes"


def test_a_client_that_has_left_is_known_to_be_gone_before_anything_is_read() -> None:
    async def run() -> list[bool]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = socket.create_connection(listener.getsockname())
            accepted, peer = listener.accept()
        transcript = Transcript(0, "imap", "imap", "-")
        connection = Connection(accepted, transcript, ssl.create_default_context, peer=peer)
        seen = [connection.client_has_left]
        client.close()
        seen += [connection.client_has_left, transcript.unheard]
        accepted.setblocking(False)
        await connection.write(b"* OK hello\r\n")
        seen.append(transcript.unheard)
        connection.abandon()
        return [*seen, connection.client_has_left]

    assert asyncio.run(run()) == [False, True, False, True, True]
