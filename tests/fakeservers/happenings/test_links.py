"""How a link dies, as its other end sees it: in IDLE, in a FETCH, with TLS and without."""

import asyncio
import contextlib
import socket
import ssl
import threading

import pytest
from staying import connected, living, spec

from fakeservers.dialects.dialect import dialect_names, load_dialect
from fakeservers.happenings import links
from fakeservers.imap.peer import STEPS_PER_MESSAGE
from fakeservers.wire.turns import Turns

SECURITIES = ("cleartext", "implicit-tls")
LARGE = 3_000_000
"""More octets of a message than kernels hold for a client that does not read."""
pytestmark = pytest.mark.filterwarnings("error")


def deliver(mailbox, content=b"Subject: new\r\n\r\n"):
    mailbox.accounts.account.deliver(content)


async def silence(client, seconds=0.3):
    """That nothing comes, not even an end."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await client.reader.read(1)


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize(("how", "heard"), [("fin", b""), ("rst", None)])
def test_a_connection_in_idle_is_ended(security, how, heard):
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            assert (mailbox.idling(), mailbox.inside()) == (1, 1)
            assert mailbox.cut(how) == 1
            assert (mailbox.idling(), mailbox.inside()) == (0, 0)
            said = await client.rest()
        await mailbox.settle(5)
        return said, mailbox.evidence

    said, evidence = living(story, spec(security))
    assert said == heard
    [connection] = evidence.connections
    assert (connection.ended_by, connection.ended_how) == ("server", how.upper())
    assert evidence.fired == [f"imap.cut[{how}]"]


def test_the_end_in_order_has_its_close_notify_and_the_end_of_tls_has_no_fin():
    """Seen with a client that shows the two apart: one of memory buffers."""

    async def story(mailbox, how):
        running = mailbox.services["imap"]
        sock = socket.create_connection((running.host, running.port))
        sock.setblocking(False)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=mailbox.ca_file)
        tls = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        loop = asyncio.get_running_loop()

        async def got(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    await loop.sock_sendall(sock, outgoing.read())
                    data = await asyncio.wait_for(loop.sock_recv(sock, 65536), 10)
                    assert data, "FIN before anything else"
                    incoming.write(data)

        await got(tls.do_handshake)
        assert (await got(lambda: tls.read(1000))).startswith(b"* OK")
        mailbox.cut(how)
        try:
            last = await got(lambda: tls.read(1000))
        except ssl.SSLZeroReturnError:  # close_notify
            last = b""
        assert last == b""
        end: bytes | None = None
        with contextlib.suppress(TimeoutError):
            end = await asyncio.wait_for(loop.sock_recv(sock, 100), 0.3)
        sock.close()
        await mailbox.settle(5)
        return end, mailbox.evidence.connections[0].ended_by

    assert living(lambda mailbox: story(mailbox, "fin")) == (b"", "server")
    assert living(lambda mailbox: story(mailbox, "close-notify")) == (None, "client")


def test_without_tls_there_is_no_close_notify():
    async def story(mailbox):
        async with connected(mailbox) as client:
            return mailbox.cut("close-notify"), await client.log_in(), mailbox.evidence.fired

    cut, said, fired = living(story, spec("cleartext"))
    assert (cut, fired) == (0, []) and said.startswith(b"t OK")


@pytest.mark.parametrize("security", SECURITIES)
def test_a_silent_link_tells_of_no_mail_and_answers_nothing(security):
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            assert mailbox.cut("silent") == 1
            assert (mailbox.idling(), mailbox.inside()) == (0, 0)
            deliver(mailbox)
            client.send(b"DONE")
            client.send(b"t NOOP")
            await silence(client)
            assert mailbox.left_open() == {0}
            # What is dead already cannot die again.
            assert [mailbox.cut(how) for how in ("fin", "rst", "silent", "drip")] == [0] * 4
            await silence(client)
        await mailbox.settle(5)
        return mailbox.evidence, mailbox.left_open()

    evidence, left_open = living(story, spec(security))
    [connection] = evidence.connections
    assert connection.ended_by == "client" and left_open == set()
    assert [step.command for step in connection.steps][-1] == "IDLE"


def test_not_even_tcp_answers_on_a_silent_link():
    """As who has TCP keep-alive, or a limit for what is not acknowledged, finds out."""

    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            sock = client.writer.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 300)
            mailbox.cut("silent")
            client.send(b"DONE")
            with pytest.raises(TimeoutError) as lost:
                await asyncio.wait_for(client.reader.read(), 20)
            return lost.value.strerror

    assert living(story, spec("cleartext")) == "Connection timed out"


@pytest.mark.parametrize("leaves", ["at once", "after it spoke", "by a reset"])
def test_that_the_client_leaves_a_silent_link_is_seen(leaves):
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            mailbox.cut("silent")
            await silence(client, 0.05)
            if leaves == "after it spoke":
                client.send(b"DONE")
                await silence(client, 0.05)
            if leaves == "by a reset":
                client.writer.transport.abort()
            else:
                client.writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            async with asyncio.timeout(5):
                await mailbox.settle(10)
        return mailbox.evidence.connections[0].ended_by, mailbox.left_open()

    assert living(story, spec("cleartext")) == ("client", set())


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("how", ["fin", "rst", "silent"])
def test_a_link_dies_in_the_middle_of_a_fetch(security, how):
    """A client that reads slowly has part of a message, and never the rest."""

    async def story(mailbox):
        deliver(mailbox, b"Subject: large\r\n\r\n" + b"x" * LARGE)
        async with connected(mailbox) as client:
            await client.select()
            client.send(b"t FETCH 3 BODY[]")
            begun = await client.line()
            assert begun.startswith(b"* 3 FETCH")
            assert mailbox.cut(how, bye=True) == 1
            read = 0
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                async with asyncio.timeout(2 if how == "silent" else 10):
                    while data := await client.reader.read(65536):
                        read += len(data)
                        assert b"BYE" not in data
            return read

    assert living(story, spec(security)) < LARGE


def test_between_two_pieces_of_a_fetch_there_is_no_farewell(monkeypatch):
    """The server is at work on the next one, and nothing is on its way."""
    work, begun = Turns.work, []

    async def story(mailbox):
        async def struck(turns, steps=1, *, on_bytes=0, on_lines=0):
            if steps == STEPS_PER_MESSAGE and on_bytes > 100_000:
                begun.append(mailbox.cut("fin", bye=True) if begun else 0)
            await work(turns, steps, on_bytes=on_bytes, on_lines=on_lines)

        mailbox.deliver(2, size=200_000)
        async with connected(mailbox) as client:
            await client.select()
            monkeypatch.setattr(Turns, "work", struck)
            client.send(b"t FETCH 3:4 BODY[]")
            return await client.rest()

    said = living(story)
    assert begun == [0, 1] and b"3 FETCH" in said and b"BYE" not in said


def test_what_is_said_drips():
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            assert (mailbox.cut("drip"), mailbox.idling()) == (1, 1)
            deliver(mailbox)
            pieces = []
            while sum(map(len, pieces)) < 4:
                pieces.append(await asyncio.wait_for(client.reader.read(100), 10))
            return pieces

    assert living(story, spec("cleartext")) == [b"*", b" ", b"3", b" "]


def test_a_dripping_link_can_still_be_cut():
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            mailbox.cut("drip")
            deliver(mailbox)
            await client.reader.read(1)
            assert mailbox.cut("fin", bye=True) == 1  # in the middle of a line nothing is said
            return await client.rest()

    assert b"BYE" not in living(story)


@pytest.mark.parametrize("security", SECURITIES)
def test_those_of_one_service_are_cut(security):
    async def story(mailbox):
        async with connected(mailbox) as imap, connected(mailbox, "smtp") as smtp:
            assert mailbox.cut("fin", "smtp", bye=True) == 1
            assert (await smtp.rest()).startswith(b"421 4.3.2 ")
            return await imap.log_in()

    assert living(story, spec(security)).startswith(b"t OK")


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        ("plain", b"* BYE [UNAVAILABLE] Server is shutting down; try again later\r\n"),
        ("dovecot", b"* BYE Server shutting down.\r\n"),
        ("gmail", b""),
    ],
)
def test_a_server_that_shuts_down_says_so_in_its_own_words(dialect, said):
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            mailbox.cut("fin", bye=True)
            return await client.rest()

    assert living(story, spec(dialect=dialect)) == said


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_every_farewell_can_be_said_at_any_time(protocol):
    sides = {name: load_dialect(name).side(protocol) for name in dialect_names()}
    farewells = {n: s.replies[s.farewell].wording for n, s in sides.items() if s.farewell}
    assert {"dovecot", "plain"} & set(farewells)
    assert [text for text in farewells.values() if "{tag}" in text or "{text}" in text] == []


def test_no_farewell_before_the_greeting():
    waits = [{"when": {"event": "connect"}, "then": {"delay-s": 600}}]

    async def story(mailbox):
        running = mailbox.services["imap"]
        reader, writer = await asyncio.open_connection(running.host, running.port)
        while not mailbox.evidence.fired:
            await asyncio.sleep(0)
        mailbox.cut("fin", bye=True)
        said = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return said

    assert living(story, spec("cleartext", waits)) == b""


@pytest.mark.parametrize("how", ["fin", "rst", "silent"])
def test_a_connection_that_is_struck_before_it_begins(how):
    """It was accepted, and nobody has served it yet."""

    async def story(mailbox):
        running = mailbox.services["imap"]
        with socket.create_connection((running.host, running.port)) as sock:
            while not mailbox.evidence.connections:
                await asyncio.sleep(0)  # the task begins one step later at the soonest
            cut = mailbox.cut(how)
            sock.setblocking(False)
            said: bytes | None = None
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                loop = asyncio.get_running_loop()
                said = await asyncio.wait_for(loop.sock_recv(sock, 100), 0.3)
        await mailbox.settle(5)
        return cut, said

    assert living(story, spec("cleartext")) == (1, b"" if how == "fin" else None)


@pytest.mark.parametrize("how", ["refused", "black-hole"])
@pytest.mark.parametrize(("link", "heard"), [("fin", b""), ("rst", None)])
def test_a_mailbox_goes_down_and_comes_up_at_the_same_ports(how, link, heard):
    async def story(mailbox):
        ports = {name: each.port for name, each in mailbox.services.items()}
        for _ in range(2):
            async with connected(mailbox) as imap, connected(mailbox, "smtp") as smtp:
                await imap.idle()
                assert mailbox.go_down(how, link) == 2
                assert [await imap.rest(), await smtp.rest()] == [heard, heard]
            for name in ("imap", "smtp"):
                with pytest.raises(ConnectionRefusedError if how == "refused" else TimeoutError):
                    async with asyncio.timeout(0.3):
                        async with connected(mailbox, name):
                            pass
            mailbox.change(spec())  # which says that it listens
            assert not any(each.listener.accepts for each in mailbox.services.values())
            mailbox.come_up()
            async with connected(mailbox) as imap, connected(mailbox, "smtp") as smtp:
                assert (await imap.log_in()).startswith(b"t OK")
                assert smtp.greeting.startswith(b"220")
            await mailbox.settle(5)
        return ports == {n: each.listener.address[1] for n, each in mailbox.services.items()}

    assert living(story)


def test_one_service_goes_down_with_its_farewell():
    async def story(mailbox):
        async with connected(mailbox) as imap, connected(mailbox, "smtp") as smtp:
            await imap.idle()
            assert mailbox.go_down(service="imap", bye=True) == 1
            said = await imap.rest()
            smtp.send(b"NOOP")
            return said, await smtp.line()

    said, smtp = living(story)
    assert said.startswith(b"* BYE") and smtp.startswith(b"250")


def test_behind_a_mailbox_that_is_down_a_link_may_be_silent():
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            assert mailbox.go_down(link="silent") == 1
            await silence(client)
            mailbox.come_up()
            async with connected(mailbox) as again:
                assert (await again.log_in()).startswith(b"t OK")
                assert mailbox.inside() == 1
            await silence(client, 0.05)

    living(story)


def test_who_waits_to_be_accepted_is_reset_when_the_mailbox_goes_down():
    async def story(mailbox):
        running = mailbox.services["imap"]
        with socket.create_connection((running.host, running.port), timeout=10) as sock:
            mailbox.go_down()  # no step of the loop in between: nobody has accepted it
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
        assert mailbox.evidence.connections == []

    living(story)


def test_blocking_clients_hear_it_too():
    """imaplib, which knows nothing of asyncio."""
    imaplib = pytest.importorskip("imaplib")
    heard = []

    def talk(running, ca_file, ready, go_on):
        context = ssl.create_default_context(cafile=ca_file)
        client = imaplib.IMAP4_SSL(running.host, running.port, ssl_context=context, timeout=10)
        client.login("anna@example.test", "Tr0ub4dor&3-inbox")
        ready()
        go_on.wait(10)
        try:
            client.noop()
        except (imaplib.IMAP4.abort, OSError) as error:
            heard.append(type(error).__name__)
        client.shutdown()

    async def story(mailbox):
        ready, go_on = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()
        told = (lambda: loop.call_soon_threadsafe(ready.set), go_on)
        at_work = asyncio.create_task(
            asyncio.to_thread(talk, mailbox.services["imap"], mailbox.ca_file, *told)
        )
        await asyncio.wait_for(ready.wait(), 10)
        assert mailbox.cut("fin", bye=True) == 1
        await mailbox.settle(1)
        go_on.set()
        await at_work

    living(story)
    assert heard == ["abort"]


@pytest.mark.parametrize("commands", [0, 9])
def test_memory_is_given_back_after_who_has_said_much(commands, monkeypatch):
    given = []
    monkeypatch.setattr(links, "_give_back", lambda: given.append(True))

    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.log_in()
            for _ in range(commands):
                client.send(b"t SEARCH BODY {120000+}\r\n" + b"x" * 120_000)
                await client.until(b"t ")
        await mailbox.settle(5)
        await asyncio.sleep(0)

    living(story, spec("cleartext"))
    assert given == [True] * bool(commands)
