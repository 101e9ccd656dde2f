"""Logs in which each line tells who spoke: each is a few patterns."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from fakeservers.wire.transcript import Direction
from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape, sign

_NEVER = "(?!)"


def by_line(
    *said: str,
    hidden: str = _NEVER,
    tls: str = _NEVER,
    connecting: str = _NEVER,
    tells: str = "",
    connection: str = _NEVER,
    lines_of: Callable[[str], Iterable[str]] = lambda text: [text],
) -> Callable[[Iterable[str]], Iterator[Utterance]]:
    """How to read a log in which each line tells who spoke.

    `said`: lines of the protocol from their beginning; what is in the group `S` was said by the
    server, `C` by the client, `connection` (without brackets) on which, `lines_of` makes lines of
    it. `hidden`: where the client said something, but left it out. `tls`, `connecting`: lines that
    tell of this, and `connection` where. `tells`: other lines that may tell of a failure.
    """
    patterns = [re.compile(pattern) for pattern in said]

    def read(lines: Iterable[str]) -> Iterator[Utterance]:
        for line in lines:
            found = next(filter(None, (pattern.match(line) for pattern in patterns)), None)
            if found:
                name = (found.groupdict().get("connection") or "").strip("[]")
                direction: Direction = "C" if found["S"] is None else "S"
                if direction == "C" and re.search(hidden, found["C"]):
                    yield Utterance("*", "suppressed", name)
                    continue
                yield from (Utterance(direction, each, name) for each in lines_of(found[direction]))
            elif (secured := re.search(tls, line)) or re.search(connecting, line):
                where = re.search(connection, line)
                name = where[1].strip("[]") if where else ""
                yield Utterance("*", "tls" if secured else "connecting", name)
            elif re.match(tells, line):
                yield from happened(line)

    return read


MOZILLA: Final = Shape(
    "MOZ_LOG",
    sign(r":(?:SendData|CreateNewLineFromSocket): |SMTP (?:Response|Send): "),
    by_line(
        r".*?(?P<connection>\w{6,}):[^:\s]*:[^:]*:"
        r"(?:SendData: ?(?P<C>.*)|CreateNewLineFromSocket: ?(?P<S>.*))",
        r".*?SMTP (?:Send: ?(?P<C>.*)|Response: ?(?P<S>.*))",
        hidden=r"[Ll]ogging suppressed",
        connecting="SMTP Connecting to",
    ),
)
"""Thunderbird's MOZ_LOG (`IMAP:5`, `SMTP:5`), old and new.

