"""What a mailbox is called in addresses: a host name's label made of its scenario's id."""

from __future__ import annotations

import hashlib
import re
from typing import Final

DOMAIN: Final = "badinbox.test"
"""Reserved for tests (RFC 6761, 6.2): no name server knows it."""
_LONGEST: Final = 63
"""RFC 1035, 2.3.4."""


def label(scenario_id: str) -> str:
    """Letters, digits and hyphens, two of them before the case; where that is too long for a host
    name, its end is a hash."""
    stem, _, case = scenario_id.lower().partition("[")
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in (stem, case))
    name = "--".join(filter(None, parts))
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(scenario_id.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - 9].rstrip('-')}-{digest}"


def host_name(scenario_id: str) -> str:
    """The name for hosts files; the certificate of the mailbox is valid for it."""
    return f"{label(scenario_id)}.{DOMAIN}"
