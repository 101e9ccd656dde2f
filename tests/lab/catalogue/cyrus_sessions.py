"""What Cyrus IMAP says to log-ins in every way, to the first minutes of mail clients, and to wrong
commands: from two draws of dialogues that were made after the dialect was written, and in which it
had not been seen. Of the first, 86 % of the lines were alike when it was first compared; of the
second, after what the first had shown was mended, 98 %."""

from __future__ import annotations

from tests.lab.cases import PASSWORD, USER, Case, after, b64, plain
from tests.lab.catalogue.cyrus_messages import append
from tests.lab.catalogue.imap import CLEARTEXT, STARTTLS, login, over_tls
from tests.lab.catalogue.mailboxes import own
from tests.lab.client import CLOSED, TLS

_MAIL = (
    "From: Zoe <zoe@x.test>\r\nTo: anna@example.test\r\nCc: carl@y.test\r\nSubject: Re: offer\r\n"
    "Date: Tue, 03 Nov 2026 08:15:00 +0100\r\nMessage-ID: <77@x.test>\r\n"
    "In-Reply-To: <76@x.test>\r\n\r\nfirst line\r\nsecond line\r\n"
)
_FIELDS = "BODY.PEEK[HEADER.FIELDS (date subject from to cc message-id)]"

LOGINS = [
    Case("a greeting and a goodbye", (TLS, "a1 LOGOUT", CLOSED)),
    Case(
        "AUTHENTICATE LOGIN after STARTTLS",
        after(
            *("a0 STARTTLS", TLS, "a1 CAPABILITY", "a2 AUTHENTICATE LOGIN", b64(USER)),
            *(b64(PASSWORD), "a3 CAPABILITY"),
            goodbye="z LOGOUT",
        ),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "AUTHENTICATE LOGIN in vain",
        over_tls("a1 authenticate login", b64(USER), b64("bad"), "a2 AUTHENTICATE LOGIN", "*"),
    ),
    Case(
        "AUTHENTICATE LOGIN with an initial response",
        over_tls(f"a1 AUTHENTICATE LOGIN {b64(USER)}", b64(PASSWORD)),
    ),
    Case(
        "AUTHENTICATE LOGIN with malformed responses",
        over_tls("a1 AUTHENTICATE LOGIN", "###", "a2 AUTHENTICATE LOGIN", b64(USER), "%%%"),
    ),
    Case(
        "AUTHENTICATE PLAIN, empty",
        over_tls("a1 AUTHENTICATE PLAIN =", "a2 AUTHENTICATE PLAIN", ""),
    ),
    Case(
        "AUTHENTICATE refused, by each mechanism, then LOGIN",
        over_tls(
            *("a1 AUTHENTICATE PLAIN", plain("x@example.test", "y"), "a2 AUTHENTICATE LOGIN"),
            *(b64("x"), b64("y"), f"a3 login {USER} {PASSWORD}"),
        ),
    ),
    Case(
        "AUTHENTICATE before TLS",
        after(
            *("a1 AUTHENTICATE LOGIN", "a2 AUTHENTICATE CRAM-MD5"),
            *(f"a3 AUTHENTICATE PLAIN {plain()}", "a4 LOGIN"),
            goodbye="z LOGOUT",
        ),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "AUTHENTICATE in cleartext",
        after(
            *("a1 CAPABILITY", f"a2 LOGIN {USER} wrong", f"a3 AUTHENTICATE PLAIN {plain()}"),
            goodbye="z LOGOUT",
        ),
        port="cleartext",
        service=CLEARTEXT,
    ),
    Case(
        "LOGIN before TLS and after",
        after(login(), "a2 STARTTLS", TLS, f"a3 LOGIN {USER} {PASSWORD}", goodbye="z LOGOUT"),
        port="starttls",
        service=STARTTLS,
    ),
    Case(
        "LOGIN with literals",
        over_tls(f"a1 LOGIN {{{len(USER)}}}", f"{USER} {{{len(PASSWORD)}}}", PASSWORD),
    ),
    own("log-ins of who is in", f"LOGIN {USER} x", "AUTHENTICATE LOGIN", "STARTTLS"),
]

