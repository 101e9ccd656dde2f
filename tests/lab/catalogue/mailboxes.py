"""What both IMAP servers are driven into once a mailbox is open to them: mailboxes and messages.

Each case has a mailbox of its own on the real server, whose name begins with `own-`; its INBOX has
as many new messages as a fake's.
"""

from __future__ import annotations

import re

from tests.lab.cases import Case, after
from tests.lab.catalogue.imap import login, over_tls
from tests.lab.client import TLS, Unread

MESSAGE = "From: a@b.test\r\nSubject: hello\r\n\r\nhello"


def own(failure: str, *commands: str, why: str = "", slow: bool = False) -> Case:
    """Commands after a log-in into a mailbox that no other case uses."""
    user = f"own-{re.sub('[^a-z]+', '-', failure.lower()).strip('-')}@example.test"
    steps = [f"b{number} {command}" for number, command in enumerate(commands, 1)]
    script = after(TLS, login(user), *steps, goodbye="z LOGOUT")
    return Case(failure, script, user=user, why=why, slow=slow)


def mailboxes(prefix: str) -> list[Case]:
    """What happens to mailboxes, the names of which begin with `prefix`."""
    nowhere, new = f"{prefix}Nowhere", f"{prefix}New"
    return [
        own("no such mailbox", f"SELECT {nowhere}"),
        own("no such mailbox (EXAMINE)", f"EXAMINE {nowhere}"),
        own("no such mailbox (STATUS)", f"STATUS {nowhere} (MESSAGES)"),
        own("no such mailbox (APPEND)", f"APPEND {nowhere} {{{len(MESSAGE)}}}"),
        own("no such mailbox (COPY)", "SELECT INBOX", f"COPY 1 {nowhere}"),
        own("no such mailbox (DELETE)", f"DELETE {nowhere}"),
        own("CREATE", f"CREATE {new}", f"SELECT {new}", "CLOSE", f"DELETE {new}", slow=True),
        own("CREATE what exists", f"CREATE {new}", f"CREATE {new}"),
        own("CREATE with a bad name", f"CREATE {prefix}a/b"),
        own("DELETE INBOX", "DELETE INBOX", slow=True),
        own(
            *("RENAME", f"CREATE {new}", f"RENAME {new} {new}er", f"STATUS {new} (MESSAGES)"),
            slow=True,
        ),
        own("SUBSCRIBE", f"CREATE {new}", f"SUBSCRIBE {new}", f"UNSUBSCRIBE {new}"),
        own("UNSUBSCRIBE what does not exist", f"UNSUBSCRIBE {nowhere}"),
        own("LIST", 'LIST "" INBOX', 'LIST "" ""', f'LIST "" {nowhere}'),
        own("STATUS", "STATUS INBOX (UNSEEN MESSAGES UIDNEXT RECENT)"),
        own("STATUS without items", "STATUS INBOX"),
        own("SELECT without a name", "SELECT"),
        own("SELECT twice", "SELECT INBOX", "SELECT INBOX"),
        own("EXAMINE", "EXAMINE INBOX", "CLOSE"),
        own("CHECK, EXPUNGE, CLOSE", "SELECT INBOX", "CHECK", "EXPUNGE", "CLOSE"),
        own(
            "EXPUNGE where nothing may be changed",
            "EXAMINE INBOX",
            "EXPUNGE",
            why="the fake is strict (RFC 3501, 6.4.3)",
        ),
    ]


MESSAGES = [
    own("FETCH", "SELECT INBOX", "FETCH 1 (UID FLAGS)", "UID FETCH 2 (FLAGS)"),
    own("FETCH without items", "SELECT INBOX", "FETCH 1"),
    own("FETCH of an unknown item", "SELECT INBOX", "FETCH 1 FOO"),
    own("FETCH of what is no number", "SELECT INBOX", "FETCH x FLAGS"),
    own(
        "FETCH of a message that is not there",
        "SELECT INBOX",
        "FETCH 99 FLAGS",
        why="the fake is strict (RFC 9051, 7.1.3)",
    ),
    own(
        "STORE",
        "SELECT INBOX",
        "STORE 1 +FLAGS (\\Seen \\Draft \\Flagged \\Answered \\Deleted)",
        "FETCH 1 FLAGS",
        "STORE 1 -FLAGS.SILENT (\\Deleted)",
    ),
    own("STORE of a keyword", "SELECT INBOX", "STORE 1 +FLAGS ($Later)", "SELECT INBOX"),
    own("STORE of an unknown system flag", "SELECT INBOX", "STORE 1 +FLAGS (\\Foo)"),
    own("STORE of what is no flag", "SELECT INBOX", "STORE 1 FOO (\\Seen)"),
    own("SEARCH", "SELECT INBOX", "SEARCH UNSEEN", "UID SEARCH SEEN"),
    own("SEARCH for an unknown key", "SELECT INBOX", "SEARCH FOO"),
    own("SEARCH in an unknown charset", "SELECT INBOX", "SEARCH CHARSET FOO SUBJECT x"),
    own("COPY", "SELECT INBOX", "COPY 1:2 INBOX"),
    own("UID with an unknown command", "SELECT INBOX", "UID FOO 1"),
    own("UID alone", "SELECT INBOX", "UID"),
    own("ENABLE", "ENABLE FOO"),
    Case(
        "APPEND",
        over_tls(
            login("own-append@example.test"),
            "a2 SELECT INBOX",
            f"a3 APPEND INBOX (\\Seen) {{{len(MESSAGE)}}}",
            MESSAGE,
        ),
        user="own-append@example.test",
    ),
]


IDLE = [
    Case("IDLE", over_tls(login(), "a2 IDLE", Unread("DONE"))),
    Case("IDLE that ends otherwise than by DONE", over_tls(login(), "a2 IDLE", Unread("FOO"))),
]
