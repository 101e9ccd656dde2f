"""What one server does otherwise than another, as data of its dialect; how it words what it decided
is in its manners, and here in which circumstances it may word that otherwise.

The defaults, and the checks that the dialect `plain` lists, are as strict as the RFCs permit. Where
another dialect lacks a key, plain's is used; of `checks`, the commands that it lacks.
"""

from typing import Literal, Self

from pydantic import Field

from fakeservers.dialects.command_names import ImapCommand
from fakeservers.files.base_model import Spec

CheckName = Literal[
    "active", "address", "authenticated", "authentication", "binary", "chunk", "chunks",
    "extended", "greeted", "hello", "limit", "local", "mechanism", "name", "nested", "offered",
    "parameters", "recipients", "relay", "sequence", "size", "smtputf8", "syntax", "tls",
    "transaction",
]  # fmt: skip
"""Each is a method of `fakeservers.smtp.checks.Checks`, which says what it looks at."""


CIRCUMSTANCES = {
    "after-login": "someone is logged in",
    "capability-asked": "the client has asked before its log-in, and not as it must after STARTTLS",
    "read-only": "the selected mailbox cannot be changed",
    "none": "LIST or LSUB tells of no mailbox",
    "expunged": "messages were removed, and {text} is the modification sequence now",
    "uid-command": "UID is of a command that there is not",
    "section": "FETCH names a section that there is not",
    "store-item": "STORE does not know the item",
    "initial-response": "malformed is the base64 of the initial response of a SASL exchange",
    "response": "malformed is the base64 of a later response",
    "form": "malformed is what a response decodes to",
    "message-set": "what is wrong is a set of messages",
    "fetch-item": "FETCH does not know the item {text}",
    "search-key": "SEARCH does not know the key {text}",
    "parameter-list": "what stands behind the mailbox of SELECT is no list of parameters",
    "parameter": "SELECT does not know the parameter {text}",
    "return-option": "SEARCH does not know the return option {text}",
    "sort-key": "SORT does not know the key {text}",
    "status-list": "STATUS lacks its list of items, or it is empty",
    "search-argument": "the key {text} of SEARCH lacks its argument",
    "date": "what is wrong is a date",
    "date-time": "what is wrong is a date with its time",
    "parenthesis": "a list of FETCH is not closed",
    "extra": "there are more arguments than the command takes",
    "cleartext": "the connection is not encrypted",
    "status-item": "STATUS does not know the item {text}",
    "system-flag": "there is no system flag {text}",
    "cancelled": "the client broke off, after it was told why its token is refused",
    "token": "what is refused is an access token, of which nothing more is said",
    # OAuth
    "expired": "the refresh token has expired",
    "wrong": "there was never such a refresh token",
    "unknown": "there is no such client",
    # SMTP
    "empty": "there is nothing: no command, no address, no octets in a chunk",
    "nul": "the line has a NUL",
    "unreadable": "the line is not UTF-8",
    "forbidden": "no mail client begins a line so",
    "name": "what the client calls itself is no host name",
    "unknown-command": "the errors were unknown commands",
    "nonmail": "they were no errors, but commands that carry no mail",
    "no-domain": "the address has none",
    "no-value": "the parameter has none",
    **dict.fromkeys(
        ["SIZE=", "BODY=", "SMTPUTF8=", "AUTH=", "RET=", "ENVID=", "NOTIFY=", "ORCPT="],
        "the value of this parameter is wrong",
    ),
    "no-recipients": "in a transaction without any",
    "refused": "all recipients were refused",
    "refused-alike": "all recipients were refused in the same words, which are {text}",
    "binary": "the message was announced as BODY=BINARYMIME",
    "discarded": "an earlier chunk was refused",
}
"""When a manner may be worded otherwise, `<name>@<circumstance>`; besides, every command is one."""


class Behaviour(Spec):
    """Of one side of a dialect."""

    refused_login_pause_s: float = Field(default=0, ge=0, le=60)
    """How long the real server lets one wait before it refuses a log-in, as it is set up when it is
    installed. A service only does so where its scenario says `pauses: true`."""

    def over(self, plain: Self) -> Self:
        """This behaviour, with what it lacks taken from `plain`."""
        own = {name: getattr(self, name) for name in self.model_fields_set}
        return plain.model_copy(update=own)


