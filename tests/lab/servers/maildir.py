"""Mailboxes of the real IMAP servers, as folders (Maildir)."""

from __future__ import annotations

import os
from pathlib import Path

from fakeservers.spec import Account
from fakeservers.store import StoredAccount

MAIL_UID = 8
"""Debian's user `mail`, whom the mailboxes belong to."""


def fill(folder: Path) -> None:
    """Make INBOX, with as many new messages as a fake's, and one more mailbox, as under INBOX there
    are others with some servers. No more: what is made here takes time to remove."""
    account = StoredAccount(Account())
    for mailbox in [*account.folders][:2]:
        for name in ("cur", "new", "tmp"):
            (folder / ("" if mailbox == "INBOX" else f".{mailbox}") / name).mkdir(parents=True)
    for number, _ in enumerate(account.inbox.messages):
        (folder / "new" / f"{number}.lab").write_text("Subject: hello\n\nhello\n")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, MAIL_UID, MAIL_UID)
