"""What becomes of an accepted message: recorded, and put into the mailboxes that are ours."""

from __future__ import annotations

import email.utils
import secrets
from dataclasses import dataclass
from email.parser import BytesHeaderParser

from fakeservers.conversation import Conversation
from fakeservers.smtp.paths import Path
from fakeservers.store import Accounts


@dataclass(frozen=True)
class Envelope:
    """What SMTP knows about a message beside its content (RFC 5321, section 2.3.1)."""

    sender: str
    recipients: list[str]
    client_name: str
    protocol: str
    """The keyword of the Received header's `with` clause (RFC 3848)."""


def receives(accounts: Accounts, path: Path) -> bool:
    """Whether mail for this address is taken: all of other domains, in ours what exists."""
    names = (name for one in accounts.all for name in (one.spec.address, *one.spec.aliases))
    domains = {name.rpartition("@")[2].lower() for name in names}
    return path.domain not in domains or accounts.find(path.address) is not None


def accept(conversation: Conversation, envelope: Envelope, content: bytes) -> str:
    """Record the message and deliver it to the recipients that are local; returns its queue id.

    Mail for other domains goes nowhere: no fake ever sends anything.
    """
    queue_id = secrets.token_hex(5).upper()
    for recipient in envelope.recipients:
        account = conversation.accounts.find(recipient)
        if account:
            account.deliver(_trace(conversation, envelope, recipient, queue_id) + content)
    conversation.accepted(
        sender=envelope.sender,
        recipients=envelope.recipients,
        message_id=_message_id(content),
    )
    return queue_id


def _trace(conversation: Conversation, envelope: Envelope, recipient: str, queue_id: str) -> bytes:
    """The headers that the last server adds (RFC 5321, section 4.4)."""
    peer = conversation.connection.peer[0]
    address = f"IPv6:{peer}" if ":" in peer else peer
    lines = [
        f"Return-Path: <{envelope.sender}>",
        f"Received: from {envelope.client_name} ([{address}])",
        f"\tby {conversation.hostname} with {envelope.protocol} id {queue_id}",
        f"\tfor <{recipient}>; {email.utils.formatdate(localtime=False)}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _message_id(content: bytes) -> str:
    headers = content.partition(b"\r\n\r\n")[0]
    value = BytesHeaderParser().parsebytes(headers + b"\r\n\r\n").get("Message-ID", "")
    return str(value).strip()
