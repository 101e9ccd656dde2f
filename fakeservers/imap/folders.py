"""An account's mailboxes as IMAP commands see them: by name, made, removed, renamed, listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fakeservers.imap.grammar.list_patterns import ListPattern
from fakeservers.imap.view import View
from fakeservers.store import MOST_FOLDERS, Folder, StoredAccount
from fakeservers.wire.turns import Turns

_STEPS_PER_PATTERN = 0.1
"""How much work it is to compare a name with a pattern."""


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
        if self._account.folder(name) or name.upper() == "INBOX":  # RFC 3501, 6.3.3
            raise self._refuse("mailbox-already-exists")
        self._permit(name)
        levels = [*above(self._account, name), name]
        missing = [level for level in levels if not self._account.folder(level)]
        if len(self._account.folders) + len(missing) > MOST_FOLDERS:
            raise self._refuse("too-many-mailboxes")
        for level in missing:
            self._account.create(level)
        return True

    def _permit(self, name: str) -> None:
        naming = self._account.naming
        if naming.is_too_long(name):
            raise self._refuse("mailbox-name-too-long")
        if not naming.permits(name):
            raise self._refuse("mailbox-name-refused")

    def delete(self, name: str) -> None:
        folder = self._existing(name)
        if self._below(folder):
            raise self._refuse("mailbox-has-children")
        self._account.remove(folder)

    def rename(self, old: str, new: str) -> None:
        folder = self._existing(old)
        if self._account.folder(new):
            raise self._refuse("mailbox-already-exists")
        naming = self._account.naming
        if new.startswith(folder.name + naming.delimiter):
            raise self._refuse("not-permitted")
        self._permit(new)
        before = folder.name
        moved = [folder, *self._below(folder)]
        if any(naming.is_too_long(new + each.name.removeprefix(before)) for each in moved):
            raise self._refuse("mailbox-name-too-long")
        for each in moved:
            del self._account.folders[each.name]
            each.name = new + each.name.removeprefix(before)
            self._account.folders[each.name] = each

    def subscribe(self, name: str) -> None:
        folder = self._existing(name)
        if len(self._account.subscriptions) >= MOST_FOLDERS:
            raise self._refuse("too-many-mailboxes")
        self._account.subscriptions[folder.name] = None

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
        """The mailboxes under a mailbox."""
        above_them = folder.name + self._account.naming.delimiter
        folders = self._account.folders.values()
        return [each for each in folders if each.name.startswith(above_them)]


def above(account: StoredAccount, name: str) -> list[str]:
    """The names of the levels over a name, from the top."""
    levels = name.split(account.naming.delimiter)
    return [account.naming.delimiter.join(levels[:depth]) for depth in range(1, len(levels))]


def parents(account: StoredAccount) -> set[str]:
    """The names that have mailboxes under them."""
    found: set[str] = set()
    for name in account.folders:
        level = name.rpartition(account.naming.delimiter)[0]
        while level and level not in found:
            found.add(level)
            level = level.rpartition(account.naming.delimiter)[0]
    return found


class Covering:
    """Which names LIST patterns cover. INBOX is the same in any case."""

    def __init__(self, account: StoredAccount, patterns: Iterable[str]) -> None:
        self._patterns = {
            any_case: [
                ListPattern(each, account.naming.delimiter, any_case=any_case)
                for each in dict.fromkeys(patterns)
            ]
            for any_case in (False, True)
        }

    async def of(self, names: Iterable[str], turns: Turns) -> list[str]:
        """Those of the names that one of the patterns covers."""
        found: list[str] = []
        for name in names:
            patterns = self._patterns[name == "INBOX"]
            await turns.work(_STEPS_PER_PATTERN * len(patterns))
            if any(pattern.covers(name) for pattern in patterns):
                found.append(name)
        return found
