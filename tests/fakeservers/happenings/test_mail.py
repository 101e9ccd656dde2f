"""Mail comes to a mailbox that runs; its INBOX goes, comes back, or is another one."""

import asyncio
import ssl

import pytest
from imapclient import IMAPClient
from staying import PASSWORD, USER, connected, living, spec

from fakeservers.happenings import mail
from fakeservers.spec import Account
from fakeservers.store import HIGHEST_UID_VALIDITY, MOST_MESSAGES, StoredAccount, message_id

SECURITIES = ("cleartext", "implicit-tls")
WORDS = {
    "plain": (
        b"* BYE The mailbox has been deleted",
        b"* BYE The UIDVALIDITY of the mailbox has changed",
    ),
    "dovecot": (
        b"* BYE IMAP session state is inconsistent, please relogin.",
        b"* BYE Mailbox UIDVALIDITY changed",
    ),
    "cyrus": (b"* BYE Fatal error: Mailbox has been (re)moved", None),
}


@pytest.mark.parametrize("security", SECURITIES)
def test_mail_that_comes_is_told_in_idle_and_by_noop(security):
    async def story(mailbox):
        async with connected(mailbox) as idle, connected(mailbox) as polls:
            await idle.idle()
            await polls.select()
            ids = mailbox.deliver(2)
            told = [await idle.line() for _ in range(2)]
            return ids, told, await polls.ask(b"NOOP")

    ids, told, polled = living(story, spec(security))
    assert len(set(ids)) == 2
    assert told == [b"* 4 EXISTS", b"* 4 RECENT"]
    assert b"* 4 EXISTS" in polled


def test_what_comes_is_a_message_like_others():
    async def story(mailbox):
        [named] = mailbox.deliver()

        def read():
            running = mailbox.services["imap"]
            context = ssl.create_default_context(cafile=mailbox.ca_file)
            with IMAPClient(running.host, running.port, ssl_context=context, timeout=10) as client:
                client.login(USER, PASSWORD)
                client.select_folder("INBOX")
                [uid] = client.search(["HEADER", "Message-ID", named])
                return client.fetch([uid], ["ENVELOPE"])[uid][b"ENVELOPE"]

        return named, await asyncio.to_thread(read)

    named, envelope = living(story)
    assert envelope.message_id.decode() == named and envelope.date
    assert envelope.to[0].mailbox == b"anna" and envelope.from_[0].host == b"partner.example"


@pytest.mark.parametrize("size", [0, 400, 401, 898, 899, 900, 901, 1399, 1400, 5_000, 1_000_000])
def test_it_is_as_large_as_was_asked(size):
    account = StoredAccount(Account())
    [named] = mail.deliver(account, size=size)
    content = account.inbox.messages[-1].content
    assert message_id(content) == named and content.endswith(b"\r\n")
    assert len(content) in (size, size + 1) if size >= 400 else len(content) < 400
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("count", "size", "said"),
    [(0, None, "1 or more"), (MOST_MESSAGES, None, "no room"), (3, 100_000_000, "no room")],
)
def test_what_cannot_come_is_said_in_one_line(count, size, said):
    account = StoredAccount(Account())
    with pytest.raises(ValueError, match=said):
        mail.deliver(account, count, size)
    assert len(account.inbox.messages) == 2


def test_somebody_else_expunges():
    """Who is in IDLE is told at once, with numbers as they are by then (RFC 9051, 7.5.1)."""

    async def story(mailbox):
        ids = mailbox.deliver(2)
        async with connected(mailbox) as idles, connected(mailbox) as waits:
            await idles.idle()
            await waits.select()
            gone = mailbox.expunge(3)
            mailbox.deliver()
            told = await idles.until(b"* 2 EXISTS")
            return gone[2:] == ids[:1], told, await waits.ask(b"NOOP")

    oldest, told, asked = living(story)
    assert oldest
    for lines in (told, asked):
        numbers = [line for line in lines if line.endswith((b"EXPUNGE", b"EXISTS"))]
        assert numbers == [b"* 1 EXPUNGE"] * 3 + [b"* 2 EXISTS"]


@pytest.mark.parametrize("count", [0, 3])
def test_only_what_is_there_is_expunged(count):
    account = StoredAccount(Account())
    with pytest.raises(ValueError, match="of 2 messages in INBOX"):
        mail.expunge(account, count)
    assert len(account.inbox.messages) == 2


@pytest.mark.parametrize("dialect", WORDS)
@pytest.mark.parametrize("security", SECURITIES)
def test_inbox_is_gone(dialect, security):
    async def story(mailbox):
        async with connected(mailbox) as idles, connected(mailbox) as waits:
            await idles.idle()
            await waits.select()
            mailbox.lose_inbox()
            ended = [await idles.rest(), b"\r\n".join(await waits.ask(b"NOOP"))]
        async with connected(mailbox) as client:
            await client.log_in()
            refused = [
                (await client.ask(command))[-1]
                for command in (
                    b"SELECT INBOX",
                    b"EXAMINE inbox",
                    b"STATUS INBOX (MESSAGES)",
                    b"CREATE INBOX",
                )
            ]
            listed = await client.ask(b'LIST "" "*"')
            mailbox.restore_inbox()
            return ended, refused, listed, (await client.ask(b"SELECT INBOX"))[-1]

    ended, refused, listed, back = living(story, spec(security, dialect=dialect))
    assert ended == [WORDS[dialect][0] + b"\r\n"] * 2
    assert [line[:5] for line in refused] == [b"t NO "] * 4
    assert not any(b"INBOX" in line.split()[-1] for line in listed)
    assert back.startswith(b"t OK")


