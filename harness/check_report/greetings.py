"""Which provider a mailbox is with, by how its server greets."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from fakeservers.dialects.dialect import Dialect, dialect_names, load_dialect
from fakeservers.dialects.template import PLACEHOLDERS
from harness.taxonomy import Protocol

_TELLING: Final = 3
"""Letters that a greeting must have of its own, without what servers say in general."""
_GENERAL: Final = re.compile(
    r"\{\w+\}|\b(OK|CAPABILITY|E?SMTP|IMAP\w*|mail|server|service|is|the|at|ready|welcome)\b",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(rf"\\\{{({'|'.join(PLACEHOLDERS)})\\\}}")


def that_greets(protocol: Protocol, line: str) -> Dialect | None:
    """The dialect with this greeting; None: none, or several that differ for customers."""
    fitting = [each for each in _greetings(protocol) if each[1].fullmatch(line.strip())]
    most = max((letters for letters, _, _ in fitting), default=0)
    best = [load_dialect(name) for letters, _, name in fitting if letters == most]
    if len({dialect.help.get("use-app-password", dialect.name) for dialect in best}) != 1:
        return None
    return max(best, key=lambda dialect: len(dialect.settings))


@cache
def _greetings(protocol: Protocol) -> list[tuple[int, re.Pattern[str], str]]:
    """Of each dialect that has words of its own: how many letters, the pattern, the name."""
    found = []
    for name in dialect_names():
        side = getattr(load_dialect(name), protocol)
        greeting = side and side.manners.get("greeting")
        if greeting is None or name == "plain":
            continue
        pattern = _PLACEHOLDER.sub(".*", re.escape(greeting.text))
        letters = sum(map(str.isalpha, _GENERAL.sub("", greeting.text)))
        if letters >= _TELLING:
            found.append((letters, re.compile(pattern), name))
    return found
