"""What may happen to the INBOX of an account: mail comes, or is expunged; it is gone, it comes back
as another."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Final

from fakeservers.content import MessageContent, usual_headers
from fakeservers.store import Folder, StoredAccount, message_id

_SENDER: Final = "Ben Sommer <ben@partner.example>"
_MANY: Final = 1000
"""Messages that a mailbox had, and has not any more."""
_LINE: Final = 500
"""Octets of a line of filling, with its end; the last has up to twice as many (RFC 5322, 2.1.1 has
998 at most). Long ones, as each line is recorded."""


def deliver(account: StoredAccount, count: int = 1, size: int | None = None) -> list[str]:
    """Put new messages into INBOX, as from outside; their Message-IDs, in their order.

    `size`: how many octets each has, if that is more than what its headers take. Raises ValueError
    for no message, and where there is no room (`store.MOST_MESSAGES`, `store.MOST_BYTES`).
    """
    if count < 1:
        raise ValueError(f"a number of messages: 1 or more, not {count}")
    _check_room(account, count, count * (size or 0))
    first = account.inbox.uid_next
    ids = [f"<{uuid.uuid4().hex}@partner.example>" for _ in range(count)]
    messages = [_written(account, first + n, each, size or 0) for n, each in enumerate(ids)]
    _check_room(account, count, sum(map(len, messages)))
    for message in messages:
        account.deliver(message)
    return ids


def expunge(account: StoredAccount, count: int = 1) -> list[str]:
    """The oldest messages of INBOX are deleted and expunged by somebody else; their Message-IDs, in
    their order. Who has INBOX selected is told when numbers may change (RFC 9051, 7.5.1). Raises
    ValueError where there are not so many."""
    inbox = account.lost or account.inbox
    if not 1 <= count <= len(inbox.messages):
        raise ValueError(f"of {len(inbox.messages)} messages in INBOX {count} cannot be expunged")
    gone = inbox.messages[:count]
    inbox.remove(gone)
    return [message_id(each.content) for each in gone]


def message_ids(account: StoredAccount) -> frozenset[str]:
    """Those of all messages of an account, in whichever folder, INBOX that is gone included; an
    empty one where some have none."""
    folders = [*account.folders.values(), account.inbox]
    return frozenset(each.message_id for folder in folders for each in folder.messages)


def _check_room(account: StoredAccount, count: int, octets: int) -> None:
    if not account.usage.leaves_room(count, octets):
        raise ValueError(f"no room for {count} messages of {octets} octets in all")


def _written(account: StoredAccount, number: int, message_id: str, size: int) -> bytes:
    headers: dict[str, str | None] = {"From": _SENDER, "Message-ID": message_id}
    usual = usual_headers(account.spec.address, number)
    text = f"This is message {number}.\n"
    begun = MessageContent(headers=headers, text=text).content(usual)
    missing = size - len(begun)
    lines = max(missing // _LINE - 1, 0)
    last = missing - lines * _LINE - 2
    filling = (b"x" * (_LINE - 2) + b"\r\n") * lines + b"x" * last + b"\r\n" if last >= 0 else b""
    return begun + filling


def age(account: StoredAccount) -> None:
    """Before anybody has looked: much has come into INBOX and was taken out again, as in any
    mailbox that is not new. UIDs are far higher than so few messages need; where they count anew,
    they lie below those that there were."""
    for message in account.inbox.messages:
        message.uid += _MANY
    account.inbox.uid_next += _MANY


def lose(account: StoredAccount) -> None:
    """INBOX is gone, for those who have it selected as well. What comes in meanwhile is there when
    it is back."""
    if account.lost is None:
        account.lost = account.folders.pop("INBOX")
        account.lost.end("deleted")


def restore(account: StoredAccount, *, renewed: bool = True) -> None:
    """INBOX is back, if it was gone, with the same messages. `renewed`: it has another UIDVALIDITY,
    and its UIDs count from 1."""
    if account.lost is not None:
        lost, account.lost = account.lost, None
        again = _renewed(account, lost) if renewed else _as_it_was(lost)
        account.folders = {"INBOX": again, **account.folders}


def renew(account: StoredAccount) -> None:
    """INBOX has another UIDVALIDITY, and its UIDs count from 1 (RFC 9051, 2.3.1.1)."""
    inbox = account.inbox
    again = _renewed(account, inbox)
    if account.lost is None:
        account.folders["INBOX"] = again
    else:
        account.lost = again
    inbox.end("renewed")


def _as_it_was(folder: Folder) -> Folder:
    return replace(folder, gone=None, messages=[*folder.messages], _watchers=[])


def _renewed(account: StoredAccount, folder: Folder) -> Folder:
    validity = account.new_uid_validity(folder)
    again = Folder(folder.name, validity, folder.special_use, usage=account.usage)
    account.usage.add(folder.messages, -1)
    for message in folder.messages:
        again.copy(message)
    return again
