"""What is in an account when its mailbox stands up, as data: folders and messages."""

import email.utils
import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from fakeservers.files.base_model import Spec, whole

SpecialUse = Literal[
    "\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Important", "\\Junk", "\\Sent", "\\Trash"
]
"""RFC 6154, RFC 8457."""
SYSTEM_FLAGS: Final = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")


def _flag(value: str) -> str:
    keyword = re.fullmatch(r"[^\\\x00-\x20\x7f-\U0010ffff(){%*\"\]]+", value)
    meant = f"\\{value.capitalize()}"
    if meant in SYSTEM_FLAGS:
        raise ValueError(f"{value!r} is a keyword of no meaning; did you mean {meant}?")
    if value not in SYSTEM_FLAGS and not keyword:
        listed = ", ".join(SYSTEM_FLAGS)
        raise ValueError(f"no flag: {value!r}; expected {listed}, or a keyword of one word")
    return value


def _header_name(value: str) -> str:
    if not re.fullmatch("[!-9;-~]+", value):
        raise ValueError(f"no name of a header: {value!r}")
    return value


Flag = Annotated[str, AfterValidator(_flag)]
"""A system flag or a keyword (RFC 3501, 2.3.2)."""
HeaderName = Annotated[str, AfterValidator(_header_name)]
"""RFC 5322, 2.2."""


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class FolderContent(Spec):
    """A folder. A bare name stands for one that is as usual."""

    other_words = {"role": "special-use", "type": "special-use", "use": "special-use"}

    name: str = Field(min_length=1)
    """Its levels separated by `/`, whatever the dialect has there; what all names of the dialect
    begin with (`INBOX.`) is not part of it."""
    special_use: SpecialUse | None = None
    """What it is for, as LIST tells."""
    selectable: bool = True
    """Whether it can be selected and hold messages, or is a level above others only (`\\Noselect`;
    RFC 3501, 7.2.2), as Gmail's `[Gmail]` is. So are levels that are not listed."""
    subscribed: bool = True
    """Whether LSUB tells of it (RFC 3501, 6.3.9)."""
    uid_validity: Annotated[int, Field(ge=1, le=2**32 - 1), whole] | None = None
    """Left out: one that no folder had before (RFC 3501, 2.3.1.1)."""


class MessageContent(Spec):
    """A message in a folder, as headers and text, or literally."""

    other_words = {
        "body": "text", "raw": "literal", "mailbox": "folder", "date": "received",
        "subject": "write headers: {Subject: …}", "from": "write headers: {From: …}",
        "to": "write headers: {To: …}",
    }  # fmt: skip

    folder: str = "INBOX"
    """Named as among the folders."""
    flags: list[Flag] = []
    """System flags and keywords that it has already."""
    received: datetime | None = None
    """The internal date (RFC 3501, 2.3.3); left out: now."""
    headers: dict[HeaderName, str | None] = {}
    """From, To, Subject, Date, Message-ID and the MIME headers of plain text are there where they
    are not named; null leaves one out."""
    text: str = ""
    """What follows the headers."""
    literal: str | None = None
    """The whole message as it is, but for its line ends, which become CRLF."""

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if self.literal is not None and (self.headers or self.text):
            raise ValueError("literal is the whole message: headers and text belong into it")
        return self

    def content(self, usual: Mapping[str, str]) -> bytes:
        """Its bytes; `usual`: the headers of a message that says nothing of its own."""
        text = self.literal
        if text is None:
            given = {name.lower() for name in self.headers}
            headers = {n: value for n, value in usual.items() if n.lower() not in given}
            named = {**headers, **self.headers}.items()
            lines = [f"{name}: {value}" for name, value in named if value is not None]
            text = "\n".join([*lines, "", self.text])
        return re.sub("\r?\n", "\r\n", text).encode()


class MailboxContent(Spec):
    """What is in the account: its folders, and the messages in them."""

    folders: list[Annotated[FolderContent, BeforeValidator(_named)]] | None = None
    """Besides INBOX, which is always there; left out: Drafts, Sent, Junk, Trash and Archive."""
    messages: list[MessageContent] | None = None
    """In the order in which they came; left out: two messages of welcome in INBOX."""

    @property
    def all_folders(self) -> list[FolderContent]:
        """With INBOX, which is first where it is not listed."""
        listed = _USUAL_FOLDERS if self.folders is None else self.folders
        if any(folder.name == "INBOX" for folder in listed):
            return listed
        return [FolderContent(name="INBOX"), *listed]

    def written(self, address: str) -> list[tuple[MessageContent, bytes]]:
        """The messages in an account of this address, each with its bytes."""
        if self.messages is None:
            return list(zip(_WELCOMES, _welcomes(address), strict=True))
        numbered = enumerate(self.messages, 1)
        return [(each, each.content(usual_headers(address, n))) for n, each in numbered]


@functools.cache  # they take a third of the time in which a mailbox stands up
def _welcomes(address: str) -> tuple[bytes, ...]:
    return tuple(each.content(usual_headers(address, n)) for n, each in enumerate(_WELCOMES, 1))


def usual_headers(address: str, number: int) -> dict[str, str]:
    """The headers of the `number`th message of an account, where it names none of its own."""
    domain = address.rpartition("@")[2]
    return {
        "From": f"Postmaster <postmaster@{domain}>",
        "To": f"<{address}>",
        "Subject": f"Message {number}",
        "Date": email.utils.format_datetime(datetime.now(UTC)),
        "Message-ID": f"<message-{number}@{domain}>",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
    }


_USUAL_FOLDERS: Final = [
    FolderContent.model_construct(name="INBOX"),
    FolderContent.model_construct(name="Drafts", special_use="\\Drafts"),
    FolderContent.model_construct(name="Sent", special_use="\\Sent"),
    FolderContent.model_construct(name="Junk", special_use="\\Junk"),
    FolderContent.model_construct(name="Trash", special_use="\\Trash"),
    FolderContent.model_construct(name="Archive", special_use="\\Archive"),
]
"""With their special use (RFC 6154)."""
_WELCOMES: Final = [
    MessageContent.model_construct(
        headers={"Subject": "Welcome to your mailbox"}, text="Your mailbox is ready.\n"
    ),
    MessageContent.model_construct(
        headers={"Subject": "Set up your mail program"},
        text="Ask your administrator for the names of the mail servers.\n",
    ),
]
USUAL: Final = MailboxContent.model_construct()
"""Of an account that nothing is said of."""