class ImapBehaviour(Behaviour):
    """What is left out is strict, by RFC 3501 and its extensions."""

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
    counts_first: bool = False
    """SELECT tells how many messages there are (`select-counts`) before the flags, and what else
    there is to tell after them."""
    fetch_order: list[str] | None = None
    """Items of FETCH that come first, in this order, whatever the client's was, and before any part
    of the message; left out: UID, where it was not asked for, and then as the client asked."""
    spaces_in_dates: bool = False
    """INTERNALDATE has a space before a day of one digit, not a zero (RFC 3501, date-day-fixed)."""
    dates_in_utc: bool = False
    """INTERNALDATE is told in UTC, whatever the zone was in which APPEND gave it."""
    storage_rounded_down: bool = False
    """QUOTA tells of whole units of storage only; else one that is begun counts, too."""
    silent_store_told: bool = False
    """STORE tells the flags also of whom .SILENT says that he does not want to know them (RFC 3501,
    6.4.6)."""
    unchanged_flags_untold: bool = False
    """STORE tells of no message whose flags it does not change (RFC 3501, 6.4.6, has it tell of
    all)."""
    missing_messages: Literal["refused", "passed-over"] = "refused"
    """Numbers that no message has. Passed over: they are as if not named; FETCH, COPY and MOVE say
    so where nothing is left (`no-messages`)."""
    recent_with_arrivals: bool = False
    """RECENT is told when messages arrive only, not when they go."""
    esearch_order: list[str] = ["MIN", "MAX", "ALL", "COUNT"]
    """How ESEARCH orders what it tells (RFC 4731)."""
    children_always_told: bool = False
    """LIST tells whether there are mailboxes below one also where it was asked for other things."""
    special_use_always_told: bool = False
    """LIST in its extended form (RFC 5258) tells what a mailbox is for also where it was asked for
    other things."""
    names_sorted: bool = False
    """LIST and LSUB tell INBOX first and the rest by name; else as they came to be."""
    renames_told: bool = False
    """RENAME tells both names (`renamed`) before its OK, and those of each mailbox below."""
    modseq_once_wanted: bool = False
    """HIGHESTMODSEQ is told only of mailboxes that someone has used CONDSTORE in; RFC 7162, 3.1.2.1
    wants it always."""


class ErrorLimit(Spec):
    """How many errors are borne, and how the connection ends then."""

    allowed: int = Field(ge=1)
    """How many errors are borne."""
    of: list[str] | None = None
    """The replies that count, by name, also as `<name>@<circumstance>`; left out: every reply of
    4yz and 5yz."""
    reply: str = "too-many-errors"
    """The named reply that ends the connection."""
    said: Literal["afterwards", "instead", "as-well"] = "afterwards"
    """Afterwards: the last error that is borne is answered, then this is said at once. Else the
    next error ends the connection, and this is said instead of its reply, or as its last line."""


class SmtpBehaviour(Behaviour):
    """What is left out is strict, by RFC 5321."""

    checks: dict[str, list[CheckName]] = Field(default={})
    """What is looked at before a command is done, in this order; the first that fails words the
    reply. A check that is not listed is not made: the server is that permissive."""
    error_limits: list[ErrorLimit] = [ErrorLimit.model_construct(allowed=20)]
    """The first that is reached decides. Twenty is Postfix's smtpd_hard_error_limit."""
    addresses: Literal["strict", "lenient"] = "strict"
    """Lenient: an address needs no domain, and a local part only has to be one word."""
    brackets_required: bool = False
    """An address must stand in `<>`; else those of MAIL and RCPT need not."""
    underscores_in_names: bool = False
    """What a client calls itself may have an underscore, as no host name has (RFC 1123, 2.1)."""
    pipelining_refused: bool = False
    """Who sends on before a command is answered is told so (`pipelined`); what came is dropped.
    Only for a dialect that does not offer PIPELINING (RFC 2920)."""
    whole_commands: bool = False
    """A line begins with the name of its command, and `MAIL FROM:` and `RCPT TO:` are such names;
    else the command is unknown."""
    forbidden_commands: list[str] = []
    """Words no mail client begins a line with, as shell-style patterns in upper case: whoever does
    is told so (`unknown-command@forbidden`)."""
    unchecked_parameters: list[str] = []
    """Parameters of MAIL and RCPT that are taken whatever they say, offered or not."""
    chunks_judged_alone: bool = False
    """After a chunk of BDAT that is refused, those that follow are not dropped up to the last: each
    is taken or refused for itself, and one that is too large ends the transaction."""
    line_limit: int = Field(default=512, ge=512)
    """The longest command line, in bytes with its end (RFC 5321, section 4.5.3.1.4)."""
    end_of_data: Literal["crlf", "any-line-end", "as-first-line"] = "crlf"
    """Which line ends must be round the dot that ends a message: CRLF only (RFC 5321, section
    4.1.1.4); CRLF or LF alike; or CRLF only unless the first line of the message ends in LF."""

    rewrites_from: bool = False
    """Who sends as an address that is not theirs is not refused: their own takes its place."""
    files_sent: bool = False
    """What somebody who is logged in sends is put into their folder for sent mail, too."""

    def over(self, plain: Self) -> Self:
        """Of `checks`, each command that is lacking is taken from `plain`."""
        return super().over(plain).model_copy(update={"checks": plain.checks | self.checks})
