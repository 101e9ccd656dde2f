"""The parts of a log that are worth reading. Memory stays flat whatever the size.

A small log is read whole; of a large one the last places are kept at which a server seems to refuse
something, each with what stands around it. Looking for them must be cheap, so it is done on bytes,
by patterns that begin with one character; nothing is copied until one is found, and lines are
counted only where somebody will ask for them.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

CHUNK_BYTES: Final = 1 << 20
WHOLE_BYTES: Final = 4 << 20
"""Up to this size a log is read whole."""
BEFORE_BYTES: Final = 256 << 10
AFTER_BYTES: Final = 16 << 10
KEPT: Final = 4
"""How many places are kept, in case the last ones turn out to be nothing."""

_STRIDE: Final = 128 << 10
_CUT_BYTES: Final = 256
"""As much of two chunks is looked at together: a refusal may be cut in two."""
_BEHIND: Final = (
    rb"(?:(?=[A-Za-z<'\"( %d])(?:(?<=[^\w\s./-] %d..[ -])|(?<=[\n\r'\"(m>]%d..[ ,-]))"
    rb"|(?=%d\.\d)(?<= %d..[ -]))"
)
"""After a code: what stands behind it, and before it a mark, the beginning of a line or of a
quotation; after a word, only with an enhanced code. The digit comes first, so that looking for it
is fast."""
_REFUSALS: Final = (
    re.compile(rb"5[0-5]\d[ ,-]" + _BEHIND.replace(b"%d", b"5")),
    re.compile(rb"4[2-5]\d[ ,-]" + _BEHIND.replace(b"%d", b"4")),
    re.compile(rb"B(?<= B)(?:AD|YE) "),
    re.compile(rb"NO (?<= NO )"),
    re.compile(
        rb"f(?:ailed(?:(?<=auth failed)|(?<=ertificate verify failed))|used(?<=onnection refused))"
    ),
)
_BOMS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Window(NamedTuple):
    """A part of a log, and how many lines stand before it."""

    data: bytes
    lines_before: int = 0


def windows(stream: BinaryIO) -> list[Window]:
    """The parts of a log that are worth reading, the last first; all of it if it is small."""
    chunks = _chunks(stream)
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) > WHOLE_BYTES:
            return _places(bytes(head), chunks, stream)
    return [Window(bytes(head))] if head else []


def _places(head: bytes, chunks: Iterator[bytes], stream: BinaryIO) -> list[Window]:
    again = _can_be_read_again(stream)
    kept: deque[tuple[int, Window]] = deque(maxlen=KEPT)
    before, chunk, offset, lines = b"", head, 0, 0
    while chunk:
        following = next(chunks, b"")
        if (place := _last_refusal(chunk, following[:_CUT_BYTES])) is not None:
            start, window = _around(before, chunk, following, place, lines)
            kept.append((offset + start, window))
        lines += 0 if again else chunk.count(b"\n")
        offset += len(chunk)
        before = chunk if len(chunk) >= BEFORE_BYTES else (before + chunk)[-BEFORE_BYTES:]
        chunk = following
    if not kept:
        ending = before[-BEFORE_BYTES:]
        kept.append((offset - len(ending), Window(ending, lines - ending.count(b"\n"))))
    return list(reversed(list(_numbered(stream, kept)) if again else [each for _, each in kept]))


def _can_be_read_again(stream: BinaryIO) -> bool:
    """Whether the lines may be counted afterwards: those before the places that were kept."""
    if not stream.seekable():
        return False
    place = stream.tell()
    stream.seek(0)
    begin = stream.read(2)
    stream.seek(place)
    return begin not in _BOMS


def _numbered(stream: BinaryIO, kept: Iterable[tuple[int, Window]]) -> Iterator[Window]:
    """The windows, which begin at these places in the order of the log, with their lines."""
    stream.seek(0)
    at = lines = 0
    for start, window in kept:
        while at < start and (chunk := stream.read(min(CHUNK_BYTES, start - at))):
            lines += chunk.count(b"\n")
            at += len(chunk)
        yield window._replace(lines_before=lines)


def _around(
    before: bytes, chunk: bytes, following: bytes, place: int, lines: int
) -> tuple[int, Window]:
    """And where it begins, from the beginning of the chunk. `lines`: how many stand before that."""
    start = max(place - BEFORE_BYTES, -len(before))
    lead = before[start:] if start < 0 else b""
    room = place + AFTER_BYTES - len(chunk)
    data = lead + chunk[max(0, start) : place + AFTER_BYTES] + following[: max(0, room)]
    skipped = chunk.count(b"\n", 0, max(0, start)) - lead.count(b"\n")
    return start, Window(data, lines + skipped)


def _last_refusal(chunk: bytes, following: bytes) -> int | None:
    """Where a server seems to refuse something for the last time; it may begin in this chunk and
    go on in the next. Most chunks have nothing, so it is asked first whether there is anything."""
    seam = chunk[-_CUT_BYTES:]
    if (place := _last_in(seam + following)) is not None and place < len(seam):
        return len(chunk) - len(seam) + place
    return _last_in(chunk)


def _last_in(chunk: bytes) -> int | None:
    # To look for one byte costs a fifth of what a pattern that begins with it does.
    patterns = [each for each in _REFUSALS if each.pattern[:1] in chunk and each.search(chunk)]
    if not patterns:
        return None
    for start in range((len(chunk) - 1) // _STRIDE * _STRIDE, -1, -_STRIDE):
        end = start + _STRIDE + 8
        found = [m.start() for each in patterns for m in each.finditer(chunk, start, end)]
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
