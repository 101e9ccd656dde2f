"""Mailbox names on the wire: IMAP's modified UTF-7 (RFC 3501, section 5.1.3)."""

from __future__ import annotations

import base64
import binascii
import re

_PLAIN = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]+")
_SHIFTED = re.compile(r"&([^-]*)-")


def encode_name(name: str) -> bytes:
    """A mailbox name as it goes on the wire."""

    def written(run: str) -> str:
        if " " <= run[0] <= "~":
            return run.replace("&", "&-")
        coded = base64.b64encode(run.encode("utf-16-be", "surrogatepass")).decode().rstrip("=")
        return "&" + coded.replace("/", ",") + "-"

    return "".join(written(run) for run in _PLAIN.findall(name)).encode("ascii")


def decode_name(wire: bytes) -> str:
    """A mailbox name from the wire.

    Raises:
        ValueError: the bytes are not modified UTF-7, or spell a name in more than the one way.
    """

    def read(shifted: re.Match[str]) -> str:
        if not shifted[1]:
            return "&"
        coded = shifted[1].replace(",", "/")
        try:
            units = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
        except binascii.Error:
            raise ValueError("not modified UTF-7") from None
        return units.decode("utf-16-be")

    name = _SHIFTED.sub(read, wire.decode("ascii"))
    if encode_name(name) != wire:
        raise ValueError("not modified UTF-7")
    return name
