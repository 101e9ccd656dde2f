"""What clients might say: words of the protocols, whole and damaged, in any order."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import Final

from fakeservers.spec import Account

_ACCOUNT: Final = Account()
_LOGIN: Final = f"{_ACCOUNT.login} {_ACCOUNT.password}".encode()
_PLAIN: Final = base64.b64encode(f"\0{_ACCOUNT.login}\0{_ACCOUNT.password}".encode())
_BITS: Final = (
    *(b" ", b"  ", b"\t", b"\0", b"\xff", b"\xc3\xa9", b"(", b")", b"((((", b"[", b"]", b"<", b">"),
    *(b'"', b"\\", b"*", b"%", b"{3}", b"{3+}", b"{0}", b"{99999999999}", b"{-1}"),
    *(b"~{3}", b"&AOk-"),
    *(b"0", b"-1", b"4294967296", b"1:*", b"*:1", b"1,2:3", b"$", b"=", b"==", b"A" * 300, b"NIL"),
)  # fmt: skip
_IMAP: Final = (
    *(b"CAPABILITY", b"NOOP", b"LOGIN " + _LOGIN, b"LOGIN a b", b"AUTHENTICATE PLAIN " + _PLAIN),
    *(b"AUTHENTICATE PLAIN", b"AUTHENTICATE LOGIN", b"AUTHENTICATE CRAM-MD5", b"AUTHENTICATE X"),
    *(b"SELECT INBOX", b"EXAMINE inbox", b"CREATE a/b", b"DELETE a", b"RENAME a b", b"CLOSE"),
    *(b"SUBSCRIBE a", b'LIST "" *', b'LIST (SUBSCRIBED) "" (a b) RETURN (CHILDREN)', b'LSUB "" %'),
    *(b"STATUS INBOX (MESSAGES UIDNEXT)", b"APPEND Sent {3+}\r\nabc", b"APPEND INBOX (\\Seen) {1}"),
    *(b"SEARCH ALL", b"SEARCH OR FROM a NOT (TO b SINCE 1-Jan-2026)", b"UID SEARCH 1:*"),
    b"EXPUNGE",
    *(b"FETCH 1:* (FLAGS BODY[HEADER.FIELDS (TO)]<0.5>)", b"FETCH 1 ENVELOPE", b"UID FETCH 1 BODY"),
    *(b"STORE 1 +FLAGS.SILENT (\\Seen x)", b"COPY 1 Sent", b"UID MOVE 1:* a"),
    b"SORT (DATE) UTF-8 ALL",
    *(b"THREAD REFERENCES UTF-8 ALL", b'ID ("name" "x")', b"ENABLE CONDSTORE", b"IDLE\r\nDONE"),
    *(b"NAMESPACE", b"GETQUOTAROOT INBOX", b"UNSELECT", b"STARTTLS", b"COMPRESS DEFLATE"),
    b"LOGOUT",
)  # fmt: skip
_SMTP: Final = (
    *(b"EHLO client.test", b"HELO client.test", b"EHLO", b"NOOP", b"RSET", b"VRFY a"),
    *(b"HELP", b"QUIT"),
    *(b"AUTH PLAIN " + _PLAIN, b"AUTH PLAIN", b"AUTH LOGIN", b"AUTH CRAM-MD5", b"AUTH X", b"AUTH"),
    *(_PLAIN, b"*", b"YW5uYQ==", b"STARTTLS", b"MAIL FROM:<anna@example.test>", b"MAIL FROM:<>"),
    b"MAIL FROM:<anna@example.test> SIZE=99999999999 BODY=8BITMIME SMTPUTF8 AUTH=<>",
    b"MAIL TO:<a>",
    *(b"RCPT TO:<bcc@crm.example.test>", b"RCPT TO:<@a:b@[127.0.0.1]>", b'RCPT TO:<"a\\"b"@c>'),
    *(b"DATA", b".", b"..", b"Subject: x", b"BDAT 3\r\nabc", b"BDAT 99 LAST", b"ETRN a", b"EXPN a"),
)  # fmt: skip


def _damaged(chance: random.Random, line: bytes) -> bytes:
    """A line with something put in, left out, or in place of something else."""
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        begin = chance.randrange(len(line) + 1)
        end = min(len(line), begin + chance.choice((0, 0, 1, 5)))
        line = line[:begin] + chance.choice(_BITS) + line[end:]
    return line


def _tagged(chance: random.Random, line: bytes) -> bytes:
    return chance.choice((b"a ", b"b ", b"c1 ", b"", b"* ", b"+ ")) + line


def imap(chance: random.Random) -> bytes:
    """A few IMAP commands in one piece."""
    lines = [_tagged(chance, _damaged(chance, chance.choice(_IMAP))) for _ in range(6)]
    first = b"a LOGIN " + _LOGIN + b"\r\nb SELECT INBOX\r\n" if chance.random() < 0.7 else b""
    return first + _ended(chance, lines)


def smtp(chance: random.Random) -> bytes:
    """A few SMTP commands in one piece."""
    lines = [_damaged(chance, chance.choice(_SMTP)) for _ in range(6)]
    first = b"EHLO c\r\nAUTH PLAIN " + _PLAIN + b"\r\n" if chance.random() < 0.7 else b""
    return first + _ended(chance, lines)


def records(chance: random.Random) -> bytes:
    """TLS records, and what is none (RFC 8446, 5.1)."""
    found = b""
    for _ in range(3):
        size = chance.choice((0, 1, 5, 100, 0x4000, 0xFFFF))
        kind = chance.choice((20, 21, 22, 23, 24, 0, 255))
        found += bytes((kind, 3, chance.choice((0, 1, 3, 4)))) + size.to_bytes(2)
        found += chance.randbytes(min(size, 200))
    return found


def proxied(chance: random.Random) -> bytes:
    """Headers of the PROXY protocol, of both versions, damaged."""
    first = b"PROXY TCP4 127.0.0.1 127.0.0.2 1 2\r\n"
    second = b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11\x00\x0c" + b"\x7f\0\0\1" * 2 + b"\0\1\0\2"
    return _damaged(chance, chance.choice((first, second))) + smtp(chance)


def _ended(chance: random.Random, lines: list[bytes]) -> bytes:
    ends = (b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"")
    return b"".join(line + chance.choice(ends) for line in lines)


DIALOGUES: Final[dict[str, Callable[[random.Random], bytes]]] = {
    "imap": imap,
    "smtp": smtp,
    "tls": records,
    "proxied": proxied,
}
"""By the service of the mailbox that is told it; see `mailboxes.SPEC`."""
