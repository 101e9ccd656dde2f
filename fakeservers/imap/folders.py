"""An account's mailboxes as IMAP commands see them: by name, made, removed, renamed, listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

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
        self._account.subscriptions[self._existing(name).name] = None

    def unsubscribe(self, name: str) -> None:
        """What does not exist (any more) may be subscribed."""
        folder = self._account.folder(name)
        self._account.subscriptions.pop(folder.name if folder else name, None)

    def isSubscribed(self, name: str) -> bool:
        return self._existing(name).name in self._account.subscriptions

    def _existing(self, name: str) -> Folder:
        folder = self._account.folder(name)
        if folder is None:
            raise self._refuse("no-such-mailbox")
        return folder

    def _below(self, folder: Folder) -> list[Folder]:
        return [self._account.folders[name] for name in below(self._account, folder.name)]


def below(account: StoredAccount, name: str) -> list[str]:
    """The mailboxes under a mailbox."""
    return [each for each in account.folders if each.startswith(name + HIERARCHY_DELIMITER)]


def above(name: str) -> list[str]:
    """The names of the levels over a name, from the top."""
    levels = name.split(HIERARCHY_DELIMITER)
    return [HIERARCHY_DELIMITER.join(levels[:depth]) for depth in range(1, len(levels))]


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the LIST patterns covers the name. INBOX is the same in any case."""
    flags = re.IGNORECASE if name == "INBOX" else 0
    return any(
        re.compile(_form(pattern), flags | re.DOTALL).fullmatch(name) for pattern in patterns
    )


def _form(pattern: str) -> str:
    """`%` stops at the delimiter, `*` does not."""
    wildcards = {"*": ".*", "%": f"[^{re.escape(HIERARCHY_DELIMITER)}]*"}
    # Runs of wildcards collapse, lest the pattern backtracks for ever.
    collapsed = re.sub(r"[*%]*\*[*%]*", "*", re.sub("%+", "%", pattern))
    return "".join(wildcards.get(char) or re.escape(char) for char in collapsed)
