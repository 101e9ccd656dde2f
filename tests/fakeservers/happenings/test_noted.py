"""What of a life is evidence: what was fetched, who is in IDLE, when mail was accepted."""

import asyncio
import smtplib
import ssl
import time

import pytest
from staying import PASSWORD, USER, connected, living, spec

from fakeservers import evidence
from fakeservers.evidence import Evidence, FetchedMessage

WELCOMES = ["<message-1@example.test>", "<message-2@example.test>"]
TEXT = len("Your mailbox is ready.\r\n")


@pytest.mark.parametrize(
    ("items", "whole"),
    [
        (b"BODY[]", True),
        (b"BODY.PEEK[]", True),
        (b"RFC822", True),
        (b"RFC822.TEXT", True),
        (b"BODY[TEXT]", True),
        (b"BODY[1]", True),  # of a message that has one part only
        (b"BINARY[]", True),
        (b"(UID BODY.PEEK[HEADER] BODY.PEEK[TEXT])", True),
        (b"BODY[TEXT]<0.%d>" % TEXT, True),
        (b"BODY[TEXT]<%d.100>" % (TEXT - 1), True),
        (b"BODY[TEXT]<0.%d>" % (TEXT - 1), False),
        (b"BODY[]<0.10>", False),
        (b"BODY[HEADER]", False),
        (b"BODY.PEEK[HEADER.FIELDS (Message-ID)]", False),
        (b"RFC822.HEADER", False),
        (b"ENVELOPE", False),
        (b"ALL", False),
        (b"BODY[2]", False),
        (b"BINARY.SIZE[1]", None),
        (b"FULL", False),
        (b"(UID FLAGS RFC822.SIZE INTERNALDATE BODYSTRUCTURE)", None),
        (b"FAST", None),
    ],
)
def test_what_of_a_message_was_handed_out(items, whole):
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.select()
            before = time.monotonic()
            assert (await client.ask(b"FETCH 1 " + items))[-1].startswith(b"t OK")
            return before, mailbox.evidence.fetched, time.monotonic()

    before, fetched, after = living(story, spec(dialect="dovecot"))
    assert [(f.message_id, f.whole) for f in fetched] == (
        [] if whole is None else [(WELCOMES[0], whole)]
    )
    for each in fetched:
        assert (each.service, each.connection) == ("imap", 0)
        assert before <= each.at_s <= after


def test_a_part_is_not_the_whole():
    parts = (
        b"Message-ID: <parts@test>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n"
    )

    async def story(mailbox):
        mailbox.accounts.account.deliver(parts)
        mailbox.accounts.account.deliver(b"Subject: none of its own\r\n\r\nx")
        async with connected(mailbox) as client:
            await client.select()
            for items in (b"BODY[1]", b"BODY[2]", b"BODY[TEXT]"):
                await client.ask(b"FETCH 3 " + items)
            await client.ask(b"FETCH 4 BODY[]")
            return [(f.message_id, f.whole) for f in mailbox.evidence.fetched]

    named = "<parts@test>"
    assert living(story) == [(named, False), (named, False), (named, True), ("", True)]


@pytest.mark.parametrize("security", ["cleartext", "implicit-tls"])
@pytest.mark.parametrize("how", ["fin", "rst", "silent"])
def test_what_was_cut_off_was_not_handed_out(security, how):
    """Of three messages the first is small; the second never ends."""

    async def story(mailbox):
        small = mailbox.deliver()
        large = mailbox.deliver(size=3_000_000)
        mailbox.deliver()
        async with connected(mailbox) as client:
            await client.select()
            client.send(b"t FETCH 3:5 BODY[]")
            assert (await client.line()).startswith(b"* 3 FETCH")
            mailbox.cut(how)
        await mailbox.settle(5)
        ids = [each.message_id for each in mailbox.evidence.fetched]
        return ids in ([], small), large[0] in ids

    assert living(story, spec(security)) == (True, False)


def test_nothing_was_handed_out_before_the_last_of_it_has_left():
    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.select()
            mailbox.cut("drip")
            client.send(b"t FETCH 1 BODY[]")
            await client.reader.readexactly(2)
            return mailbox.evidence.fetched

    assert living(story) == []


def test_news_of_idle_and_of_what_is_fetched():
    news = []

    async def story(mailbox):
        async with connected(mailbox) as client:
            await client.idle()
            assert mailbox.idling() == 1
            client.send(b"DONE")
            await client.line()
            assert (mailbox.idling(), mailbox.inside()) == (0, 1)
            await client.ask(b"UID FETCH 1:* BODY.PEEK[]")

    living(story, on_news=news.append)
    told = [(each.kind, each.about) for each in news if each.kind in ("idle", "fetched")]
    assert told == [("idle", ""), *(("fetched", each) for each in WELCOMES)]


def test_who_is_told_of_an_idle_may_cut_it_there_and_then():
    async def story(mailbox):
        def told(news):
            if news.kind == "idle":
                mailbox.cut("fin", bye=True)

        mailbox.evidence.on_news = told
        async with connected(mailbox) as client:
            await client.select()
            client.send(b"t IDLE")
            return await client.line(), await client.rest()

    go_ahead, bye = living(story)
    assert go_ahead.startswith(b"+ ") and bye.startswith(b"* BYE")


def test_of_a_flood_the_first_are_noted(monkeypatch):
    monkeypatch.setattr(evidence, "MOST_NOTED", 3)
    noted, news = Evidence(on_news=lambda each: news.append(each)), []
    for number in range(5):
        noted.handed_out(FetchedMessage("imap", 0, f"<{number}@test>", whole=True))
    assert [each.message_id for each in noted.fetched] == [f"<{n}@test>" for n in range(3)]
    assert len(news) == 5


def test_when_a_message_was_accepted():
    def send(running, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        host, port = running.host, running.port
        with smtplib.SMTP_SSL(host, port, context=context, timeout=10) as client:
            client.login(USER, PASSWORD)
            text = "From: anna@example.test\r\nMessage-ID: <sent@test>\r\n\r\nx"
            client.sendmail(USER, ["bcc@crm.example.test"], text)

    async def story(mailbox):
        before = time.monotonic()
        await asyncio.to_thread(send, mailbox.services["smtp"], mailbox.ca_file)
        [message] = mailbox.evidence.messages
        return before <= message.at_s <= time.monotonic(), message.message_id

    assert living(story) == (True, "<sent@test>")
