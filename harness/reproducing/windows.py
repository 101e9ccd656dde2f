"""The parts of a log that are worth reading. Memory stays flat whatever the size.

A small log is read whole; of a large one the last places count at which a server seems to refuse
something, each with what stands around it: a file is read from its end, what comes through a pipe
once and to its end. Looking for the places must be cheap, so it is done on bytes, by patterns that
begin with one character; nothing is copied until one is found.
"""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

from fakeservers.files.patterns import kept_regex

CHUNK_BYTES: Final = 1 << 19
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
    kept_regex(rb"5[0-5]\d[ ,-]" + _BEHIND.replace(b"%d", b"5")),
    kept_regex(rb"4[2-5]\d[ ,-]" + _BEHIND.replace(b"%d", b"4")),
    kept_regex(rb"B(?<= B)(?:AD|YE) "),
    kept_regex(rb"NO (?<= NO )"),
    kept_regex(
        rb"f(?:ailed(?:(?<=auth failed)|(?<=ertificate verify failed))|used(?<=onnection refused))"
    ),
)
_BOMS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Window(NamedTuple):
    """A part of a log, and how many lines stand before it."""

    data: bytes
    lines_before: int = 0


def windows(stream: BinaryIO) -> Iterator[Window]:
    """The parts of a log that are worth reading, the last first; all of it if it is small."""
    size = _size(stream)
    return _from_the_end(stream, size) if size > WHOLE_BYTES else _from_the_beginning(stream)


def _size(stream: BinaryIO) -> int:
    """In bytes, of a log that can be read at any place and as it is; else 0."""
    if not stream.seekable() or stream.tell():
        return 0
    encoded = stream.read(2) in _BOMS
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return 0 if encoded else size


def _from_the_end(stream: BinaryIO, size: int) -> Iterator[Window]:
    """No more is read than is asked for: the last place decides most often."""
    found, following = 0, b""
    for start in range((size - 1) // CHUNK_BYTES * CHUNK_BYTES, -1, -CHUNK_BYTES):
        chunk = _part(stream, start, min(start + CHUNK_BYTES, size))
        if (place := _last_refusal(chunk, following)) is not None:
            begin = max(0, start + place - BEFORE_BYTES)
            yield _numbered(stream, begin, min(start + place + AFTER_BYTES, size))
            found += 1
            if found == KEPT:
                return
        following = chunk[:_CUT_BYTES]
    if not found:
        yield _numbered(stream, size - BEFORE_BYTES, size)


def _part(stream: BinaryIO, start: int, end: int) -> bytes:
    stream.seek(start)
    return stream.read(end - start)


def _numbered(stream: BinaryIO, start: int, end: int) -> Window:
    """A part, with the lines before it."""
    before = range(0, start, CHUNK_BYTES)
    lines = sum(_part(stream, at, min(at + CHUNK_BYTES, start)).count(b"\n") for at in before)
    return Window(_part(stream, start, end), lines)


def _from_the_beginning(stream: BinaryIO) -> Iterator[Window]:
    chunks = _chunks(stream)
    head: list[bytes] = []
    for chunk in chunks:
        head.append(chunk)
        if sum(map(len, head)) > WHOLE_BYTES:
            yield from _places(chain(head, chunks))
            return
    if head:
        yield Window(b"".join(head))


def _places(chunks: Iterator[bytes]) -> Iterator[Window]:
    kept: deque[Window] = deque(maxlen=KEPT)
    before, chunk, lines = b"", next(chunks), 0
    while chunk:
        following = next(chunks, b"")
        if (place := _last_refusal(chunk, following[:_CUT_BYTES])) is not None:
            kept.append(_around(before, chunk, following, place, lines))
        lines += chunk.count(b"\n")
        before = chunk if len(chunk) >= BEFORE_BYTES else (before + chunk)[-BEFORE_BYTES:]
        chunk = following
    if not kept:
        ending = before[-BEFORE_BYTES:]
        kept.append(Window(ending, lines - ending.count(b"\n")))
    return reversed(kept)


def _around(before: bytes, chunk: bytes, following: bytes, place: int, lines: int) -> Window:
    """`lines`: how many stand before the chunk."""
    start = max(place - BEFORE_BYTES, -len(before))
    lead = before[start:] if start < 0 else b""
    room = place + AFTER_BYTES - len(chunk)
    data = lead + chunk[max(0, start) : place + AFTER_BYTES] + following[: max(0, room)]
    skipped = chunk.count(b"\n", 0, max(0, start)) - lead.count(b"\n")
    return Window(data, lines + skipped)


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
