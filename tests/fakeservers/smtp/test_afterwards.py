"""What becomes of a message once it is accepted: delivered, bounced, dropped, rewritten, filed."""

from __future__ import annotations

import asyncio
import email
import smtplib
from email.message import Message
from typing import Any

import pytest

from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.spec import MailboxSpec

TEXT = (
    "From: Anna\r\n\t<sales@example.test>\r\nMessage-ID: <1@test>\r\nSubject: hi\r\n"
    "\r\nFrom: me\r\n"
)
ANNA = "anna@example.test"
BCC = "bcc@crm.example.test"


def sent(
    sender: str = ANNA, text: str = TEXT, smtp: dict[str, Any] | None = None, **spec: Any
) -> Mailbox:
    """The mailbox after one message was sent to it, and accepted."""

    def send(host: str, port: int) -> None:
        with smtplib.SMTP(host, port) as client:
            client.login(ANNA, MailboxSpec().account.password)
            assert client.sendmail(sender, BCC, text) == {}

    async def run() -> Mailbox:
        service = {"protocol": "smtp", "security": "cleartext", **(smtp or {})}
        model = MailboxSpec.model_validate({"services": {"smtp": service}, **spec})
        async with open_mailbox(model) as mailbox:
            running = mailbox.services["smtp"]
            await asyncio.to_thread(send, running.host, running.port)
        assert mailbox.evidence.faults == []
        return mailbox

    return asyncio.run(run())


def last(mailbox: Mailbox, owner: str) -> Message:
    account = mailbox.accounts.find(owner)
    assert account
    return email.message_from_bytes(account.inbox.messages[-1].content)


def in_inbox(mailbox: Mailbox, owner: str) -> int:
    """How many messages more than in a new mailbox."""
    account = mailbox.accounts.find(owner)
    assert account
    return len(account.inbox.messages) - 2


def test_a_bounce_is_a_report_on_delivery() -> None:
    mailbox = sent(bcc={"incoming": "bounced"})
    assert (in_inbox(mailbox, BCC), in_inbox(mailbox, ANNA)) == (0, 1)
    assert mailbox.evidence.fired == ["smtp.bounced"] and len(mailbox.evidence.messages) == 1
    report = last(mailbox, ANNA)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert (report["Return-Path"], report["References"]) == ("<>", "<1@test>")
    words, status, headers = report.get_payload()
    assert words.get_content_type() == "text/plain" and BCC in words.get_payload()
    of_message, of_recipient = status.get_payload()
    assert status.get_content_type() == "message/delivery-status"
    assert of_message["Reporting-MTA"] == "dns; mail.example.test"
    assert of_recipient["Final-Recipient"] == f"rfc822; {BCC}"
    assert (of_recipient["Action"], of_recipient["Status"]) == ("failed", "5.1.1")
    assert of_recipient["Diagnostic-Code"].startswith("smtp; 550 5.1.1 ")
    assert headers.get_content_type() == "text/rfc822-headers"
    assert "Message-ID: <1@test>" in headers.get_payload()


def test_no_bounce_is_bounced() -> None:
    mailbox = sent(sender="", bcc={"incoming": "bounced"})
    assert in_inbox(mailbox, BCC) == in_inbox(mailbox, ANNA) == 0


def test_what_is_dropped_is_nowhere() -> None:
    mailbox = sent(bcc={"incoming": "dropped"})
    assert in_inbox(mailbox, BCC) == in_inbox(mailbox, ANNA) == 0
    assert mailbox.evidence.fired == ["smtp.dropped"] and len(mailbox.evidence.messages) == 1


@pytest.mark.parametrize(("dialect", "copies"), [("plain", 0), ("postfix", 0), ("outlook", 1)])
def test_some_servers_file_what_is_sent(dialect: str, copies: int) -> None:
    folder = sent(dialect=dialect).accounts.account.sent
    assert folder and len(folder.messages) == copies
    assert all(b"Message-ID: <1@test>" in message.content for message in folder.messages)


def test_gmail_puts_the_own_address_in_place_of_anothers() -> None:
    message = last(sent(sender="sales@example.test", dialect="gmail"), BCC)
    assert message["From"] == "Anna <anna@example.test>"
    assert "sales@example.test" in message["X-Google-Original-From"]
    assert message.get_payload() == "From: me\r\n"


@pytest.mark.parametrize(
    ("sender", "spec"),
    [
        (ANNA, {"dialect": "gmail"}),
        ("sales@example.test", {"dialect": "plain"}),
        (
            "sales@example.test",
            {"dialect": "gmail", "account": {"aliases": ["sales@example.test"]}},
        ),
    ],
)
def test_others_senders_stay(sender: str, spec: dict[str, Any]) -> None:
    assert last(sent(sender=sender, **spec), BCC)["From"] == "Anna\r\n\t<sales@example.test>"


@pytest.mark.parametrize("missing", ["Date", "Message-ID"])
def test_a_server_may_want_headers_and_each_once(missing: str) -> None:
    smtp = {"required_headers": ["From", missing]}
    twice = TEXT.replace("Subject", "From: x\r\nSubject").replace("Message-ID", "X-Id")
    with pytest.raises(smtplib.SMTPDataError, match="not exactly one From field"):
        sent(smtp=smtp, text=twice)
    with pytest.raises(smtplib.SMTPDataError, match=f"550, b'5.7.1.* one {missing} field"):
        sent(smtp=smtp, text=TEXT.replace("Message-ID", "X-Id"))
    whole = TEXT.replace("Subject", "Date: now\r\nSubject")
    assert in_inbox(sent(smtp=smtp, text=whole), BCC) == 1
