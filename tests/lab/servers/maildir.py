"""Mailboxes of the real IMAP servers, as folders (Maildir)."""

from __future__ import annotations

import os
from pathlib import Path

from fakeservers.spec import Account
from fakeservers.store import StoredAccount

MAIL_UID = 8
"""Debian's user `mail`, whom the mailboxes belong to."""


def fill(folder: Path) -> None:
    """Make the mailboxes of a fake's account, with as many new messages in INBOX."""
    account = StoredAccount(Account())
    for mailbox in account.folders:
        for name in ("cur", "new", "tmp"):
            (folder / ("" if mailbox == "INBOX" else f".{mailbox}") / name).mkdir(parents=True)
    for number, _ in enumerate(account.inbox.messages):
        (folder / "new" / f"{number}.lab").write_text("Subject: hello\n\nhello\n")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, MAIL_UID, MAIL_UID)
