"""From a stream of bytes to the parts of it worth reading: memory stays flat whatever its size.

A small log is read whole. Of a large one the last places are kept at which a server seems to refuse
something, each with what stands around it. Looking for them must be cheap, so it is done on bytes,
by fixed words from the end, and by patterns that begin with one digit.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final

CHUNK_BYTES: Final = 1 << 20
WHOLE_BYTES: Final = 4 << 20
"""Up to this size a log is read whole."""
BEFORE_BYTES: Final = 256 << 10
AFTER_BYTES: Final = 64 << 10
KEPT: Final = 4
"""How many places are kept, in case the last ones turn out to be nothing."""

_STRIDE: Final = 128 << 10
_BEFORE_CODE: Final = rb"(?:(?<=[^\w\s] %b)|(?<=[\n\r'\"(m]%b)|(?<= %b)(?=\d\d[ -]%b\.\d))"
"""A mark or the beginning of a line or of a quotation; after a word, only with an enhanced code."""
_CODES: Final = (
    re.compile(b"5" + _BEFORE_CODE.replace(b"%b", b"5") + rb"[0-5]\d(?:[ -]|, )"),
    re.compile(b"4" + _BEFORE_CODE.replace(b"%b", b"4") + rb"[2-5]\d(?:[ -]|, )"),
)
_WORDS: Final = (
    *(b" NO ", b" BAD ", b" BYE ", b"auth failed", b"onnection refused"),
    *(b"ertificate verify failed", b"ertificate problem"),
)
_BOMS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def windows(stream: BinaryIO) -> list[bytes]:
    """The parts of a log that are worth reading, the last first; all of it if it is small."""
    chunks = _chunks(stream)
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) > WHOLE_BYTES:
            return _places(bytes(head), chunks)
    return [bytes(head)] if head else []


def _places(head: bytes, chunks: Iterator[bytes]) -> list[bytes]:
    kept: deque[bytes] = deque(maxlen=KEPT)
    before, chunk = b"", head
    while chunk:
        following = next(chunks, b"")
        if (place := _last_refusal(chunk)) is not None:
            kept.append(_around(before, chunk, following, place))
        # A refusal may be cut in two: the last line is looked at again with what follows.
        cut = max(chunk.rfind(b"\n") + 1, len(chunk) - _STRIDE)
        before = (before + chunk[:cut])[-BEFORE_BYTES:]
        chunk = chunk[cut:] + following if following else b""
    return list(reversed(kept)) or [before]


def _around(before: bytes, chunk: bytes, following: bytes, place: int) -> bytes:
    start = place - BEFORE_BYTES
    lead = before[start:] if start < 0 else b""
    room = place + AFTER_BYTES - len(chunk)
    return lead + chunk[max(0, start) : place + AFTER_BYTES] + following[: max(0, room)]


def _last_refusal(chunk: bytes) -> int | None:
    """Where a server seems to refuse something for the last time."""
    for start in range((len(chunk) - 1) // _STRIDE * _STRIDE, -1, -_STRIDE):
        end = start + _STRIDE + 8
        found = [m.start() for code in _CODES for m in code.finditer(chunk, start, end)]
        found += [place for word in _WORDS if (place := chunk.rfind(word, start, end)) >= 0]
        if found:
            return max(found)
    return None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces; UTF-16, which Windows writes, as UTF-8."""
    first = stream.read(CHUNK_BYTES)
    encoding = _BOMS.get(first[:2])
    if encoding is None:
        while first:
            yield first
            first = stream.read(CHUNK_BYTES)
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    piece = first[2:]
    while piece:
        yield decoder.decode(piece).encode("utf-8", "replace")
        piece = stream.read(CHUNK_BYTES)
