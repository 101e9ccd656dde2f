"""What IMAP servers do differently, rather than say differently."""

from __future__ import annotations

from pydantic import Field

from fakeservers.model import Spec
from fakeservers.spec import ImapCommand


class Habits(Spec):
    """Of one dialect. What is left out is strict, by RFC 3501 and its extensions."""

    bad_commands_before_login: int = Field(default=20, ge=1)
    """How many lines that were no command, or none for that moment, are answered before log-in;
    the next one ends the connection."""
    bad_commands_after_login: int = Field(default=20, ge=1)
    """The same, counted anew, once someone is logged in."""
    bad_commands_in_a_row: bool = False
    """Only those count that follow one another."""
    hierarchy_delimiter: str = Field(default="/", min_length=1, max_length=1)
    """What stands between a mailbox and the one above it (RFC 3501, 5.1.1)."""
    mailbox_prefix: str = ""
    """What the name of every mailbox but INBOX begins with (RFC 2342)."""
    bare_names: bool = False
    """Mailbox names are quoted only where they have to be."""
    flag_order: list[str] | None = None
    """The system flags as FETCH tells them, before the keywords; left out: as RFC 3501,
    section 2.3.2."""
    news_at: list[ImapCommand] | None = None
    """The only commands whose answer tells what else has changed; left out: every command."""
    inbox_marked: bool = False
    """LIST tells of INBOX whether there is new mail (RFC 3501, 7.2.2)."""
    closed_told_to_all: bool = False
    """Whoever selects another mailbox is told that the last one is closed (RFC 9051, 7.1), not
    only who knows modification sequences (RFC 7162, 3.2.11)."""
    modseq_once_wanted: bool = False
    """HIGHESTMODSEQ is told only of mailboxes that someone has used CONDSTORE in; RFC 7162, 3.1.2.1
    wants it always."""
