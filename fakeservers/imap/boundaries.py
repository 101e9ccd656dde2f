"""Where a message and its parts begin and end: found, never guessed at, so that the time it takes
grows with the size and no more."""

from __future__ import annotations

from fakeservers.files.patterns import kept_regex

MOST_PARTS = 1000
"""How many parts are looked at."""
_REST_OF_DELIMITER = kept_regex(rb"(--)?[ \t]*+(?:\r?\n|\Z)")


def header_end(content: bytes) -> int:
    """Where the body begins: behind the first empty line."""
    for empty in (b"\n", b"\r\n"):
        if content.startswith(empty):
            return len(empty)
    ends = [(content.find(mark), len(mark)) for mark in (b"\n\n", b"\n\r\n")]
    return min((at + size for at, size in ends if at >= 0), default=len(content))


def pieces_of(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the lines that are the boundary, up to the one that ends it
    (RFC 2046, 5.1.1). The line end before a boundary belongs to it."""
    mark = b"--" + boundary
    pieces: list[bytes] = []
    begin = -1
    at = 0 if body.startswith(mark) else _next(body, mark, 0)
    for _ in range(MOST_PARTS):
        if at < 0:
            break
        if rest := _REST_OF_DELIMITER.match(body, at + len(mark)):
            if begin >= 0:
                pieces.append(body[begin : _before_line_end(body, begin, at)])
            begin = rest.end()
            if rest[1]:
                return pieces
        at = _next(body, mark, max(at, begin - 1))
    return pieces if begin < 0 else [*pieces, body[begin:]]


def _next(body: bytes, mark: bytes, start: int) -> int:
    """Where the next line begins that begins so; -1: nowhere."""
    found = body.find(b"\n" + mark, start)
    return found + 1 if found >= 0 else -1


def _before_line_end(body: bytes, begin: int, end: int) -> int:
    """Where the line end before `end` begins, but not before `begin`."""
    size = 2 if body[max(begin, end - 2) : end] == b"\r\n" else 1
    return max(begin, end - size)
