"""An account's mailboxes as IMAP commands see them: by name, made, removed, renamed, listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from fakeservers.imap.view import View
from fakeservers.store import Folder, StoredAccount


class Folders:
    """The Twisted engine's account object.

    `refuse` is called with the name of the dialect's reply that explains a refusal and returns the
    exception to raise.
    """

    def __init__(self, account: StoredAccount, refuse: Callable[[str], Exception]) -> None:
        self._account = account
        self._refuse = refuse

    def select(self, name: str, rw: int = 1) -> View | None:
        folder = self._account.folder(name)
        if folder is None or not folder.selectable:
            self._refuse("no-such-mailbox")
            return None
        return View(folder, writable=bool(rw))

    def create(self, name: str) -> bool:
        """Also the mailboxes above it that are not there yet (RFC 3501, 6.3.3)."""
        naming = self._account.naming
        name = name.removesuffix(naming.delimiter)
        if self._account.folder(name):
            raise self._refuse("mailbox-already-exists")
        if not naming.permits(name):
            raise self._refuse("mailbox-name-refused")
        for level in [*above(self._account, name), name]:
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
        naming = self._account.naming
        if new.startswith(folder.name + naming.delimiter):
            raise self._refuse("not-permitted")
        if not naming.permits(new):
            raise self._refuse("mailbox-name-refused")
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

    def _existing(self, name: str) -> Folder:
        folder = self._account.folder(name)
        if folder is None:
            raise self._refuse("no-such-mailbox")
        return folder

    def _below(self, folder: Folder) -> list[Folder]:
        return [self._account.folders[name] for name in below(self._account, folder.name)]


def below(account: StoredAccount, name: str) -> list[str]:
    """The mailboxes under a mailbox."""
    return [each for each in account.folders if each.startswith(name + account.naming.delimiter)]


def above(account: StoredAccount, name: str) -> list[str]:
    """The names of the levels over a name, from the top."""
    levels = name.split(account.naming.delimiter)
    return [account.naming.delimiter.join(levels[:depth]) for depth in range(1, len(levels))]


def matches(account: StoredAccount, name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the LIST patterns covers the name. INBOX is the same in any case."""
    flags = re.IGNORECASE if name == "INBOX" else 0
    forms = (_form(pattern, account.naming.delimiter) for pattern in patterns)
    return any(re.compile(form, flags | re.DOTALL).fullmatch(name) for form in forms)


def _form(pattern: str, delimiter: str) -> str:
    """`%` stops at the delimiter, `*` does not."""
    wildcards = {"*": ".*", "%": f"[^{re.escape(delimiter)}]*"}
    # Runs of wildcards collapse, lest the pattern backtracks for ever.
    collapsed = re.sub(r"[*%]*\*[*%]*", "*", re.sub("%+", "%", pattern))
    return "".join(wildcards.get(char) or re.escape(char) for char in collapsed)
