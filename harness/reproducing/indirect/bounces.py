"""What a delivery status notification says where it quotes no server: the status of a recipient,
and the words of the mail server that wrote it (RFC 3464, 2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from fakeservers.files.patterns import kept_regex

_FIELD: Final = kept_regex(r"[\s>`]*(?P<name>Action|Status|Diagnostic-Code):\s*(?P<value>.*)")
_REFUSED: Final = kept_regex(r"(?:failed|delayed)\b", re.IGNORECASE)
_STATUS: Final = kept_regex(r"[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
_OWN: Final = kept_regex(r"(?!smtp\b)[\w.-]+\s*;\s*(?P<words>.*)", re.IGNORECASE)
"""A diagnostic code that is none of SMTP, as Postfix's `X-Postfix; unknown user`."""


class Bounce(NamedTuple):
    """Why a message was not delivered: `status` and `words` as they stand; no words: none are
    told. `number`: the line of the status."""

    number: int
    status: str
    words: str

    @property
    def text(self) -> str:
        return f"{self.status} {self.words}"


def read_bounces(lines: Sequence[str]) -> Iterator[Bounce]:
    """Of each recipient that is said to be refused, or to wait."""
    refused, found = False, None
    for number, line in enumerate(lines, start=1):
        if not (field := _FIELD.match(line)):
            continue
        name, value = field["name"], field["value"]
        if name == "Action":
            if found:
                yield found
            refused, found = bool(_REFUSED.match(value)), None
        elif name == "Status" and refused and (status := _STATUS.match(value)):
            found = Bounce(number, status[0], "")
        elif name == "Diagnostic-Code" and found and (own := _OWN.match(value)):
            found = found._replace(words=own["words"])
    if found:
        yield found
