"""A server's answer, taken apart into facts. What the facts mean is said by the rules.

IMAP: tagged, untagged and continuation lines (RFC 9051 section 7). SMTP: several lines, reply code
(RFC 5321 section 4.2), enhanced code (RFC 3463). A token endpoint: `http_reply`. In both protocols
of mail a refused token may be explained first, in a challenge (RFC 7628 section 3.2.2).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from fakeservers.files.patterns import kept_regex
from harness.classify.replies.http_reply import HttpReply, read_http
from harness.classify.wording import decode, decodings, searchable, urls_in
from harness.taxonomy import AnyProtocol

# RFC 5530: response codes of a state that may pass without anybody changing anything; TEMPFAIL is
# what Yahoo and WildDuck say instead.
_TEMPORARY: Final = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "TEMPFAIL"})
_REFUSALS: Final = frozenset({"NO", "BAD", "BYE"})
# A code whose argument is all that is left of the line may be cut off in a log.
_STATUS: Final = kept_regex(
    r"""^\s*(?:(?P<tag>\*|\+|\{tag\}|[A-Za-z0-9._-]{1,24})\s+)?
        (?P<status>OK|NO|BAD|BYE|PREAUTH)(?=[\s\[]|$)
        \s*(?:\[(?P<code>[A-Za-z][\w.-]*(?:\s[^\]]*(?=\])|\s[^\]\s]+(?=$)|(?=\])))\]?)?
        \s*(?P<text>.*)$""",
    re.VERBOSE,
)
# RFC 9051 section 9: keywords are read in any case; a word in a sentence, without a tag, is none.
_STATUS_IN_ANY_CASE: Final = kept_regex(
    r"^(\s*(?:\*|\{tag\}|[A-Za-z]{0,16}\d[\w.-]{0,8})\s+)(ok|no|bad|bye|preauth)(?=\s*\[|\s|$)",
    re.IGNORECASE,
)
_BARE_CODE: Final = kept_regex(r"^\s*\[(?P<code>[A-Z][A-Z0-9-]+(?:\s[^\]]*)?)\]\s*(?P<text>.*)$")
_UNTAGGED: Final = kept_regex(r"^\s*(?:\*|\+|\{tag\})\s+")
_ENDS: Final = kept_regex(
    r"\W*(?:connection (?:timed out|closed|reset)|autologout|logging out|closing connection)\W*",
    re.IGNORECASE,
)
_DATA: Final = kept_regex(
    r"^\s*\*\s+(?:\d+\s+)?(?P<name>CAPABILITY|LIST|LSUB|FLAGS|EXISTS|RECENT|ID|STATUS|NAMESPACE)\b"
    r"(?P<rest>.*)$"
)
# Besides the wire form, what client libraries print: ``535: …``, ``(535, b'…')``.
_SMTP: Final = kept_regex(r"^\s*\(?(?P<code>[2-5]\d\d)(?:[\s,:-]+(?:b(?=['\"]))?|$)(?P<text>.*)$")
_CHALLENGE: Final = kept_regex(
    rb"^\s*(?:S: ?)?(?:\+|334)[ -](?P<base64>ey[A-Za-z0-9+/]+={0,2})\s*$"
)
"""In base64 every JSON object begins so."""
_ENHANCED: Final = kept_regex(r"(?<![\d.\w])(?P<code>[245]\.\d{1,3}\.\d{1,3})(?![.\d]|\w)")


@dataclass(frozen=True)
class ServerReply:
    """An IMAP response, an SMTP reply or a token endpoint's answer, all its lines together.

    - ``lines``: decoded as well as possible, for reading.
    - ``refused``: some line says no (NO, BAD, BYE; 4yz, 5yz).
    - ``status``: IMAP, the tagged status, else the last untagged one that refuses.
    - ``response_codes``: IMAP, of all lines, the tagged line's first; upper case, no arguments.
    - ``response_code``: the first of them with its arguments, as received.
    - ``reply_code``, ``enhanced_code``: SMTP (RFC 5321 4.2, RFC 3463). Of HTTP the first is the
      status, and the ``response_code`` is OAuth's error (RFC 6749 5.2).
    - ``capabilities``: IMAP, from untagged CAPABILITY lines.
    - ``text``: the human text of what refuses, if anything does, in its most readable reading, as
      received, with single spaces.
    - ``words``: all human text, each reading on its own line (see ``wording.searchable``); host
      names, addresses and URLs are replaced by marks. Of a challenge, its JSON.
    - ``temporary``: the server itself marks this refusal as one that may pass.
    - ``urls``: the URLs, in order, with a space between them.
    """

    lines: tuple[str, ...] = ()
    refused: bool = False
    status: str | None = None
    response_codes: tuple[str, ...] = ()
    response_code: str | None = None
    reply_code: int | None = None
    enhanced_code: str | None = None
    capabilities: tuple[str, ...] = ()
    text: str = ""
    words: str = ""
    urls: str = ""
    temporary: bool = False


def read_reply(protocol: AnyProtocol, lines: tuple[bytes, ...]) -> ServerReply:
    """Take the lines of one answer apart. Never raises, whatever the bytes are."""
    lines = tuple(line.rstrip(b"\r\n") for line in lines if line.strip())
    reasons = {line: reason for line in lines if (reason := _reason(line))}
    readings = decodings([line for line in lines if line not in reasons])
    replies = [take_apart(protocol, reading) for reading in readings]
    shown = tuple(map(decode, lines))
    return replace(
        replies[0],
        lines=shown,
        words=searchable([*(reply.words for reply in replies), *reasons.values()]),
        urls=urls_in(" ".join(shown)),
    )


def take_apart(protocol: AnyProtocol, lines: Sequence[str]) -> ServerReply:
    """The codes and the text of decoded lines; ``words`` still has names in it."""
    if protocol == "oauth":
        return _of_http(read_http(lines), answered=bool(lines))
    return _read_imap(lines) if protocol == "imap" else _read_smtp(lines)


def _reason(line: bytes) -> str | None:
    """What a challenge says, if it is one that explains why a token is refused."""
    found = _CHALLENGE.match(line)
    if found is None:
        return None
    try:
        said = base64.b64decode(found["base64"] + b"==").decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return said if said.startswith("{") else None


def _of_http(http: HttpReply, *, answered: bool) -> ServerReply:
    return ServerReply(
        refused=answered,  # what is no refusal is never asked about
        reply_code=http.status,
        response_code=http.error,
        response_codes=(http.error,) if http.error else (),
        text=http.words,
        words=http.words,
        temporary=http.temporary,
    )


class _ImapLine(NamedTuple):
    text: str
    tagged: bool = False
    status: str | None = None
    code: str | None = None
    capabilities: tuple[str, ...] = ()


def _read_imap(lines: Sequence[str]) -> ServerReply:
    parsed = [_read_imap_line(line) for line in lines]
    refusals = _REFUSALS & {line.status for line in parsed} or {line.status for line in parsed}
    # The tagged line answers the command, so its code comes first. What is well is no failure,
    # whatever code it carries.
    ordered = sorted(parsed, key=lambda line: not line.tagged)
    codes = [line.code for line in ordered if line.code and line.status not in ("OK", "PREAUTH")]
    tagged = [line.status for line in parsed if line.tagged and line.status]
    untagged = [line.status for line in parsed if not line.tagged and line.status]
    deciding = tagged or [status for status in untagged if status in _REFUSALS] or untagged
    return ServerReply(
        refused=any(line.status in _REFUSALS for line in parsed),
        status=deciding[-1] if deciding else None,
        response_codes=tuple(code.split()[0].upper() for code in codes),
        response_code=codes[0] if codes else None,
        capabilities=tuple(name for line in parsed for name in line.capabilities),
        text=_joined([line.text for line in parsed if line.status in refusals]),
        words=" ".join(line.text for line in parsed if line.text and not _only_ends(line, parsed)),
        temporary=any(code.split()[0].upper() in _TEMPORARY for code in codes),
    )


def _only_ends(line: _ImapLine, parsed: Sequence[_ImapLine]) -> bool:
    """Whether it tells how the connection ended after the command had been refused."""
    refused = any(other.status in ("NO", "BAD") for other in parsed)
    return refused and line.status == "BYE" and bool(_ENDS.fullmatch(line.text))


def _read_imap_line(line: str) -> _ImapLine:
    if data := _DATA.match(line):
        names = data["rest"].upper().split() if data["name"] == "CAPABILITY" else ()
        return _ImapLine("", status="OK", capabilities=tuple(names))
    line = _STATUS_IN_ANY_CASE.sub(lambda found: found[1] + found[2].upper(), line)
    if match := _STATUS.match(line):
        code = match["code"]
        if code and code.split()[0].upper() == "CAPABILITY":
            code = None  # a greeting's or an OK's list says nothing about a refusal
        return _ImapLine(match["text"], match["tag"] not in ("*", "+", None), match["status"], code)
    if bare := _BARE_CODE.match(line):
        return _ImapLine(bare["text"], code=bare["code"])
    return _ImapLine(_UNTAGGED.sub("", line))


def _read_smtp(lines: Sequence[str]) -> ServerReply:
    codes: list[int] = []
    enhanced_codes: list[str] = []
    texts: list[str] = []
    for line in _refusing(lines):
        match = _SMTP.match(line)
        text = (match["text"] if match else line).strip()
        if match:
            codes.append(int(match["code"]))
        if enhanced := _ENHANCED.search(text):
            enhanced_codes.append(enhanced["code"])
            if not text[: enhanced.start()].strip("'\"("):
                text = text[enhanced.end() :].strip()
        texts.append(text)
    refusals = [code for code in codes if code >= 400]
    reply_code = next(iter(refusals or codes), None)
    enhanced_code = next(iter(enhanced_codes), None)
    return ServerReply(
        refused=bool(refusals),
        reply_code=reply_code,
        enhanced_code=enhanced_code,
        text=_joined(texts),
        words=" ".join(filter(None, texts)),
        # An enhanced code that stands alone says the same as the reply code before it would.
        temporary=str(reply_code or enhanced_code or "").startswith("4"),
    )


def _refusing(lines: Sequence[str]) -> Sequence[str]:
    """Without the challenges of a log-in and the like, where something is refused after them."""
    codes = [match["code"] if (match := _SMTP.match(line)) else None for line in lines]
    if not any(code and code >= "4" for code in codes):
        return lines
    return [line for line, code in zip(lines, codes, strict=True) if code is None or code >= "4"]


def _joined(texts: Sequence[str]) -> str:
    return " ".join(" ".join(texts).split())
