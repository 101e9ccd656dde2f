"""A connection at the common ports goes over to the mailbox that its user name means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fakeservers.common.common_ports import Chosen, CommonPorts, ToldName, common_spec
from fakeservers.mailbox import Hosting, Mailbox, open_mailbox
from fakeservers.spec import Account, MailboxSpec, Service
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.entries import Entry
from fakeservers.wire.transcript import Transcript

LOGIN = b'a1 LOGIN anna@badinbox.test "Tr0ub4dor&3-inbox"\r\n'


@asynccontextmanager
async def at_a_guest() -> AsyncIterator[tuple[CommonPorts, Mailbox, list[str]]]:
    """Common ports with one mailbox, in cleartext, and the lines that this one shows."""
    lines: list[str] = []
    guests: list[Mailbox] = []

    class OneGuest:
        async def by_user_name(self, told: ToldName) -> Chosen | str:
            assert (told.protocol, told.security, told.tls) == ("imap", "cleartext", False)
            if told.name != "anna@badinbox.test":
                return "no such name"
            return Chosen(guests[0], "imap", told.name)

        async def by_host_name(self, told: ToldName) -> Chosen | str:
            return ""

    def show(_: Transcript, entry: Entry) -> None:
        lines.append(entry.text)

    hosting = Hosting(process_authority())
    ports = CommonPorts(common_spec("127.0.0.1", {}), hosting, OneGuest(), lambda _: None)
    ports.open()
    service = Service(protocol="imap", security="cleartext")
    account = Account(address="anna@badinbox.test")
    spec = MailboxSpec(account=account, services={"imap": service})
    try:
        async with open_mailbox(spec, on_entry=show, shared=ports.port) as guest:
            guests.append(guest)
            yield ports, guest, lines
    finally:
        await ports.close()


def test_all_of_the_connection_is_the_mailboxs() -> None:
    async def story() -> None:
        async with at_a_guest() as (ports, guest, lines):
            assert guest.services["imap"].port == ports.services["imap-cleartext"].port
            reader, writer = await asyncio.open_connection("127.0.0.1", guest.services["imap"].port)
            assert (await reader.readline()).startswith(b"* OK [CAPABILITY IMAP4rev1 ")
            assert ports.connected == 1
            writer.write(LOGIN)
            assert (await reader.readline()).startswith(b"a1 OK [CAPABILITY IMAP4rev1 LITERAL+ ID")
            assert (ports.connected, guest.connected, guest.inside()) == (0, 1, 1)
            assert lines[0].startswith("* OK [CAPABILITY"), "what came before is shown, too"
            assert lines[1] == "a1 LOGIN anna@badinbox.test ***"
            [transcript] = guest.evidence.connections
            assert transcript.service == "imap"
            assert transcript.commands() == ["LOGIN"]
            assert [login.outcome for login in guest.evidence.logins] == ["accepted"]
            assert ports.evidence.connections == ports.evidence.logins == []
            assert guest.cut("fin") == 1
            assert await reader.read() == b""
            writer.close()
            await guest.settle(5)
            assert guest.connected == 0

    asyncio.run(story())


def test_a_mailbox_that_closes_takes_its_connections_with_it() -> None:
    async def story() -> None:
        async with at_a_guest() as (ports, guest, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", guest.services["imap"].port)
            await reader.readline()
            writer.write(LOGIN)
            await reader.readline()
            await guest.close()
            assert await reader.read() == b""
            writer.close()
            assert (guest.connected, ports.connected) == (0, 0)
            again, writer = await asyncio.open_connection("127.0.0.1", guest.services["imap"].port)
            assert (await again.readline()).startswith(b"* OK"), "the port is not its own"
            writer.close()

    asyncio.run(story())


def test_who_is_nobody_is_told_why_and_stays_at_nobodys_mailbox() -> None:
    async def story() -> None:
        async with at_a_guest() as (ports, guest, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", guest.services["imap"].port)
            await reader.readline()
            writer.write(b"a1 LOGIN eve x\r\n")
            assert await reader.readline() == b"a1 NO [AUTHENTICATIONFAILED] no such name\r\n"
            assert (ports.connected, guest.connected) == (1, 0)
            writer.write(LOGIN)
            assert (await reader.readline()).startswith(b"a1 OK")
            writer.close()

    asyncio.run(story())
