"""A server's answer, taken apart into facts. What the facts mean is said by the rules.

IMAP: tagged, untagged and continuation lines (RFC 9051 section 7). SMTP: several lines, reply code
(RFC 5321 section 4.2), enhanced code (RFC 3463).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from harness.classify.wording import decodings, searchable, urls_in
from harness.taxonomy import Protocol

# RFC 5530: response codes of a state that may pass without anybody changing anything; TEMPFAIL is
# what Yahoo and WildDuck say instead.
_TEMPORARY: Final = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "TEMPFAIL"})
_REFUSALS: Final = frozenset({"NO", "BAD", "BYE"})
_STATUS: Final = re.compile(
    r"""^\s*(?:(?P<tag>\*|\+|\{tag\}|[A-Za-z0-9._-]{1,24})\s+)?
        (?P<status>OK|NO|BAD|BYE|PREAUTH)(?=[\s\[]|$)
        \s*(?:\[(?P<code>[A-Za-z][\w.-]*(?:\s[^\]]*)?)\])?
        \s*(?P<text>.*)$""",
    re.VERBOSE,
)
# RFC 9051 section 9: keywords are read in any case; a word in a sentence, without a tag, is none.
_STATUS_IN_ANY_CASE: Final = re.compile(
    r"^(\s*(?:\*|\{tag\}|[A-Za-z]{0,16}\d[\w.-]{0,8})\s+)(ok|no|bad|bye|preauth)(?=\s*\[|\s|$)",
    re.IGNORECASE,
)
_BARE_CODE: Final = re.compile(r"^\s*\[(?P<code>[A-Z][A-Z0-9-]+(?:\s[^\]]*)?)\]\s*(?P<text>.*)$")
_UNTAGGED: Final = re.compile(r"^\s*(?:\*|\+|\{tag\})\s+")
_DATA: Final = re.compile(
    r"^\s*\*\s+(?:\d+\s+)?(?P<name>CAPABILITY|LIST|LSUB|FLAGS|EXISTS|RECENT|ID|STATUS|NAMESPACE)\b"
    r"(?P<rest>.*)$"
)
# Besides the wire form, what client libraries print: ``535: …``, ``(535, b'…')``.
_SMTP: Final = re.compile(r"^\s*\(?(?P<code>[2-5]\d\d)(?:[\s,:-]+(?:b(?=['\"]))?|$)(?P<text>.*)$")
_ENHANCED: Final = re.compile(r"(?<![\d.\w])(?P<code>[245]\.\d{1,3}\.\d{1,3})(?![.\d]|\w)")


@dataclass(frozen=True)
class ServerReply:
    """An IMAP response or an SMTP reply, all its lines together.

    - ``lines``: decoded as well as possible, for reading.
    - ``refused``: some line says no (NO, BAD, BYE; 4yz, 5yz).
    - ``status``: IMAP, the tagged status, else the last untagged one that refuses.
    - ``response_codes``: IMAP, of all lines, the tagged line's first; upper case, no arguments.
    - ``response_code``: the first of them with its arguments, as received.
    - ``reply_code``, ``enhanced_code``: SMTP (RFC 5321 4.2, RFC 3463).
    - ``capabilities``: IMAP, from untagged CAPABILITY lines.
    - ``text``: the human text of what refuses, if anything does, in its most readable reading, as
      received, with single spaces.
    - ``words``: all human text, each reading on its own line (see ``wording.searchable``); host
      names, addresses and URLs are replaced by marks.
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

    @property
    def temporary(self) -> bool:
        """The server itself marks this refusal as one that may pass."""
        if self.reply_code is not None:
            return 400 <= self.reply_code < 500
        if self.enhanced_code is not None:  # without its code, which says the same
            return self.enhanced_code.startswith("4")
        return any(code in _TEMPORARY for code in self.response_codes)


def read_reply(protocol: Protocol, lines: tuple[bytes, ...]) -> ServerReply:
    """Take the lines of one answer apart. Never raises, whatever the bytes are."""
    readings = decodings([line.rstrip(b"\r\n") for line in lines if line.strip()])
    replies = [take_apart(protocol, reading) for reading in readings]
    return replace(
        replies[0],
        lines=tuple(readings[0]),
        words=searchable(reply.words for reply in replies),
        urls=urls_in(" ".join(readings[0])),
    )


def take_apart(protocol: Protocol, lines: Sequence[str]) -> ServerReply:
    """The codes and the text of decoded lines; ``words`` still has names in it."""
    return _read_imap(lines) if protocol == "imap" else _read_smtp(lines)


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
        words=" ".join(line.text for line in parsed if line.text),
    )


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
    return ServerReply(
        refused=bool(refusals),
        reply_code=next(iter(refusals or codes), None),
        enhanced_code=next(iter(enhanced_codes), None),
        text=_joined(texts),
        words=" ".join(filter(None, texts)),
    )


def _refusing(lines: Sequence[str]) -> Sequence[str]:
    """Without the challenges of a log-in and the like, where something is refused after them."""
    codes = [match["code"] if (match := _SMTP.match(line)) else None for line in lines]
    if not any(code and code >= "4" for code in codes):
        return lines
    return [line for line, code in zip(lines, codes, strict=True) if code is None or code >= "4"]


def _joined(texts: Sequence[str]) -> str:
    return " ".join(" ".join(texts).split())
