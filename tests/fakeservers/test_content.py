"""What is in an account, as data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from fakeservers.content import MailboxContent
from fakeservers.spec import Account
from fakeservers.store import Naming, StoredAccount

ANNA = Account()


def account(naming: Naming | None = None, **content: Any) -> StoredAccount:
    return StoredAccount(ANNA, naming or Naming(), MailboxContent.model_validate(content))


def test_what_is_left_out_is_as_usual() -> None:
    usual, same = StoredAccount(ANNA), account()
    assert list(usual.folders) == list(same.folders)
    assert len(same.inbox.messages) == 2
    assert b"\r\nSubject: Welcome to your mailbox\r\n" in same.inbox.messages[0].content
    assert same.inbox.messages[0].content.endswith(b"\r\n\r\nYour mailbox is ready.\r\n")


def test_folders_are_those_that_are_listed() -> None:
    folders = [
        "Plain",
        {"name": "Spam", "special-use": "\\Junk", "subscribed": False},
        {"name": "INBOX", "uid-validity": 7},
    ]
    made = account(folders=folders)
    assert {name: folder.special_use for name, folder in made.folders.items()} == {
        "Plain": None,
        "Spam": "\\Junk",
        "INBOX": None,
    }
    assert list(made.subscriptions) == ["Plain", "INBOX"]
    assert made.inbox.uid_validity == 7
    assert list(account(folders=[]).folders) == ["INBOX"]


@pytest.mark.parametrize(
    ("naming", "names"),
    [
        (Naming(), ["INBOX", "[Gmail]", "[Gmail]/All Mail"]),
        (Naming(".", "INBOX."), ["INBOX", "INBOX.[Gmail]", "INBOX.[Gmail].All Mail"]),
    ],
)
def test_levels_are_named_as_the_dialect_has_it(naming: Naming, names: list[str]) -> None:
    content = {"folders": ["[Gmail]/All Mail"], "messages": [{"folder": "[Gmail]/All Mail"}]}
    made = account(naming, **content)
    assert list(made.folders) == names
    assert [made.folders[name].selectable for name in names] == [True, False, True]
    assert len(made.folders[names[2]].messages) == 1


def test_a_message_of_headers_and_text() -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    headers = {"subject": "Grüße", "Date": None, "X-Own": "yes"}
    message = {"headers": headers, "text": "Hällo\n", "flags": ["\\Seen", "$Own"], "received": when}
    [made] = account(messages=[message]).inbox.messages
    head, _, body = made.content.decode().partition("\r\n\r\n")
    names = [line.partition(":")[0] for line in head.split("\r\n")]
    usual = ["From", "To", "Message-ID", "MIME-Version", "Content-Type"]
    assert names == [*usual, "subject", "X-Own"]
    assert "subject: Grüße" in head and body == "Hällo\r\n"
    assert (made.flags, made.received) == ({"\\Seen", "$Own"}, when)


def test_a_literal_message_is_as_it_is() -> None:
    [made] = account(messages=[{"literal": "no header\r\nat all\n"}]).inbox.messages
    assert made.content == b"no header\r\nat all\r\n"


@pytest.mark.parametrize(
    "message",
    [
        {"literal": "x", "text": "y"},
        {"flags": ["\\Recent"]},
        {"flags": ["two words"]},
        {"headers": {"with space": "x"}},
        {"folders": "INBOX"},
    ],
)
def test_messages_that_cannot_be(message: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MailboxContent.model_validate({"messages": [message]})