CLIENTS = [
    own(
        "a client that lists first",
        *("CAPABILITY", 'LIST "" ""', 'LIST "" *', 'LSUB "" *', "SELECT INBOX"),
        *("UID SEARCH UID 1:*", "UID FETCH 1:2 (UID FLAGS)"),
    ),
    own(
        "a client that looks at one mailbox after the other",
        *('LIST "" %', "STATUS Trash (MESSAGES UNSEEN)", "SELECT Trash", "SELECT INBOX"),
        *("FETCH 1:* (FLAGS UID)", f"UID FETCH 1:2 (UID RFC822.SIZE FLAGS {_FIELDS})", "CLOSE"),
    ),
    own(
        "a client that keeps a copy",
        *("SELECT Archive", "SELECT INBOX", "SEARCH UNDELETED", "UID FETCH 1 (UID BODY.PEEK[])"),
        *(append(_MAIL, "Archive", "\\Seen"), "UID SEARCH HEADER Message-Id <77@x.test>"),
        *("SELECT Archive", "UID SEARCH HEADER Message-Id <77@x.test>", "UNSELECT"),
    ),
    own(
        "a client that knows modification sequences",
        *("ENABLE CONDSTORE", "SELECT INBOX (CONDSTORE)", "UID SEARCH RETURN (ALL) NOT DELETED"),
        *("STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Seen)", "UNSELECT"),
    ),
    own(
        "what LIST tells in its extended form",
        *('LIST (SUBSCRIBED) "" *', 'LIST "" * RETURN (SUBSCRIBED CHILDREN)'),
        *('LIST "" * RETURN (SPECIAL-USE)', 'LIST "" * RETURN (STATUS (MESSAGES UNSEEN))'),
    ),
    own(
        "dates and their zones",
        append(_MAIL).replace("02-Nov-2026 10:00:00 +0000", "03-Nov-2026 08:15:00 +0100"),
        *("SELECT INBOX", "FETCH 3 ALL", "FETCH 3 BODY.PEEK[HEADER]", "SEARCH ON 3-Nov-2026"),
    ),
    own(
        "mailboxes renamed with those below",
        *("CREATE Customers", "CREATE Customers/Acme", "CREATE Customers/Acme/2027"),
        *("RENAME Customers Archive/Customers", 'LIST "" Archive*'),
    ),
    own(
        "what may not be changed",
        *("EXAMINE INBOX", "STORE 1 +FLAGS (\\Seen)", "MOVE 1 Trash", "EXPUNGE", "COPY 1 Trash"),
    ),
]

WRONG = [
    own(
        "arguments that are too many",
        *("CAPABILITY x", "NAMESPACE x", "IDLE x", "LOGOUT x", "SELECT INBOX x", "NOOP x"),
        *("SELECT INBOX (FOO)", "SELECT INBOX", "CHECK x", "CLOSE x", "UNSELECT x"),
    ),
    own(
        "FETCH that is wrong",
        *("SELECT INBOX", "FETCH 1 ()", "FETCH 1 (FLAGS", "FETCH 1 BODY[", "FETCH 1:x FLAGS"),
        *("FETCH 1 BODY[HEADER.FIELDS]", "FETCH a (FLAGS)", "UID FETCH 1 BODY[1.FOO]"),
    ),
    own(
        "SEARCH and SORT that are wrong",
        *("SELECT INBOX", "SEARCH SINCE yesterday", "SEARCH OR SEEN", "SEARCH UID", "SEARCH NOT"),
        *("SEARCH SUBJECT", "SEARCH RETURN (FOO) ALL", "SORT (FOO) UTF-8 ALL"),
    ),
    own(
        "STATUS and SUBSCRIBE that are wrong",
        *("STATUS INBOX ()", "STATUS INBOX MESSAGES", "SUBSCRIBE Nowhere"),
    ),
]

CASES = [*LOGINS, *CLIENTS, *WRONG]
