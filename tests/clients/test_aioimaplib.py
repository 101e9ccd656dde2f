"""aioimaplib. Its STARTTLS does not exist."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import aioimaplib
import pytest

from tests.clients.world import ACCOUNT, MESSAGE, RUN_S, World

NO_STARTTLS = pytest.mark.parametrize("security", ["implicit-tls", "cleartext"], indirect=True)


@asynccontextmanager
async def connected(world: World) -> AsyncIterator[aioimaplib.IMAP4]:
    if world.implicit:
        imap = aioimaplib.IMAP4_SSL(
            world.host, world.imap, timeout=RUN_S, ssl_context=world.context()
        )
    else:
        imap = aioimaplib.IMAP4(world.host, world.imap, timeout=RUN_S)
    await imap.wait_hello_from_server()
    yield imap
    imap.protocol.transport.abort()  # it never closes by itself


async def ok(answer: Awaitable[aioimaplib.Response]) -> list[bytes]:
    response = await answer
    assert response.result == "OK", response
    lines: list[bytes] = response.lines
    return lines


@NO_STARTTLS
def test_all_in_turn(world: World) -> None:
    async def talk() -> None:
        async with connected(world) as imap:
            await ok(imap.login(ACCOUNT.login, ACCOUNT.password))
            await imap.protocol.capability()  # it does not read the code of the OK
            assert b'() "/" "INBOX"' in await ok(imap.list('""', "*"))
            assert b"2 EXISTS" in await ok(imap.select("INBOX"))
            await ok(imap.append(MESSAGE, "INBOX", flags="\\Flagged"))
            assert (await ok(imap.uid_search("FLAGGED")))[0] == b"3"
            assert MESSAGE in await ok(imap.uid("fetch", "3", "(UID BODY.PEEK[])"))
            await ok(imap.uid("store", "1", "+FLAGS (\\Seen)"))
            await ok(imap.uid("move", "2", "Archive"))
            idle = await imap.idle_start(timeout=RUN_S)
            world.deliver(MESSAGE)
            assert await imap.wait_server_push() == [b"3 EXISTS", b"3 RECENT"]
            imap.idle_done()
            await asyncio.wait_for(idle, RUN_S)
            await ok(imap.close())
            await ok(imap.logout())

    asyncio.run(talk())
    world.assert_logged_in("LOGIN", service="imap")
    inbox = [(each.uid, each.flags) for each in world.mail("INBOX").messages]
    assert inbox == [(1, {"\\Seen"}), (3, {"\\Flagged"}), (4, set())]
    assert len(world.mail("Archive").messages) == 1


@NO_STARTTLS
def test_xoauth2(world: World) -> None:
    async def talk() -> None:
        async with connected(world) as imap:
            await ok(imap.xoauth2(ACCOUNT.login, ACCOUNT.token))
            await ok(imap.logout())

    asyncio.run(talk())
    world.assert_logged_in("XOAUTH2", service="imap")


def test_an_impostor_is_told_nothing(impostor: World) -> None:
    async def talk() -> None:
        async with connected(impostor):
            pass

    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(talk())
    impostor.assert_told_nothing()
