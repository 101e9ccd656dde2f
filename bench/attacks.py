"""What clients do that must not reach others: floods, and input made to take time or memory.

Each attack is all that a client says, in pieces, for a size: twice the size is twice the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Pieces = Iterator[bytes]
LOGIN = "a LOGIN {user} {password}\r\na SELECT INBOX\r\n"
EHLO = b"EHLO attacker.test\r\n"
AUTH = "AUTH PLAIN {plain}\r\n"


@dataclass(frozen=True)
class Attack:
    """`size`: for the bench; `of`: what is said after the log-in, for a size. `last`: how the line
    begins after which it is over, unless the server ends it before."""

    name: str
    size: int
    of: Callable[[int], Pieces]
    protocol: Literal["imap", "smtp"] = "imap"
    logs_in: bool = True

    @property
    def last(self) -> bytes:
        return b"zz " if self.protocol == "imap" else b"221"


def _commands(command: bytes) -> Callable[[int], Pieces]:
    def pieces(size: int) -> Pieces:
        for _ in range(size // 100):
            yield command * 100

    return pieces


def _appended(content: bytes) -> bytes:
    return b"b APPEND INBOX {%d+}\r\n%b\r\n" % (len(content), content)


def _message(field: Callable[[int], bytes], *commands: bytes) -> Callable[[int], Pieces]:
    """A message whose header is so many times something, and commands that look at it."""

    def pieces(size: int) -> Pieces:
        yield _appended(field(size) + b"\r\n\r\nbody\r\n")
        yield b"c NOOP\r\n"
        yield from (b"d " + command + b"\r\n" for command in commands)

    return pieces


def _lines(text: Callable[[int], bytes]) -> Callable[[int], Pieces]:
    """So many lines, each as long as a line may be."""

    def pieces(size: int) -> Pieces:
        for number in range(size):
            yield b"c " + text(number) + b"\r\n"

    return pieces


def _subjects(size: int) -> Pieces:
    yield _appended(b"Subject: x\r\n\r\n" + b"y" * 5_000_000)
    for _ in range(size):
        yield b"c SEARCH " + b"NOT SUBJECT z NOT BODY q " * 200 + b"ALL\r\n"


def _literals(of: bytes) -> Callable[[int], Pieces]:
    def pieces(size: int) -> Pieces:
        yield b"c SEARCH"
        for _ in range(size):
            yield b" BODY {%d+}\r\n%b" % (len(of), of)
        yield b"\r\n"

    return pieces


def _large(size: int) -> Pieces:
    yield EHLO + b"MAIL FROM:<{address}>\r\nRCPT TO:<{address}>\r\nDATA\r\n"
    for _ in range(size):
        yield (b"x" * 76 + b"\r\n") * 800
    yield b".\r\n"


def _logins(size: int) -> Pieces:
    for number in range(size):
        yield b"c LOGIN nobody-%d not-the-password-%d\r\n" % (number, number)


def _doubled(size: int) -> Pieces:
    for _ in range(size):
        yield b"c COPY 1:* INBOX\r\nc NOOP\r\n"


def _created(size: int) -> Pieces:
    for number in range(size):
        yield b"c CREATE made-%d\r\n" % number
    yield b'c LIST "" *\r\n' + b"c CREATE a" + b"/a" * 400 + b"\r\n"


def _parts(size: int) -> Pieces:
    yield _appended(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * size
    )
    yield b"c FETCH 1:* BODYSTRUCTURE\r\n"


def _nested(size: int) -> Pieces:
    for opening in (b"ID ", b"SEARCH ", b"FETCH 1 ", b'LIST "" ', b"STORE 1 FLAGS "):
        yield b"c " + opening + b"(" * size + b"\r\n"
    yield b"c SEARCH " + b"NOT " * size + b"ALL\r\n"


def _threads(size: int) -> Pieces:
    ids = b"".join(b" <%d@x>" % number for number in range(size))
    yield _appended(b"Subject: x\r\nMessage-ID: <m@x>\r\nReferences:" + ids + b"\r\n\r\n")
    yield b"c THREAD REFERENCES UTF-8 ALL\r\n"


def _patterns(number: int) -> bytes:
    return b'LIST "" ' + (b"%*" if number % 2 else b"*a%") * 20_000 + b"x"


ATTACKS = (
    Attack("NOOP before the log-in", 100_000, _commands(b"c NOOP\r\n"), logs_in=False),
    Attack("NOOP", 100_000, _commands(b"c NOOP\r\n")),
    Attack("SEARCH", 20_000, _commands(b"c SEARCH ALL\r\n")),
    Attack("FETCH", 20_000, _commands(b"c FETCH 1 (FLAGS ENVELOPE)\r\n")),
    Attack("SMTP NOOP", 100_000, _commands(b"NOOP\r\n"), "smtp"),
    Attack("SMTP MAIL", 20_000, _commands(b"MAIL FROM:<{address}>\r\nRSET\r\n"), "smtp"),
    Attack("LIST of wildcards", 100, _lines(_patterns)),
    Attack(
        "addresses of open brackets, FETCH ENVELOPE",
        400_000,
        _message(lambda size: b"To: " + b"(\\(" * (size // 3), b"FETCH 1:* ENVELOPE"),
    ),
    Attack("SEARCH of many keys on 5 MB", 10, _subjects),
    Attack("one command in 5 MB of literals", 50, _literals(b"x" * 100_000)),
    Attack("100,000 small literals", 100_000, _literals(b"x" * 5)),
    Attack("modified UTF-7", 100, _lines(lambda _: b"STATUS " + b"&" * 60_000 + b" (MESSAGES)")),
    Attack(
        "SEARCH TO on 1.8 MB of addresses",
        1_800_000,
        _message(lambda size: b"To: " + b'"a b" <x@example.test>,' * (size // 23), b"SEARCH TO z"),
    ),
    Attack(
        "SEARCH TO on odd addresses",
        1_800_000,
        _message(lambda size: b"To: " + b"(c) a b@ex (d)," * (size // 15), b"SEARCH TO z"),
    ),
    Attack(
        "ENVELOPE of a header of 5 MB",
        5_000_000,
        _message(lambda size: b"a:\r\n" * (size // 4) + b"To: x@y", b"FETCH 1:* ENVELOPE"),
    ),
    Attack("DATA of 600 MB", 9600, _large, "smtp"),
    Attack("LOGIN again and again", 1600, _logins, logs_in=False),
    Attack(
        "BODYSTRUCTURE of semicolons in a quote",
        200_000,
        _message(
            lambda size: b'Content-Type: text/plain; a="' + b";" * size,
            b"FETCH 1:* BODYSTRUCTURE",
        ),
    ),
    Attack("THREAD of 60,000 references", 60_000, _threads),
    Attack(
        "encoded words that never end",
        500_000,
        _message(lambda size: b"Subject: " + b"=?a?q?x" * (size // 7), b"SEARCH SUBJECT z"),
    ),
    Attack("COPY 1:*, doubling", 20, _doubled),
    Attack("CREATE of thousands, LIST", 6000, _created),
    Attack(
        "a header line without a colon",
        200_000,
        _message(lambda size: b"x" * size, b"FETCH 1:* ENVELOPE", b"SEARCH SUBJECT z"),
    ),
    Attack("brackets a thousand deep", 1000, _nested),
    Attack("a message of 100,000 parts", 100_000, _parts),
)
"""The table of attacks, in sizes that take at most some seconds."""


def said(attack: Attack, size: int, words: dict[str, str]) -> Pieces:
    """All that the attacker says. `words`: `user`, `password`, `address`, and `plain`, the log-in
    of SASL's PLAIN in base64."""
    imap = attack.protocol == "imap"
    if attack.logs_in:
        yield (LOGIN if imap else EHLO.decode() + AUTH).format_map(words).encode()
    for piece in attack.of(size):
        yield piece.replace(b"{address}", words["address"].encode())
    if imap and attack.logs_in:
        yield b"y STORE 1:* +FLAGS (\\Deleted)\r\ny EXPUNGE\r\n"
    yield b"zz NOOP\r\n" if imap else b"QUIT\r\n"
