"""What a mail client does with Cyrus IMAP once it is in: dialogues that were made, and recorded at
the real server, before the dialect was mended by them."""

from __future__ import annotations

from tests.lab.catalogue.mailboxes import own

_REPORT = (
    "From: Bob <b@x.test>\r\nTo: anna@example.test\r\nSubject: report\r\n"
    "Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x.test>\r\n\r\nline one\r\n"
)
_PARTS = (
    "From: c@d.test\r\nTo: e@f.test\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    "one\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>one\r\n--b--\r\n"
)
_HEADERS = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"


def append(message: str, mailbox: str = "INBOX", flags: str = "\\Flagged") -> str:
    """APPEND with the message as a literal that is not waited for."""
    date = '"02-Nov-2026 10:00:00 +0000"'
    return f"APPEND {mailbox} ({flags}) {date} {{{len(message)}+}}\r\n{message}"


READING = [
    own(
        "a message appended and fetched",
        *(append(_REPORT), "SELECT INBOX", "FETCH 3 (FLAGS INTERNALDATE RFC822.SIZE)"),
        *("FETCH * BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "FETCH 3 ENVELOPE"),
    ),
    own(
        "a message that is read",
        *(append(_REPORT), "SELECT INBOX", "FETCH 3 BODY[TEXT]", "FETCH 3 FLAGS"),
    ),
    own(
        "a message of two parts",
        *(append(_PARTS), "SELECT INBOX", "UID FETCH 3 BODYSTRUCTURE"),
        *("UID FETCH 3 (BODY.PEEK[1] BODY.PEEK[2.MIME])", "UID FETCH 3 BODY.PEEK[]<0.20>"),
    ),
    own("UID FETCH", "SELECT INBOX", "UID FETCH 1:* (FLAGS)", "UID FETCH 50:60 (FLAGS)"),
    own(
        "SEARCH in ways",
        *(append(_REPORT), "SELECT INBOX", "SEARCH ALL", "SEARCH SUBJECT report"),
        *("SEARCH FROM nobody", "SEARCH NOT SEEN", "UID SEARCH FLAGGED", "SEARCH LARGER 100000"),
    ),
    own("ESEARCH", "SELECT INBOX", "SEARCH RETURN (MIN MAX COUNT) ALL", "SEARCH RETURN () UNSEEN"),
    own(
        "SORT and THREAD",
        *(append(_REPORT), "SELECT INBOX", "SORT (DATE) UTF-8 ALL"),
        "THREAD REFERENCES UTF-8 ALL",
    ),
    own(
        "a client's first look",
        *("CAPABILITY", "NAMESPACE", 'LIST "" *', "SELECT INBOX", "UID SEARCH 1:* NOT DELETED"),
        f"UID FETCH 1:* (UID FLAGS RFC822.SIZE {_HEADERS})",
    ),
]

CHANGING = [
    own(
        "STORE in ways",
        *("SELECT INBOX", "STORE 1 FLAGS (\\Seen)", "STORE 1 FLAGS ()"),
        *("UID STORE 2 +FLAGS.SILENT (\\Answered)", "UID FETCH 2 FLAGS"),
    ),
    own(
        "STORE of what is so already",
        *("SELECT INBOX", "STORE 1:2 +FLAGS (\\Flagged)", "STORE 1:2 +FLAGS (\\Flagged)"),
    ),
    own(
        "EXPUNGE of one",
        *("SELECT INBOX", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE", "FETCH 1 UID", "CLOSE"),
    ),
    own("UID EXPUNGE", "SELECT INBOX", "STORE 1:2 +FLAGS (\\Deleted)", "UID EXPUNGE 2", "NOOP"),
    own(
        "MOVE",
        *("SELECT INBOX", "MOVE 1 Archive", "NOOP", "UID MOVE 2 Archive"),
        "STATUS Archive (MESSAGES)",
    ),
    own(
        "a draft that is thrown away",
        *(append(_REPORT, "Drafts", "\\Draft"), "SELECT Drafts", "SEARCH DRAFT"),
        *("STORE 1 FLAGS (\\Draft \\Deleted)", "CLOSE", "STATUS Drafts (MESSAGES)"),
    ),
    own(
        "an empty mailbox",
        *("SELECT Sent", "FETCH 1:* FLAGS", "UID FETCH 1:* FLAGS", "STORE 1 +FLAGS (\\Seen)"),
        *("COPY 1 INBOX", "EXPUNGE"),
    ),
]

NAMES = [
    own(
        "mailboxes below others",
        *("CREATE Work", "CREATE Work/2026", 'LIST "" *', 'LIST "" %', "DELETE Work"),
        *("DELETE Work/2026", "DELETE Work"),
    ),
    own(
        "RENAME in ways",
        *("CREATE A", "CREATE B", "RENAME A B", "RENAME A C", "RENAME Nowhere D", 'LIST "" C'),
    ),
    own(
        "names in quotes",
        *('CREATE "My folder"', 'SELECT "My folder"', 'STATUS "My folder" (MESSAGES)'),
        *('LIST "" "My*"', 'DELETE "My folder"'),
    ),
    own("LSUB", "CREATE L", "SUBSCRIBE L", 'LSUB "" *', "UNSUBSCRIBE L", 'LSUB "" *'),
    own(
        "SELECT in ways",
        *("SELECT inbox", 'EXAMINE "INBOX"', "SELECT Nope", "NOOP", "SELECT INBOX (CONDSTORE)"),
    ),
    own("quota", "GETQUOTAROOT INBOX", "GETQUOTA Nowhere"),
]

ERRORS = [
    own(
        "commands without arguments",
        *("STATUS INBOX (FOO)", "CREATE", "DELETE", "RENAME A", "LSUB", "APPEND INBOX"),
    ),
    own(
        "commands on messages without arguments",
        *("SELECT INBOX", "STORE 1 +FLAGS", "SEARCH", "FETCH", "SORT", "COPY 1", "UID FETCH 1"),
    ),
    own(
        "messages that are not there",
        *("SELECT INBOX", "STORE 99 +FLAGS (\\Seen)", "COPY 99 INBOX", "FETCH 1 BODY[FOO]"),
    ),
]

CASES = [*READING, *CHANGING, *NAMES, *ERRORS]
