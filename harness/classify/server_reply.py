"""A server's answer, taken apart into facts. What the facts mean is said by the rules."""

from __future__ import annotations

from dataclasses import dataclass

# RFC 5530: response codes of a state that may pass without anybody changing anything; TEMPFAIL is
# what Yahoo and WildDuck say instead.
TEMPORARY_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "TEMPFAIL"})


@dataclass(frozen=True)
class Reply:
    """An IMAP response or an SMTP reply, all its lines together.

    - ``lines``: decoded as well as possible, for reading.
    - ``refused``: some line says no (NO, BAD, BYE; 4yz, 5yz).
    - ``status``: IMAP, the tagged status, else the last untagged one that refuses.
    - ``response_codes``: IMAP, of all lines, the tagged line's first; upper case, no arguments.
    - ``response_code``: the first of them with its arguments, as received.
    - ``reply_code``, ``enhanced_code``: SMTP (RFC 5321 4.2, RFC 3463).
    - ``capabilities``: IMAP, from untagged CAPABILITY lines.
    - ``words``: all human text, each reading on its own line (see ``text.searchable``); host names,
      addresses and URLs are replaced by marks.
    - ``urls``: the URLs, in order, with a space between them.
    """

    lines: tuple[str, ...] = ()
    refused: bool = False
    status: str | None = None
    response_codes: tuple[str, ...] = ()
    response_code: str | None = None
    reply_code: int | None = None
    enhanced_code: str | None = None
    capabilities: tuple[str, ...] = ()
    words: str = ""
    urls: str = ""

    @property
    def temporary(self) -> bool:
        """The server itself marks this refusal as one that may pass."""
        if self.reply_code is not None:
            return 400 <= self.reply_code < 500
        return any(code in TEMPORARY_CODES for code in self.response_codes)
