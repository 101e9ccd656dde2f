"""What is known of each dialect; what is not is taken from `plain`, and faults from nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fakeservers.dialects.dialect import Side, dialect_names, load_dialect

_STATES: Final = {
    "imap": {"before_tls": "before TLS", "before_login": "over TLS", "after_login": "after log-in"},
    "smtp": {"before_tls": "before TLS", "before_login": "over TLS"},
}
_OPENING: Final = {
    "imap": {"greeting": "greeting"},
    "smtp": {"greeting": "greeting", "ehlo-ok": "first line of EHLO"},
}


def dialect_lines() -> Iterator[str]:
    """A line for each protocol that a dialect speaks."""
    width = max(map(len, dialect_names()))
    yield f"{'dialect':<{width}}  protocol  manners  faults  not known, so taken from plain"
    for name in dialect_names():
        for protocol in _STATES:
            side: Side | None = getattr(load_dialect(name), protocol)
            if side:
                counts = f"{len(side.manners):>7}  {len(side.faults):>6}"
                unknown = ", ".join(_unknown(side, protocol)) or "-"
                yield f"{name:<{width}}  {protocol:<8}  {counts}  {unknown}"


def _unknown(side: Side, protocol: str) -> Iterator[str]:
    for manner, words in _OPENING[protocol].items():
        if manner not in side.manners:
            yield words
    for state, words in _STATES[protocol].items():
        if getattr(side.capabilities, state) is None:
            yield f"list {words}"
