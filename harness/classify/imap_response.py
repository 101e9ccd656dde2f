"""Reads IMAP responses: tagged, untagged and continuation lines (RFC 9051 section 7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.classify.server_reply import Reply

REFUSALS = frozenset({"NO", "BAD", "BYE"})

_STATUS = re.compile(
    r"""^\s*(?:(?P<tag>\*|\+|\{tag\}|[A-Za-z0-9._-]{1,24})\s+)?
        (?P<status>OK|NO|BAD|BYE|PREAUTH)(?=[\s\[]|$)
        \s*(?:\[(?P<code>[A-Za-z][\w.-]*(?:\s[^\]]*)?)\])?
        \s*(?P<text>.*)$""",
    re.VERBOSE,
)
_BARE_CODE = re.compile(r"^\s*\[(?P<code>[A-Z][A-Z0-9-]+(?:\s[^\]]*)?)\]\s*(?P<text>.*)$")
_UNTAGGED = re.compile(r"^\s*(?:\*|\+|\{tag\})\s+")
_DATA = re.compile(
    r"^\s*\*\s+(?:\d+\s+)?(?P<name>CAPABILITY|LIST|LSUB|FLAGS|EXISTS|RECENT|ID|STATUS|NAMESPACE)\b"
    r"(?P<rest>.*)$"
)


@dataclass(frozen=True)
class _Line:
    tagged: bool
    status: str | None
    code: str | None
    text: str
    capabilities: tuple[str, ...] = ()


def read_imap(lines: Sequence[str]) -> Reply:
    """The facts of one IMAP answer, its ``words`` still with host names in them."""
    parsed = [_read_line(line) for line in lines]
    # The tagged line answers the command, so its code comes first.
    ordered = sorted(parsed, key=lambda line: not line.tagged)
    codes = [line.code for line in ordered if line.code and line.status != "PREAUTH"]
    return Reply(
        refused=any(line.status in REFUSALS for line in parsed),
        status=_deciding_status(parsed),
        response_codes=tuple(code.split()[0].upper() for code in codes),
        response_code=codes[0] if codes else None,
        capabilities=tuple(name for line in parsed for name in line.capabilities),
        words=" ".join(line.text for line in parsed if line.text),
    )


def _read_line(line: str) -> _Line:
    data = _DATA.match(line)
    if data:
        names = data["rest"].split() if data["name"] == "CAPABILITY" else []
        return _Line(False, "OK", None, "", tuple(name.upper() for name in names))
    match = _STATUS.match(line)
    if match:
        tagged = match["tag"] not in ("*", "+", None)
        return _Line(tagged, match["status"], _worth_reading(match["code"]), match["text"])
    bare = _BARE_CODE.match(line)
    if bare:
        return _Line(False, None, bare["code"], bare["text"])
    return _Line(False, None, None, _UNTAGGED.sub("", line))


def _worth_reading(code: str | None) -> str | None:
    """A greeting's or an OK's capability list says nothing about a refusal."""
    return None if code is None or code.split()[0].upper() == "CAPABILITY" else code


def _deciding_status(lines: Sequence[_Line]) -> str | None:
    tagged = [line.status for line in lines if line.tagged and line.status]
    untagged = [line.status for line in lines if not line.tagged and line.status]
    refusing = [status for status in untagged if status in REFUSALS]
    choice = tagged or refusing or untagged
    return choice[-1] if choice else None
