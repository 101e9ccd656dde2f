"""What a product requires of servers beyond the protocols: warnings, never errors.

Requirements change over the years, so they are data, one profile for each version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Requirements:
    """``unsupported``: warning by what servers call themselves. ``tls_versions``: those listed."""

    unsupported: dict[str, re.Pattern[bytes]]
    tls_versions: frozenset[str] | None = None

    def warnings(self, own_words: Iterable[bytes], tls_version: str | None) -> Iterator[str]:
        """What a server that says so of itself and speaks this version is to be warned about."""
        words = b"\n".join(own_words)
        yield from (name for name, pattern in self.unsupported.items() if pattern.search(words))
        if self.tls_versions and tls_version and tls_version not in self.tls_versions:
            yield "tls-version-not-listed"


_COURIER: Final = {"courier-imap-not-supported": re.compile(rb"Courier-IMAP", re.IGNORECASE)}

PROFILES: Final[dict[str, Requirements]] = {
    "current": Requirements(_COURIER),
    # https://knowledge.hubspot.com/connected-email/technical-requirements-for-connecting-your-inbox-to-hubspot-with-imap
    "hubspot-2024-01": Requirements(_COURIER, frozenset({"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"})),
}
