"""Reads SMTP replies: several lines, reply code (RFC 5321 4.2), enhanced code (RFC 3463)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.classify.server_reply import Reply

# Besides the wire form, what client libraries print: ``535: …``, ``(535, b'…')``.
_LINE = re.compile(r"^\s*\(?(?P<code>[2-5]\d\d)(?:[\s,:-]+(?:b(?=['\"]))?|$)(?P<text>.*)$")
_ENHANCED = re.compile(r"(?<![\d.\w])(?P<code>[245]\.\d{1,3}\.\d{1,3})(?![.\d]|\w)")


@dataclass(frozen=True)
class _Line:
    code: int | None
    enhanced: str | None
    text: str


def read_smtp(lines: Sequence[str]) -> Reply:
    """The facts of one SMTP answer, its ``words`` still with host names in them."""
    parsed = [_read_line(line) for line in lines]
    codes = [line.code for line in parsed if line.code is not None]
    refusals = [code for code in codes if code >= 400]
    return Reply(
        refused=bool(refusals),
        reply_code=next(iter(refusals or codes), None),
        enhanced_code=next((line.enhanced for line in parsed if line.enhanced), None),
        words=" ".join(line.text for line in parsed if line.text),
    )


def _read_line(line: str) -> _Line:
    match = _LINE.match(line)
    code = int(match["code"]) if match else None
    text = match["text"].strip() if match else line.strip()
    enhanced = _ENHANCED.search(text)
    if enhanced is None:
        return _Line(code, None, text)
    if not text[: enhanced.start()].strip("'\"("):
        text = text[enhanced.end() :].strip()
    return _Line(code, enhanced["code"], text)