The words are those of comm-central's nsImapProtocol.cpp (`SendData`, `CreateNewLineFromSocket`) and
nsSmtpProtocol.cpp (`SMTP Response`, `SMTP Send`); what SmtpClient.sys.mjs says has `C:` and `S:`.
"""

SWAKS: Final = Shape(
    "swaks",
    sign(r"^=== (?:Trying|Connected)|^<[-~*][* ] +[2-5]\d\d"),
    by_line(
        r"<[-~*][* ] (?P<S>.*)| (?:[-~*]>|\*\*>) (?P<C>.*)",
        connecting="^=== Trying",
        tls="^=== TLS started",
    ),
)
"""swaks: `<-` and `->`, inside TLS `<~` and `~>`; `<**` and `<~*` before what it did not expect."""

_TIME: Final = r"(?:\d\d:\d\d:\d\d\.\d+ )?"
_BEFORE: Final = rf"{_TIME}(?:\[\S+\] )?"
_SERVER: Final = r"< (?:[2-5]\d\d[ -]|\* |\S+ (?:OK|NO|BAD) )"

CURL: Final = Shape(
    "curl -v",
    sign(rf"^{_TIME}(?:\* +(?:Trying|Connected to|Host|Closing)|{_SERVER})|^curl: \("),
    by_line(
        rf"{_BEFORE}(?:< (?P<S>.*)|> (?P<C>.*))",
        connecting=rf"^{_BEFORE}\* +Trying ",
        tls=rf"^{_BEFORE}\* SSL connection using",
        tells=rf"{_BEFORE}\* |curl: \(",
    ),
)
"""`curl -v`, also with `--trace-time`: `<` and `>` before lines, `*` before what happens."""

_REPLY: Final = r"(?:[2-5]\d\d[ -]|\* |\+ |\w+ (?:OK|NO|BAD) )"

ARROWS: Final = Shape(
    "arrows before lines",
    sign(
        r"(?:SERVER -> CLIENT: ?|(?:SMTP|IMAP)4?<{1,2} |(?:^|[\s\]])<= '|^<{2,3} |^-> \")" + _REPLY
    ),
    by_line(
        r".*?(?:SERVER -> CLIENT: ?(?P<S>.*)|CLIENT -> SERVER: ?(?P<C>.*))",
        r"(?:.*? )?(?:SMTP|IMAP)4?(?:<{1,2} (?P<S>.*)|>{1,2} (?P<C>.*))",
        r"(?:.*?[\s\]])??(?:<= '(?P<S>.*)'|=> '(?P<C>.*)')$",
        r"<{2,3} (?P<S>.*)|>{2,3} (?P<C>.*)",
        r"(?:-> \"(?P<S>.*?)(?:\\r)?(?:\\n)?\"|<- \"(?P<C>.*?)(?:\\r)?(?:\\n)?\")$",
        hidden=r"credentials hidden|^\*+$",
    ),
)
"""PHPMailer (`SERVER -> CLIENT:`), fetchmail and Exim (`SMTP<`, `SMTP<<`), node-imap (`<= '…'`),
Swift Mailer and Sendmail (`<<`, `<<<`), and Ruby's Net::SMTP, whose `->` is the server's."""

_CONNECTION: Final = r"(?P<connection>\[[\w-]{6,}\]|[\w.-]+#\d+) "

MARKED: Final = Shape(
    "C: and S: lines",
    sign(r"(?:^|[\s\]])S: ?(?:[2-5]\d\d[ -]|\* |\+ |\S+ (?:OK|NO|BAD) )"),
    by_line(
        rf"(?:^|.*?[\]\s|:#\d])(?:{_CONNECTION})?(?:S: ?(?P<S>.*)|C: ?(?P<C>.*))",
        hidden=r"[Ll]ogging suppressed|\*+ ?(?:hidden|suppressed)",
        tls=r"Secure connection|imaps://|smtps://|TLS established|Connection upgraded",
        connecting=r"onnected to |onnection established",
        connection=_CONNECTION,
    ),
)
"""Logs that write `S:` and `C:` before lines: nodemailer, Thunderbird's console, MailKit, ours."""

_LITERAL: Final = r"b?(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?)"


def text_of(literal: str) -> str:
    """What a literal of Python stands for; one that is cut as far as it goes."""
    if literal.lstrip("b")[-1:] != literal.lstrip("b")[:1] or len(literal.lstrip("b")) == 1:
        literal = literal.rstrip("\\") + literal.lstrip("b")[0]
    try:
        value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return literal
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


STDLIB: Final = Shape(
    "Python's imaplib or smtplib",
    sign(r"^\s*(?:\d\d:)?\d\d:\d\d\.\d\d [<>] b?['\"]|^(?:[\d:.]+ )?(?:send|reply): b?['\"]"),
    by_line(
        rf"\s*(?:\d\d:)?\d\d:\d\d\.\d\d (?:> (?P<C>{_LITERAL})|< (?P<S>{_LITERAL}))",
        rf"(?:[\d:.]+ )?(?:send: (?P<C>{_LITERAL})|reply: (?P<S>{_LITERAL}))",
        connecting=r"new IMAP4 connection|(?:[\d:.]+ )?connect: (?:\(|to \()",
        lines_of=lambda literal: text_of(literal).rstrip("\r\n").splitlines() or [""],
    ),
)
"""Python's imaplib (`Debug = 4`) and smtplib (`set_debuglevel`), which print bytes as literals."""