def test_the_words_for_what_does_not_exist_are_the_dialects():
    async def story(mailbox):
        mailbox.lose_inbox()
        async with connected(mailbox) as client:
            return [(await client.select())[-1]]

    assert living(story) == [b"t NO [NONEXISTENT] No such mailbox"]
    [said] = living(story, spec(dialect="dovecot"))
    assert said.startswith(b"t NO Mailbox doesn't exist: INBOX")


async def seen(client):
    """UIDVALIDITY, UIDNEXT and the UIDs with their Message-IDs."""
    lines = await client.select()
    numbers = [
        int(line.split(b" ")[3].rstrip(b"]"))
        for name in (b"UIDVALIDITY", b"UIDNEXT")
        for line in lines
        if name in line
    ]
    fetched = await client.ask(b"UID FETCH 1:* (FLAGS ENVELOPE)")
    uids = [line.split(b"UID ")[1].split(b" ")[0] for line in fetched[:-1]]
    return numbers, uids, [line.rpartition(b'"<')[2] for line in fetched[:-1]]


@pytest.mark.parametrize("renewed", [True, False])
def test_inbox_comes_back_with_what_came_meanwhile(renewed):
    async def story(mailbox):
        account = mailbox.accounts.account
        account.inbox.remove(account.inbox.messages[:1])
        async with connected(mailbox) as client:
            before = await seen(client)
        mailbox.lose_inbox()
        mailbox.lose_inbox()  # once is enough
        mailbox.deliver()
        async with connected(mailbox, "smtp") as smtp:  # nor does SMTP fail
            for line in (b"EHLO x", b"QUIT"):
                smtp.send(line)
            await smtp.rest()
        usage = (account.usage.messages, account.usage.octets)
        mailbox.restore_inbox(renewed=renewed)
        mailbox.restore_inbox(renewed=renewed)  # it is there: nothing happens
        assert (account.usage.messages, account.usage.octets) == usage
        async with connected(mailbox) as client:
            return before, await seen(client)

    (before, uids, ids), (after, uids_now, ids_now) = living(story)
    assert ids_now[:1] == ids and len(ids_now) == 2
    if renewed:
        assert after[0] > before[0] and (uids_now, after[1]) == ([b"1", b"2"], 3)
    else:
        assert after[0] == before[0] and uids_now == [*uids, b"3"]


@pytest.mark.parametrize("dialect", ["plain", "dovecot"])
def test_uid_validity_changes_in_one_go(dialect):
    async def story(mailbox):
        async with connected(mailbox) as client:
            before = await seen(client)
        async with connected(mailbox) as idles, connected(mailbox) as other:
            await idles.idle()
            await other.select()
            await other.ask(b"SELECT Sent")
            mailbox.renew_uid_validity()
            ended = await idles.rest()
            stays = (await other.ask(b"NOOP"))[-1]
            mailbox.deliver()
            return before, ended, stays, await seen_again(other)

    async def seen_again(client):
        lines = await client.ask(b"SELECT INBOX")
        return [line for line in lines if b"UIDVALIDITY" in line or b"EXISTS" in line]

    (before, _, _), ended, stays, again = living(story, spec(dialect=dialect))
    assert ended == WORDS[dialect][1] + b"\r\n" and stays.startswith(b"t OK")
    assert any(b"3 EXISTS" in line for line in again)
    assert b"%d" % before[0] not in b"".join(again)


@pytest.mark.parametrize("command", [b"SELECT INBOX", b"UNSELECT", b"LOGOUT"])
def test_who_leaves_the_mailbox_is_not_told_of_it(command):
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.select()
            mailbox.renew_uid_validity()
            return (await client.ask(command))[-1]

    assert living(story).startswith(b"t OK")


def test_who_had_it_when_it_went_is_told_even_when_it_is_back():
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.select()
            mailbox.lose_inbox()
            mailbox.restore_inbox(renewed=False)
            return await client.ask(b"FETCH 1 FLAGS")

    assert living(story) == [WORDS["plain"][0], b""]


def test_uid_validity_is_renewed_while_it_is_gone():
    async def story(mailbox):
        account = mailbox.accounts.account
        before = account.inbox.uid_validity
        mailbox.lose_inbox()
        mailbox.renew_uid_validity()
        assert account.folder("INBOX") is None
        mailbox.restore_inbox(renewed=False)
        return before, account.inbox.uid_validity

    before, after = living(story)
    assert after > before


def test_the_next_uid_validity_is_more_than_any_that_was():
    account = StoredAccount(Account())
    account.inbox.uid_validity = 4_000_000_000
    mail.renew(account)
    assert account.inbox.uid_validity == 4_000_000_001
    assert account.create("New").uid_validity > 4_000_000_001
    account.inbox.uid_validity = HIGHEST_UID_VALIDITY
    mail.renew(account)
    assert 0 < account.inbox.uid_validity < HIGHEST_UID_VALIDITY


def test_uids_that_count_anew_lie_below_those_that_there_were():
    account = StoredAccount(Account())
    mail.age(account)
    known = max(each.uid for each in account.inbox.messages)
    mail.renew(account)
    mail.deliver(account, 2)
    uids = [each.uid for each in account.inbox.messages]
    assert uids == list(range(1, len(uids) + 1))
    assert uids[-1] < known
