"""What changes while a mailbox is selected is told when it may be; IDLE."""

import asyncio

from talk import connected, talk


def test_a_large_mailbox_is_fetched_whole():
    async def dialogue(client):
        for _ in range(2000):
            client.mailbox.accounts.account.deliver(b"Subject: x\r\n\r\n")
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        return await client.ask(b"FETCH 1:* (UID FLAGS)")

    assert len(talk(dialogue)) == 2003


def test_mail_that_arrives_is_told_of():
    async def dialogue(client):
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        account = client.mailbox.accounts.account
        account.deliver(b"one")
        noop = await client.ask(b"NOOP")
        client.send(b"t IDLE\r\n")
        assert await client.line() == b"+ idling"
        account.deliver(b"two")
        told = [await client.line(), await client.line()]
        account.inbox.remove(account.inbox.messages[:1])
        told += [await client.line(), await client.line()]
        client.send(b"done\r\nt NOOP\r\n")
        return noop, told, await client.line(), await client.line()

    noop, told, done, after = talk(dialogue)
    assert noop[:2] == [b"* 3 EXISTS", b"* 3 RECENT"]
    assert told == [b"* 4 EXISTS", b"* 4 RECENT", b"* 1 EXPUNGE", b"* 3 RECENT"]
    assert (done, after) == (b"t OK IDLE completed", b"t OK NOOP completed")


def test_numbers_change_only_when_they_may():
    async def dialogue(client):
        async with connected(client.mailbox) as other:
            await other.line()
            for each in (client, other):
                await each.log_in()
                await each.ask(b"SELECT INBOX")
            await other.ask(b"STORE 1 +FLAGS (\\Deleted)")
            await other.ask(b"EXPUNGE")
            return [
                line
                for command in (b"FETCH 1 UID", b"SEARCH ALL", b"NOOP", b"FETCH 1 UID")
                for line in await client.ask(command)
            ]

    lines = talk(dialogue)
    assert [line for line in lines if line.startswith(b"*")] == [
        b"* 1 FETCH (UID 1)",
        b"* 1 FETCH (FLAGS (\\Deleted \\Recent))",
        b"* SEARCH 1 2",
        b"* 1 EXPUNGE",
        b"* 1 RECENT",
        b"* 1 FETCH (UID 2)",
    ]


def test_idle_ends_with_anything_but_is_only_ok_for_done():
    async def dialogue(client):
        await client.log_in()
        return [await client.last(b"IDLE", b"a NOOP"), await client.last(b"IDLE", b"DONE")]

    assert [line[:5] for line in talk(dialogue)] == [b"t BAD", b"t OK "]


def test_idle_leaves_no_task_when_the_mailbox_goes_away():
    async def dialogue(client):
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        client.send(b"t IDLE\r\n")
        await client.line()
        await client.mailbox.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert client.mailbox.accounts.account.inbox._watchers == []

    talk(dialogue)
