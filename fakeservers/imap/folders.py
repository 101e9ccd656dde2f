"""An account's mailboxes as IMAP commands see them: by name, made, removed, renamed, listed."""

from __future__ import annotations

import re
from collections.abc import Callable

from fakeservers.imap.view import View
from fakeservers.store import HIERARCHY_DELIMITER, Folder, StoredAccount


class Folders:
    """The Twisted engine's account object, hence the camel-case method.

    `refuse` is called with the name of the dialect's reply that explains a refusal and returns the
    exception to raise.
    """

    def __init__(self, account: StoredAccount, refuse: Callable[[str], Exception]) -> None:
        self._account = account
        self._refuse = refuse

    def select(self, name: str, rw: int = 1) -> View | None:
        folder = self._account.folder(name)
        if folder is None:
            self._refuse("no-such-mailbox")
            return None
        return View(folder, writable=bool(rw))

    def folder(self, name: str) -> Folder | None:
        return self._account.folder(name)

    def create(self, name: str) -> bool:
        """Also the mailboxes above it that are not there yet (RFC 3501, 6.3.3)."""
        name = name.removesuffix(HIERARCHY_DELIMITER)
        levels = name.split(HIERARCHY_DELIMITER)
        if not all(levels):
            raise self._refuse("not-permitted")
        if self._account.folder(name):
            raise self._refuse("mailbox-already-exists")
        for depth in range(1, len(levels) + 1):
            level = HIERARCHY_DELIMITER.join(levels[:depth])
            if not self._account.folder(level):
                self._account.create(level)
        return True

    def delete(self, name: str) -> None:
        folder = self._existing(name)
        if self._below(folder):
            raise self._refuse("mailbox-has-children")
        del self._account.folders[folder.name]

    def rename(self, old: str, new: str) -> None:
        folder = self._existing(old)
        if self._account.folder(new):
            raise self._refuse("mailbox-already-exists")
        if new.startswith(folder.name + HIERARCHY_DELIMITER):
            raise self._refuse("not-permitted")
        before = folder.name
        for each in [folder, *self._below(folder)]:
            del self._account.folders[each.name]
            each.name = new + each.name.removeprefix(before)
            self._account.folders[each.name] = each

    def subscribe(self, name: str) -> None:
        self._existing(name).subscribed = True

    def unsubscribe(self, name: str) -> None:
        self._existing(name).subscribed = False

    def isSubscribed(self, name: str) -> bool:
        return self._existing(name).subscribed

    def _existing(self, name: str) -> Folder:
        folder = self._account.folder(name)
        if folder is None:
            raise self._refuse("no-such-mailbox")
        return folder

    def _below(self, folder: Folder) -> list[Folder]:
        return below(self._account, folder)


def below(account: StoredAccount, folder: Folder) -> list[Folder]:
    """The mailboxes under a mailbox."""
    prefix = folder.name + HIERARCHY_DELIMITER
    return [each for each in account.folders.values() if each.name.startswith(prefix)]


def matching(account: StoredAccount, pattern: str) -> list[Folder]:
    """The mailboxes that a LIST pattern covers: `%` stops at the delimiter, `*` does not."""
    wildcards = {"*": ".*", "%": f"[^{re.escape(HIERARCHY_DELIMITER)}]*"}
    # Runs of wildcards collapse, lest the pattern backtracks for ever.
    collapsed = re.sub(r"[*%]*\*[*%]*", "*", re.sub("%+", "%", pattern))
    form = "".join(wildcards.get(char) or re.escape(char) for char in collapsed)
    inbox = re.compile(form, re.IGNORECASE | re.DOTALL)
    other = re.compile(form, re.DOTALL)
    return [
        folder
        for folder in account.folders.values()
        if (inbox if folder.name == "INBOX" else other).fullmatch(folder.name)
    ]
