"""Accounts and the mail in them: what IMAP shows and SMTP delivers into. No protocol in here.

Everything is in memory and belongs to one event loop; nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from functools import cached_property
from typing import Final, Literal

from fakeservers.content import USUAL, FolderContent, MailboxContent
from fakeservers.spec import OPAQUE, Account, Issuing, PasswordKind
from fakeservers.tokens import Tokens

MOST_FOLDERS = 5000
"""How many folders an account may have, and names that it is subscribed to."""
MOST_MESSAGES = 10_000
MOST_BYTES = 256 * 1024 * 1024
"""How many messages, and how much in all, an account holds: its quota."""
HEADER_BYTES = 32768
"""How much of a message is looked at for its headers where it comes in."""
MOST_KEYWORDS = 200
"""How many keywords there may be in a folder."""
LONGEST_NAME = 1000
"""The longest name of a folder, in characters."""
LONGEST_LEVEL = 255
"""The longest name of one level, as file systems have it."""
MOST_LEVELS = 64
HIGHEST_UID_VALIDITY = 2**32 - 1
"""After which they begin anew, as none is left."""

Watcher = Callable[[], None]
"""Called after the mail in a folder changed."""


@dataclass(frozen=True)
class Naming:
    """How the folders of an account are named, apart from INBOX."""

    delimiter: str = "/"
    """What stands between a folder and the one above it (RFC 3501, 5.1.1)."""
    prefix: str = ""
    """What all names begin with (RFC 2342)."""

    def permits(self, name: str) -> bool:
        """Whether a folder may have this name. Where `/` is not the delimiter it is part of none:
        such servers keep folders as folders."""
        levels = name.removeprefix(self.prefix).split(self.delimiter)
        slash = self.delimiter != "/" and "/" in name
        return name.startswith(self.prefix) and all(levels) and not slash

    def is_too_long(self, name: str) -> bool:
        """Whether no folder may have this name for its length, or for how many levels it has."""
        levels = name.split(self.delimiter)
        longest = max(map(len, levels))
        return len(name) > LONGEST_NAME or longest > LONGEST_LEVEL or len(levels) > MOST_LEVELS

    def written(self, name: str) -> str:
        """The name of a folder whose levels are separated by `/`, as it is named here."""
        return name if name == "INBOX" else self.prefix + name.replace("/", self.delimiter)


@dataclass(eq=False)
class StoredMessage:
    """One message in one folder. `content` never changes; flags do."""

    uid: int
    content: bytes
    flags: set[str]
    received: datetime
    """The internal date (RFC 3501, 2.3.3), with its time zone."""
    recent: bool = True
    """Whether no IMAP connection has been told of it yet (RFC 3501, 2.3.2)."""
    modseq: int = 1
    """Grows with every change of the flags (RFC 7162, 3.1)."""

    @cached_property
    def message_id(self) -> str:
        """Its own Message-ID, with its brackets; empty where it has none."""
        return message_id(self.content)


@dataclass
class Usage:
    """What an account holds."""

    messages: int = 0
    octets: int = 0

    def add(self, messages: Iterable[StoredMessage], sign: Literal[1, -1] = 1) -> None:
        """More messages, or fewer."""
        for message in messages:
            self.messages += sign
            self.octets += sign * len(message.content)

    def leaves_room(self, messages: int, octets: int) -> bool:
        """Whether so much more is within the quota."""
        within = self.messages + messages <= MOST_MESSAGES
        return within and self.octets + octets <= MOST_BYTES


@dataclass(eq=False)
class Folder:
    """A mailbox in IMAP's sense: messages in order of UID."""

    name: str
    uid_validity: int
    special_use: str | None = None
    selectable: bool = True
    """Whether it is more than a level above others (`\\Noselect`; RFC 3501, 7.2.2)."""
    messages: list[StoredMessage] = field(default_factory=list)
    uid_next: int = 1
    highest_modseq: int = 1
    """The last modification sequence that was given out."""
    modseq_wanted: bool = False
    """Whether a client has asked for modification sequences here."""
    keywords: list[str] = field(default_factory=list)
    """Flags that are not the system's, as first spelled, in the order of first use."""
    _watchers: list[Watcher] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage, repr=False)
    """That of its account."""
    gone: Literal["deleted", "renewed"] | None = None
    """Whether this is no folder of its account any more, and what has become of it: `renewed`,
    there is another of its name, with another UIDVALIDITY."""
    changes: int = 0
    """Grows with everything that there is to tell of: who has seen all of it need not look."""

    def append(
        self, content: bytes, flags: Iterable[str] = (), received: datetime | None = None
    ) -> StoredMessage:
        """Add a message; `received` defaults to now."""
        message = StoredMessage(
            uid=self.uid_next,
            content=content,
            flags=self._spelled(flags),
            received=received or datetime.now(UTC),
            modseq=self._next_modseq(),
        )
        self.uid_next += 1
        self.messages.append(message)
        self.usage.add([message])
        self.changed()
        return message

    def copy(self, message: StoredMessage) -> StoredMessage:
        """Add a copy of a message, be it from here or from another folder."""
        return self.append(message.content, sorted(message.flags), message.received)

    def remove(self, messages: Iterable[StoredMessage]) -> None:
        """Take messages out; those that are not in the folder (any more) are no error."""
        uids = {message.uid for message in messages}
        gone = [message for message in self.messages if message.uid in uids]
        self.usage.add(gone, -1)
        self.messages = [message for message in self.messages if message.uid not in uids]
        self._next_modseq()
        self.changed()

    def takes_flags(self, flags: Iterable[str]) -> bool:
        """Whether there may be these keywords, too."""
        named = {flag.lower() for flag in (*self.keywords, *flags) if not flag.startswith("\\")}
        return len(named) <= MOST_KEYWORDS

    def set_flags(self, message: StoredMessage, flags: Iterable[str]) -> None:
        """Replace a message's flags."""
        wanted = self._spelled(flags)
        if wanted != message.flags:
            message.flags = wanted
            message.modseq = self._next_modseq()
            self.changed()

    def _next_modseq(self) -> int:
        self.highest_modseq += 1
        return self.highest_modseq

    def _spelled(self, flags: Iterable[str]) -> set[str]:
        """Keywords are the same in any case; they stay as they were first spelled."""
        known = {keyword.lower(): keyword for keyword in self.keywords}
        for flag in flags:
            if not flag.startswith("\\") and flag.lower() not in known:
                known[flag.lower()] = flag
                self.keywords.append(flag)
        return {known.get(flag.lower(), flag) for flag in flags}

    def end(self, gone: Literal["deleted", "renewed"]) -> None:
        """It is no folder any more; the watchers are told."""
        self.gone = gone
        self.changed()

    def watch(self, watcher: Watcher) -> None:
        """Have `watcher` called after every change until `unwatch`."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        self._watchers.remove(watcher)

    def changed(self) -> None:
        """Tell the watchers that messages came or went, or that flags changed."""
        self.changes += 1
        for watcher in tuple(self._watchers):
            watcher()


class StoredAccount:
    """An account and its folders, by name. Only `INBOX` is the same in any case (RFC 3501, 5.1)."""

    def __init__(
        self,
        spec: Account,
        naming: Naming = Naming(),
        content: MailboxContent = USUAL,
    ) -> None:
        self.spec = spec
        self.naming = naming
        self.folders: dict[str, Folder] = {}
        self.usage = Usage()
        self.subscriptions: dict[str, None] = {}
        """Names, in order; what they named may be gone (RFC 3501, 6.3.6)."""
        self.lost: Folder | None = None
        """INBOX, while it is gone: mail for it is kept."""
        self._uid_validity = int(datetime.now(UTC).timestamp())
        for listed in content.all_folders:
            self._furnish(listed)
        for message, written in content.written(spec.address):
            folder = self.folders[naming.written(message.folder)]
            folder.append(written, message.flags, message.received)

    def _furnish(self, listed: FolderContent) -> None:
        """Add a folder, and the levels above it that are not there yet."""
        name = self.naming.written(listed.name)
        delimiter = self.naming.delimiter
        levels = name.removeprefix(self.naming.prefix).split(delimiter)
        for depth in range(1, len(levels)):
            level = self.naming.prefix + delimiter.join(levels[:depth])
            if level not in self.folders:
                self.create(level).selectable = False
        folder = self.folders.get(name) or self.create(name)
        folder.special_use, folder.selectable = listed.special_use, listed.selectable
        folder.uid_validity = listed.uid_validity or folder.uid_validity
        if listed.subscribed:
            self.subscriptions[name] = None

    @property
    def inbox(self) -> Folder:
        """Where mail comes in, be it gone for now or not."""
        return self.lost or self.folders["INBOX"]

    def folder(self, name: str) -> Folder | None:
        """The folder of that name, if there is one, be it selectable or not."""
        return self.folders.get("INBOX" if name.upper() == "INBOX" else name)

    def new_uid_validity(self, before: Folder | None = None) -> int:
        """One that no folder had, and more than that of the folder before (RFC 3501, 2.3.1.1)."""
        last = before.uid_validity if before else 0
        self._uid_validity = max(self._uid_validity, last % HIGHEST_UID_VALIDITY) + 1
        return self._uid_validity

    def create(self, name: str) -> Folder:
        """Add an empty folder; the name must be free."""
        folder = Folder(name, self.new_uid_validity(), usage=self.usage)
        self.folders[name] = folder
        return folder

    def remove(self, folder: Folder) -> None:
        """Take a folder out, with what is in it."""
        del self.folders[folder.name]
        self.usage.add(folder.messages, -1)
        folder.usage = Usage()  # who has selected it still sees it

    @property
    def sent(self) -> Folder | None:
        """The folder for what was sent (RFC 6154), if there is one."""
        return next((each for each in self.folders.values() if each.special_use == "\\Sent"), None)

    def deliver(self, message: bytes) -> StoredMessage:
        """Put a message (CRLF line ends) into INBOX; watchers, such as IDLE, are told."""
        return self.inbox.append(message)


def message_id(content: bytes) -> str:
    """The message's own Message-ID, with its brackets; empty where it has none."""
    return str(headers_of(content).get("Message-ID", "")).strip()


