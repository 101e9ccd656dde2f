"""Error messages that quote a reply: tracebacks, exceptions, what a product tells its users."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.reproducing.below import happened
from harness.reproducing.dialogue import Utterance
from harness.reproducing.shapes import Shape
from harness.reproducing.shapes.by_line import text_of

_TUPLE: Final = re.compile(
    r"\((?P<code>[45]\d\d), (?P<literal>b?'(?:[^'\\]|\\.)*'?|b?\"(?:[^\"\\]|\\.)*\"?)"
)
_SMTP: Final = re.compile(
    r"(?<![\w.:/\[-])(?P<reply>[45][0-5]\d(?:[ -][245]\.\d{1,3}\.\d{1,3})?[ :-]\s*[^\d\s].*)"
)
_CODES: Final = (
    "AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|UNAVAILABLE|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN"
    "|NOPERM|INUSE|SERVERBUG|CLIENTBUG|CANNOT|LIMIT|OVERQUOTA|NONEXISTENT|TRYCREATE|ALERT|THROTTLED"
    "|WEBALERT|SYS/TEMP|SYS/PERM|AUTH"
)
"""Response codes (RFC 5530; the last five: what providers send). No other word in brackets tells a
server's line from a logger's level or a client's own word."""
_TAGGED: Final = re.compile(
    r"(?<![\w.])(?P<reply>(?:(?=[\w.-]*\d)(?![2-5]\d\d )[A-Za-z0-9._-]{1,24}|\*)"
    r" (?:NO|BAD|BYE) \S.*)"
    rf"|(?:^|[\s'\":(])(?P<coded>(?:(?:NO|BAD|BYE) )?\[(?:{_CODES})(?: [^\]]*)?\] \S.*)"
    r"|(?:^|: )(?P<status>NO [A-Z]\w.*)"
)
_CLOSING: Final = re.compile(r"['\"`][,)}\]]*;?\s*$|['\"](?:,| \()(?:.*)$|\s+$")
_LOGIN: Final = re.compile(r"auth|log.?in|credential|password|EAUTH", re.IGNORECASE)


def _read(lines: Iterable[str]) -> Iterator[Utterance]:
    for line in lines:
        if found := _TUPLE.search(line):
            yield from _smtp(found["code"], text_of(found["literal"]), line[: found.start()])
        elif found := _TAGGED.search(line):
            reply = found["reply"] or found["coded"] or found["status"]
            yield _imap(_CLOSING.sub("", reply), line)
        elif found := _SMTP.search(line):
            text = found["reply"].replace("\\r\\n", "\n").replace("\\n", "\n")
            for each in text.splitlines():
                yield Utterance("S", _CLOSING.sub("", each).strip(), about=line, protocol="smtp")
        else:
            yield from happened(line)


def _smtp(code: str, text: str, about: str) -> Iterator[Utterance]:
    lines = text.splitlines()
    for number, each in enumerate(lines, start=1):
        mark = " " if number == len(lines) else "-"
        yield Utterance("S", f"{code}{mark}{each}", about=about, protocol="smtp")


def _imap(reply: str, line: str) -> Utterance:
    if reply.startswith("["):
        reply = f"NO {reply}"
    tagged = reply if not re.match(r"NO |BAD ", reply) else f"a1 {reply}"
    tagged = f"* {reply}" if reply.startswith("BYE") else tagged
    return Utterance("S", tagged, about=line, protocol="imap")


SHAPE: Final = Shape("an error message", re.compile(r"\S"), _read)
