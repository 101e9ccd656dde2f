"""Strings and mailbox names on the wire (RFC 3501, sections 4.3 and 5.1.3)."""

from __future__ import annotations

import base64
import re

from fakeservers.files.patterns import kept_regex

_PLAIN = kept_regex(r"[\x20-\x7e]+|[^\x20-\x7e]+")
LONGEST_NAME_BYTES = 8000
"""The longest name that is read, in modified UTF-7."""
_SHIFTED = kept_regex(r"&([^&-]*)-")
ASTRING = kept_regex(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
"""What needs no quotes."""


def quoted(text: bytes) -> bytes:
    """A string: quoted where that is possible, else a literal."""
    if len(text) > 1000 or re.search(rb"[\x00\r\n\x80-\xff]", text):
        return literal(text)
    return b'"' + re.sub(rb'(["\\])', rb"\\\1", text) + b'"'


def astring(text: bytes) -> bytes:
    """A string: bare where that is possible, else quoted or a literal."""
    return text if ASTRING.fullmatch(text) else quoted(text)


def literal(data: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(data), data)


def encode_name(name: str) -> bytes:
    """A mailbox name in modified UTF-7."""

    def written(run: str) -> str:
        if " " <= run[0] <= "~":
            return run.replace("&", "&-")
        coded = base64.b64encode(run.encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
        return "&" + coded.replace("/", ",") + "-"

    return "".join(written(run) for run in _PLAIN.findall(name)).encode("ascii")


def decode_name(wire: bytes) -> str:
    """A mailbox name from the wire.

    Raises:
        ValueError: the bytes are not modified UTF-7, or spell a name in more than the one way; or
            they are more than any name has.
    """
    if len(wire) > LONGEST_NAME_BYTES:
        raise ValueError("longer than any name")

    def read(shifted: re.Match[str]) -> str:
        if not shifted[1]:
            return "&"
        coded = shifted[1].replace(",", "/")
        return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode("utf-16-be")

    name = _SHIFTED.sub(read, wire.decode("ascii"))
    if encode_name(name) != wire:
        raise ValueError("not modified UTF-7")
    return name
