"""From the bytes of a log to the dialogues in it.

`windows`: memory stays flat whatever the size. A small log is read whole; of a large one the last
places are kept at which a server seems to refuse something, each with what stands around it.
Looking for them must be cheap, so it is done on bytes, by fixed words from the end, and by patterns
that begin with one digit. `lines_of`: without colours, whatever the encodings and line ends are.
`read`: which shape the log has is found out, then it is read so.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from harness.classify.wording import decode
from harness.reproducing.dialogue import Dialogue, Utterance, dialogues
from harness.reproducing.forms.leads import numbered
from harness.reproducing.forms.normal import as_recognised, as_written
from harness.reproducing.forms.quoted import read_known, read_quoted
from harness.reproducing.forms.reading import best_reading

CHUNK_BYTES: Final = 1 << 20
WHOLE_BYTES: Final = 4 << 20
"""Up to this size a log is read whole."""
BEFORE_BYTES: Final = 256 << 10
AFTER_BYTES: Final = 16 << 10
KEPT: Final = 4
"""How many places are kept, in case the last ones turn out to be nothing."""

_STRIDE: Final = 128 << 10
_BEHIND: Final = (
    rb"(?:(?=[A-Za-z<'\"( %d])(?:(?<=[^\w\s./-] %d..[ -])|(?<=[\n\r'\"(m>]%d..[ ,-]))"
    rb"|(?=%d\.\d)(?<= %d..[ -]))"
)
"""After a code: what stands behind it, and before it a mark, the beginning of a line or of a
quotation; after a word, only with an enhanced code. The digit comes first, so that looking for it
is fast."""
_CODES: Final = tuple(
    re.compile(code + _BEHIND.replace(b"%d", code[:1]))
    for code in (rb"5[0-5]\d[ ,-]", rb"4[2-5]\d[ ,-]")
)
_STATUS: Final = re.compile(rb"B(?<= B)(?:AD|YE) ")
_WORDS: Final = (b" NO ", b"auth failed", b"onnection refused", b"ertificate verify failed")
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
        before = (before if cut < BEFORE_BYTES else b"") + chunk[max(0, cut - BEFORE_BYTES) : cut]
        before = before[-BEFORE_BYTES:]
        chunk = chunk[cut:] + following if following else b""
    return list(reversed(kept)) or [before]


def _around(before: bytes, chunk: bytes, following: bytes, place: int) -> bytes:
    start = place - BEFORE_BYTES
    lead = before[start:] if start < 0 else b""
    room = place + AFTER_BYTES - len(chunk)
    return lead + chunk[max(0, start) : place + AFTER_BYTES] + following[: max(0, room)]


def _last_refusal(chunk: bytes) -> int | None:
    """Where a server seems to refuse something for the last time. Most chunks have nothing, so it
    is asked first whether there is anything."""
    patterns = [each for each in (*_CODES, _STATUS) if each.search(chunk)]
    words = [each for each in _WORDS if each in chunk]
    for start in range((len(chunk) - 1) // _STRIDE * _STRIDE, -1, -_STRIDE):
        end = start + _STRIDE + 8
        found = [m.start() for each in patterns for m in each.finditer(chunk, start, end)]
        found += [place for word in words if (place := chunk.rfind(word, start, end)) >= 0]
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


LONGEST_LINE: Final = 16_384
"""In bytes. What is longer is cut: no server's answer is."""

_COLOURS: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])"
)
_LINE_END: Final = re.compile(rb"\r*\n|\r")
_MOST_STRANGE: Final = 10
"""One character in so many may be none that is printed; in noise it is every third."""
_CONTROL: Final = {code: None for code in range(32) if code not in (1, 9)}
"""All control characters but the tab, and the one that parts the fields of an OAuth response."""


def lines_of(data: bytes) -> list[str]:
    """The lines of a part of a log, each decoded by itself. What is no text is left empty."""
    lines = (line[:LONGEST_LINE] for line in _LINE_END.split(_COLOURS.sub(b"", data)))
    return [_text(decode(line)) for line in lines]


def _text(line: str) -> str:
    if line.isprintable():
        return line
    strange = sum(not char.isprintable() for char in line) - line.count("\t") - line.count("\0")
    return "" if strange * _MOST_STRANGE > len(line) else line.translate(_CONTROL)


MOST_LINES: Final = 60_000
"""The last lines of a part are read, no more."""


@dataclass(frozen=True)
class Material:
    """What a log, or a part of one, says.

    `shape`: its form, for people. `quoted`: replies and happenings that messages quote, without the
    dialogue around them. `text`: as it was pasted; `written`: as the program wrote it, the numbers
    of what was said being those of its lines.
    """

    shape: str
    dialogues: list[Dialogue]
    quoted: list[Utterance]
    text: str
    written: str = ""

    @property
    def whole(self) -> str:
        """The text both ways: where secrets are looked for."""
        return self.text if self.text == self.written else f"{self.text}\n{self.written}"


PICTURE: Final = "text read off a picture"


def read(lines: Sequence[str]) -> Material:
    """Read a part of a log: as it is, else as the program wrote it that somebody pasted, else as
    what a machine may have misread."""
    lines = list(lines[-MOST_LINES:])
    written = as_written(lines)
    attempts = [_attempt(lines, lines)]
    if written != lines:
        attempts.append(_attempt(written, lines))
    sense, found = max(reversed(attempts), key=lambda each: each[0])
    if not sense and not found.quoted:
        found = attempts[-1][1]
        recognised = as_recognised(written)
        again = _attempt(recognised, lines)[1] if recognised != written else found
        if any(each.direction == "S" for each in (*_said(again), *again.quoted)):
            return replace(again, shape=PICTURE)
        return replace(found, quoted=read_known(numbered(found.written.split("\n"))))
    return found


def _attempt(lines: list[str], pasted: list[str]) -> tuple[int, Material]:
    found = numbered(lines)
    reading = best_reading(found)
    claimed = {each.number for each in reading.said if each.direction != "*"}
    rest = read_quoted(line for line in found if line.number not in claimed)
    text, written = "\n".join(pasted), "\n".join(lines)
    return reading.sense, Material(reading.name, dialogues(reading.said), rest, text, written)


def _said(material: Material) -> list[Utterance]:
    return [line for dialogue in material.dialogues for line in dialogue.said]
