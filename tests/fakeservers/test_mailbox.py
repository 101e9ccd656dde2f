"""The wire's faults as a client sees them, and that nothing of a mailbox stays behind.

A POP3 service is the simplest protocol that greets, so it carries the faults here.
"""

import asyncio
import gc
import socket
import threading

import pytest

from fakeservers.mailbox import Hosting, Mailbox, open_mailbox
from fakeservers.spec import MailboxSpec
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.listeners import PortUnavailable

GREETING = b"+OK POP3 ready\r\n"


def spec(*rules, **service):
    """A mailbox with one POP3 service."""
    pop3 = {"protocol": "pop3", "security": "cleartext", "rules": list(rules), **service}
    return MailboxSpec.model_validate({"services": {"pop3": pop3}})


def rule(event, *then, **conditions):
    return {"when": {"event": event, **conditions}, "then": list(then)}


def met(mailbox_spec, client):
    """Run an async `client(reader, writer)` against the mailbox; its answer and the evidence."""

    async def run():
        async with open_mailbox(mailbox_spec) as mailbox:
            service = mailbox.services["pop3"]
            reader, writer = await asyncio.open_connection(service.host, service.port)
            try:
                answer = await client(reader, writer)
            finally:
                writer.close()
            await mailbox.settle(5)
            return answer, mailbox.evidence

    return asyncio.run(run())


async def read_all(reader, writer):
    """All that the server sends until it closes; `None` at the end stands for a reset."""
    received = []
    try:
        while data := await reader.read(1000):
            received.append(data)
    except ConnectionResetError:
        received.append(None)
    return received


async def quit_politely(reader, writer):
    greeting = await reader.readline()
    writer.write(b"QUIT\r\n")
    return greeting + await reader.read()


def test_without_a_fault_the_service_behaves():
    answer, evidence = met(spec(), quit_politely)
    assert answer == GREETING + b"+OK bye\r\n"
    assert evidence.fired == ["pop3.protocol"]
    assert evidence.faults == []
    (transcript,) = evidence.connections
    assert (transcript.ended_by, transcript.ended_how) == ("server", "FIN")


@pytest.mark.parametrize(
    ("then", "received", "how"),
    [
        (["close"], [], "FIN"),
        (["reset"], [None], "RST"),
        ([{"raw": "\x00\xff"}, "close"], [b"\x00\xff"], "FIN"),
        (
            [{"text": "+OK {host}\n-ERR no"}, "close"],
            [b"+OK mail.example.test\r\n-ERR no\r\n"],
            "FIN",
        ),
        ([{"drop-after": 5}], [GREETING[:5]], "FIN"),
        ([{"append": "tail"}, {"drop-after": 20}], [GREETING + b"tail"], "FIN"),
    ],
)
@pytest.mark.parametrize("event", ["connect", "greeting"])
def test_a_fault_before_the_first_byte(event, then, received, how):
    answer, evidence = met(spec(rule(event, *then)), read_all)
    assert answer == received
    assert evidence.fired == ["pop3.protocol", "pop3.rules[0]"]
    (transcript,) = evidence.connections
    assert (transcript.ended_by, transcript.ended_how) == ("server", how)


@pytest.mark.parametrize("then", [["hang"], [{"truncate": 4}]])
def test_a_silent_server_ends_when_the_client_leaves(then):
    async def leave(reader, writer):
        expected = GREETING[:4] if then != ["hang"] else b""
        received = await reader.readexactly(len(expected))
        writer.write(b"anyone there?\r\n")
        await writer.drain()
        writer.write_eof()
        return received, expected, await reader.read()

    (received, expected, rest), evidence = met(spec(rule("greeting", *then)), leave)
    assert (received, rest) == (expected, b"")
    assert evidence.connections[0].ended_by == "client"


def test_slices_arrive_one_by_one():
    slices = {"slice": {"bytes": 3, "pause-s": 0.001}}
    answer, _ = met(spec(rule("greeting", slices)), quit_politely)
    assert answer == GREETING + b"+OK bye\r\n"


def test_a_delay_holds_the_greeting_back():
    answer, evidence = met(spec(rule("greeting", {"delay-s": 0.01})), quit_politely)
    assert answer.startswith(GREETING)
    greeted = next(e for e in evidence.connections[0].lines() if e.direction == "S")
    assert greeted.time_s >= 0.01


def test_closing_with_unread_bytes_is_still_a_fin():
    async def early_talker(reader, writer):
        writer.write(b"x" * 100_000)
        await writer.drain()
        return await read_all(reader, writer)

    answer, _ = met(spec(rule("connect", "close")), early_talker)
    assert answer == []


def test_a_rule_may_name_the_peer_and_the_allow_list():
    refusing = rule("greeting", {"text": "-ERR {peer} may not"}, "close", peer="not-allowed")
    closed = spec(refusing).model_copy(update={"allow_list": ["127.0.0.9"]})
    answer, _ = met(closed, read_all)
    assert answer == [b"-ERR 127.0.0.1 may not\r\n"]
    opened = spec(refusing).model_copy(update={"allow_list": ["127.0.0.0/8"]})
    answer, _ = met(opened, quit_politely)
    assert answer.startswith(GREETING)


