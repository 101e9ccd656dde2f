"""The parameters of MAIL and RCPT: which there are, what offers them, what they may say."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from fakeservers.smtp.paths import Parameter

_XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+"
"""RFC 3461, section 4."""
_NOTIFY = re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*")
_ORCPT = re.compile(rf"[A-Za-z0-9-]+;{_XTEXT}")


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


@dataclass(frozen=True)
class _Kind:
    """`keyword` is the EHLO keyword that offers it; `valid` judges the value."""

    verb: Literal["MAIL", "RCPT"]
    keyword: str
    valid: Callable[[str], bool] | None
    """None: it has no value at all."""
    once: bool = False


_KINDS = {
    "SIZE": _Kind("MAIL", "SIZE", _matches("[0-9]{1,20}")),  # RFC 1870, section 3
    "BODY": _Kind("MAIL", "8BITMIME", _matches("(?i:7BIT|8BITMIME|BINARYMIME)")),
    "SMTPUTF8": _Kind("MAIL", "SMTPUTF8", None),  # RFC 6531, section 3.4
    "AUTH": _Kind("MAIL", "AUTH", _matches(f"<>|{_XTEXT}")),  # RFC 4954, section 5
    "RET": _Kind("MAIL", "DSN", _matches("(?i:FULL|HDRS)"), once=True),
    "ENVID": _Kind("MAIL", "DSN", _matches(_XTEXT), once=True),
    "NOTIFY": _Kind("RCPT", "DSN", lambda value: bool(_NOTIFY.fullmatch(value.upper())), once=True),
    "ORCPT": _Kind("RCPT", "DSN", lambda value: bool(_ORCPT.fullmatch(value)), once=True),
}
"""RET to ORCPT: RFC 3461, sections 4.1 to 4.4, each given at most once."""


def objection(
    verb: str, parameters: Collection[Parameter], keywords: Collection[str], unchecked: list[str]
) -> tuple[str, Parameter] | None:
    """The first parameter that cannot be taken, after the name of the reply that says why.

    `keywords` are those that EHLO offers; the `unchecked` are not looked at.
    """
    seen: set[str] = set()
    for parameter in parameters:
        name, value = parameter.name, parameter.value
        if name in unchecked:
            continue
        kind = _KINDS.get(name)
        if kind is None or kind.verb != verb or kind.keyword not in keywords:
            return "parameter-unsupported", parameter
        if value is None and kind.valid is not None:
            return "syntax-error@no-value", parameter
        repeated = kind.once and name in seen
        withheld = _binary(parameter) and "BINARYMIME" not in keywords
        if repeated or withheld or not _is_valid(kind, value):
            return f"syntax-error@{name}=", parameter
        seen.add(name)
    return None


def _is_valid(kind: _Kind, value: str | None) -> bool:
    return value is None if kind.valid is None else kind.valid(value or "")


def _binary(parameter: Parameter) -> bool:
    return (parameter.name, (parameter.value or "").upper()) == ("BODY", "BINARYMIME")


def is_binary(parameters: Collection[Parameter]) -> bool:
    """Whether MAIL announces BODY=BINARYMIME, which takes BDAT (RFC 3030, section 3)."""
    return any(_binary(parameter) for parameter in parameters)


def declared_size(parameters: Collection[Parameter]) -> int:
    """What SIZE= says, 0 without it."""
    values = (one.value or "" for one in parameters if one.name == "SIZE")
    return max((int(value) for value in values if value.isdecimal()), default=0)