def lacking(content: bytes, wanted: Collection[str]) -> str:
    """The first of these headers of which the message has none, or more than one; empty: it has
    exactly one of each."""
    if not wanted:
        return ""
    headers = headers_of(content)
    return next((name for name in wanted if len(headers.get_all(name, [])) != 1), "")


def headers_of(content: bytes) -> Message:
    """The message's headers, as far as they are looked at; its lines end in CRLF."""
    header = content[:HEADER_BYTES].partition(b"\r\n\r\n")[0]
    return BytesHeaderParser().parsebytes(header + b"\r\n\r\n")


def _normal(address: str) -> str:
    """An address to compare: the domain is the same in any case (RFC 5321, 2.4)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _unspaced(secret: str) -> str:
    """App passwords are shown in groups of letters and typed with or without the spaces."""
    return secret.replace(" ", "")


MOST_SYNONYMS: Final = 20
_OPENS: Final[frozenset[PasswordKind]] = frozenset({"account", "app-password", "token"})


class Accounts:
    """The account a mailbox is for and the BCC account beside it, both with their mail."""

    def __init__(
        self,
        account: Account,
        bcc: Account,
        naming: Naming = Naming(),
        content: MailboxContent = USUAL,
        issuing: Issuing = OPAQUE,
    ) -> None:
        self.tokens = Tokens(account, issuing)
        self._synonyms: dict[str, str] = {}
        self.account = StoredAccount(account, naming, content)
        self.bcc = StoredAccount(bcc, naming)

    def amend(self, account: Account, bcc: Account, issuing: Issuing) -> None:
        """Change who the accounts are, and how tokens are issued; mail and tokens stay."""
        self.account.spec, self.bcc.spec = account, bcc
        self.tokens.account, self.tokens.issuing = account, issuing

    def know_as(self, name: str, typed: str) -> None:
        """What is typed in place of a name of an account means that account, too."""
        if typed != name and len(self._synonyms) < MOST_SYNONYMS:
            self._synonyms[typed.casefold()] = name

    def known_as(self, typed: str) -> str:
        return self._synonyms.get(typed.casefold(), typed)

    @property
    def all(self) -> tuple[StoredAccount, StoredAccount]:
        return (self.account, self.bcc)

    def find(self, address: str) -> StoredAccount | None:
        """Whose mail this address receives: an account's own address or one of its aliases."""
        wanted = _normal(self.known_as(address))
        for account in self.all:
            names = (account.spec.address, *account.spec.aliases)
            if wanted in map(_normal, names):
                return account
        return None

    def named(self, username: str) -> StoredAccount | None:
        """Whose log-in name this is. A log-in name with a domain compares as an address does."""
        wanted = _normal(username)
        return next((a for a in self.all if _normal(a.spec.login) == wanted), None)

    def check(
        self, username: str, secret: str, kind: Literal["password", "token"] = "password"
    ) -> tuple[PasswordKind, StoredAccount | None]:
        """What kind of secret this is, and the account it opens.

        The kind is told for the account that the name belongs to, be it by log-in name or by
        address, else for the main one; so a right password under a wrong name is still known as
        the account's. The account is None unless name and secret are both right. A token without
        a user name is enough by itself (RFC 7628).
        """
        if kind == "token" and not username:
            given = self.tokens.password_kind(secret)
            return given, self.account if given == "token" else None
        owner = self.named(username)
        known = owner or self.find(username) or self.account
        password = self._kind(known, secret, kind)
        return password, owner if password in _OPENS else None

    def _kind(
        self, known: StoredAccount, secret: str, kind: Literal["password", "token"]
    ) -> PasswordKind:
        spec = known.spec
        if secret.startswith(spec.refresh_token):
            return "refresh-token"
        if kind == "token":
            return self.tokens.password_kind(secret) if known is self.account else "wrong"
        if secret == spec.password:
            return "account"
        return "app-password" if _unspaced(secret) == _unspaced(spec.app_password) else "wrong"

    def secrets_of(self, username: str) -> tuple[str, ...]:
        """The clear passwords that a user name may prove by CRAM-MD5; none for a stranger."""
        owner = self.named(username) or self.find(username)
        return (owner.spec.password, owner.spec.app_password) if owner else ()