def test_a_proxy_header_says_who_the_peer_is():
    async def proxied(reader, writer):
        writer.write(b"PROXY TCP4 203.0.113.7 127.0.0.1 4000 110\r\n")
        return await read_all(reader, writer)

    told = rule("greeting", {"text": "+OK {peer}"}, "close")
    answer, _ = met(spec(told, **{"proxy-protocol": True}), proxied)
    assert answer == [b"+OK 203.0.113.7\r\n"]


def test_connections_of_others_count_and_a_changed_mailbox_counts_anew():
    limit = rule(
        "greeting", {"text": "-ERR {limit}"}, "close", connections={"per": "service", "over": 3}
    )
    full = spec(limit, occupied=3)

    async def run():
        async with open_mailbox(full) as mailbox:
            answers = []
            for amended in (full, spec(limit, occupied=2)):
                mailbox.change(amended)
                service = mailbox.services["pop3"]
                reader, writer = await asyncio.open_connection(service.host, service.port)
                answers.append(await reader.readline())
                writer.close()
                await mailbox.settle(5)
            return answers

    assert asyncio.run(run()) == [b"-ERR 3\r\n", GREETING]


def test_a_refused_port_is_bound_and_refuses():
    async def run():
        async with open_mailbox(spec(listen="refused")) as mailbox:
            service = mailbox.services["pop3"]
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(service.host, service.port)

    asyncio.run(run())


def test_a_black_hole_swallows_the_connection():
    async def run():
        async with open_mailbox(spec(listen="black-hole")) as mailbox:
            service = mailbox.services["pop3"]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await asyncio.open_connection(service.host, service.port)

    asyncio.run(run())


@pytest.mark.parametrize("address", ["192.0.2.1", "0.0.0.0"])
def test_only_loopback_addresses_are_bound(address):
    async def run():
        async with open_mailbox(spec(bind=address)):
            pass

    with pytest.raises(ValueError, match="not a loopback address"):
        asyncio.run(run())


def test_an_ipv6_service():
    async def run():
        async with open_mailbox(spec(bind="::1")) as mailbox:
            service = mailbox.services["pop3"]
            reader, writer = await asyncio.open_connection(service.host, service.port)
            greeting = await reader.readline()
            writer.close()
            return greeting

    assert asyncio.run(run()) == GREETING


@pytest.mark.parametrize("how", ["refused", "black-hole"])
def test_two_addresses_of_one_name(how):
    """The port is the same, whoever is there."""
    services = {
        "pop3": {"protocol": "pop3"},
        "other": {"protocol": "pop3", "bind": "::1", "port-of": "pop3", "listen": how},
    }

    async def run():
        async with open_mailbox(MailboxSpec.model_validate({"services": services})) as mailbox:
            here, other = mailbox.services.values()
            assert (other.host, other.port) == ("::1", here.port)
            with socket.socket(socket.AF_INET6) as client:
                client.setblocking(False)
                client.connect_ex((other.host, other.port))
            return mailbox.knocks()

    assert asyncio.run(run()) == {"other": True if how == "black-hole" else None}


def test_a_port_that_is_not_permitted_is_told_in_one_line(monkeypatch):
    def forbidden(sock, address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(PortUnavailable) as caught:
        Mailbox(spec(port=1), Hosting(process_authority())).open()
    assert caught.value.strerror == "cannot listen on 127.0.0.1 port 1: Permission denied"


def test_a_port_in_use_is_an_os_error_and_leaves_nothing_bound():
    async def run():
        async with open_mailbox(spec()) as first:
            taken = first.services["pop3"].port
            both = MailboxSpec.model_validate(
                {
                    "services": {
                        "free": {"protocol": "ssh", "security": "cleartext"},
                        "taken": {"protocol": "ssh", "port": taken},
                    }
                }
            )
            with pytest.raises(OSError, match="in use"):
                async with open_mailbox(both):
                    pass

    asyncio.run(run())


def test_nothing_stays_behind():
    async def run():
        threads = threading.active_count()
        async with open_mailbox(spec()) as mailbox:
            service = mailbox.services["pop3"]
            left_open = [
                await asyncio.open_connection(service.host, service.port) for _ in range(3)
            ]
            await left_open[0][0].readline()
        endings = [await read_all(*connection) for connection in left_open]
        for _, writer in left_open:
            writer.close()
        assert len(endings) == 3
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(service.host, service.port)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert threading.active_count() == threads

    asyncio.run(run())
    gc.collect()  # a socket left open would warn, and warnings are errors


def test_a_harness_fault_is_never_sent_down_the_wire(monkeypatch):
    async def broken(conversation):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("fakeservers.services._speaker", lambda protocol: broken)
    answer, evidence = met(spec(), read_all)
    assert answer == [None]
    assert evidence.faults == ["pop3: RuntimeError: secret detail"]


def test_an_account_is_locked_however_its_name_is_spelt():
    locked = rule("login", {"text": "{tag} NO locked"}, failures={"per": "account", "at-least": 2})
    imap = {"protocol": "imap", "security": "cleartext", "rules": [locked]}
    mailbox_spec = MailboxSpec.model_validate({"services": {"pop3": imap}})

    async def log_in(reader, writer):
        await reader.readline()
        said = []
        for name in ("Anna@Example.test", "ANNA@example.TEST", "anna@example.test"):
            writer.write(f"a1 LOGIN {name} wrong\r\n".encode())
            said.append(await reader.readline())
        return said

    said, _ = met(mailbox_spec, log_in)
    assert [b"locked" in line for line in said] == [False, False, True]
