"""Cuts what the client sends into command lines and messages, in bounded memory."""

from __future__ import annotations

from typing import Literal

from fakeservers.files.patterns import kept_regex
from fakeservers.wire.connection import Connection

LONGEST_LINE = 12288
"""The longest line that is kept, in bytes with its end: a SASL response (RFC 4954, section 4)."""

_CRLF_DOT = kept_regex(rb"\r\n\.\r\n")
_DOT = kept_regex(rb"\r?\n\.\r?\n")
_LONGEST_END = 5


class Lines:
    """The client's side of the connection. Every read may raise ConnectionClosed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unread = bytearray()

    def drop(self) -> None:
        """Forget what was read ahead: cleartext that came along with STARTTLS is never executed."""
        self._unread.clear()

    @property
    def more_is_there(self) -> bool:
        """Whether more than the last line has come already."""
        return bool(self._unread)

    async def wait(self) -> None:
        """Return when at least one more byte is there."""
        if not self._unread:
            await self._read_on()

    async def _read_on(self) -> None:
        self._unread += await self._connection.read()

    async def line(self) -> bytes | None:
        """The next line with its end, LF or CRLF; None for one longer than LONGEST_LINE, which is
        read to its end and dropped."""
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0 and searched <= LONGEST_LINE:
            searched = len(self._unread)
            await self._read_on()
        if not 0 <= end < LONGEST_LINE:
            await self._skip_line()
            return None
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return line

    async def _skip_line(self) -> None:
        while True:
            _, end, self._unread = self._unread.partition(b"\n")
            if end:
                return
            await self.wait()

    async def octets(self, size: int) -> bytes:
        """Exactly so many bytes, whatever they are."""
        while len(self._unread) < size:
            await self._read_on()
        content = bytes(self._unread[:size])
        del self._unread[:size]
        return content

    async def skip(self, size: int) -> None:
        """Drop so many bytes, in bounded memory."""
        while size > 0:
            await self.wait()
            size -= len(dropped := self._unread[:size])
            del self._unread[: len(dropped)]

    async def message(
        self, limit: int, line_ends: Literal["crlf", "any-line-end", "as-first-line"] = "crlf"
    ) -> bytes | None:
        """What follows 354, up to the dot on a line of its own, dots unstuffed (RFC 5321, 4.5.2).

        `line_ends`: see `SmtpBehaviour.end_of_data`. By CRLF only, lines that end in a bare LF are
        content, also when they are one dot; else they come out with CRLF.
        None for a message of more than `limit` bytes; it is read to its end all the same.
        """
        data = bytearray(b"\r\n")  # the end of the DATA line: `.` may come at once
        ending = _DOT if line_ends == "any-line-end" else _CRLF_DOT
        first_line = line_ends == "as-first-line"
        too_large = False
        while True:
            await self.wait()
            searched = max(0, len(data) - _LONGEST_END + 1)
            data += self._unread
            self._unread.clear()
            if first_line and (at := data.find(b"\n", 2)) >= 0:
                ending, first_line = ending if data[at - 1 : at] == b"\r" else _DOT, False
            if found := ending.search(data, searched):
                break
            if len(data) > 2 * limit + _LONGEST_END:  # stuffing at most doubles a message
                too_large = True
                del data[:-_LONGEST_END]
        self._unread += data[found.end() :]
        if too_large:
            return None
        del data[found.start() :]
        content = bytes(data) + b"\r\n"
        await self._connection.turns.work(on_bytes=len(content))
        if ending is _DOT:
            content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            await self._connection.turns.work(on_bytes=len(content))
        content = content.replace(b"\r\n.", b"\r\n")[2:]
        return None if len(content) > limit else content
