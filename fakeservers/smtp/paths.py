"""The arguments of MAIL and RCPT: a path, then parameters (RFC 5321, section 4.1.2)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal

_ATEXT = r"[\w!#$%&'*+/=?^`{|}~-]"  # \w: letters outside ASCII too (RFC 6531)
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"'
_LOCAL_PART = rf"(?:{_ATEXT}+(?:\.{_ATEXT}+)*|{_QUOTED})"
_LABEL = r"\w(?:[\w-]*\w)?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9.:]+\])"
_MAILBOX = re.compile(rf"{_LOCAL_PART}@({_DOMAIN})")
_SOURCE_ROUTE = re.compile(rf"^@{_DOMAIN}(?:,@{_DOMAIN})*:")
_PATH = re.compile(r'\s*(?:<((?:"(?:[^"\\]|\\.)*"|[^">])*)>|([^\s<>]+))(?:\s+(.*)|\s*)')
KEYWORDS: dict[str, str] = {"MAIL": "FROM:", "RCPT": "TO:"}

LONGEST_LOCAL_PART = 64
"""In bytes (RFC 5321, 4.5.3.1.1)."""
LONGEST_DOMAIN = 255
"""In bytes (RFC 5321, 4.5.3.1.2)."""
LONGEST_LABEL = 63
"""In bytes (RFC 1035, 2.3.4)."""


@dataclass(frozen=True)
class Path:
    """An address as a command names it. `address` is "" for the null sender `<>`."""

    address: str
    parameters: tuple[tuple[str, str], ...] = ()
    """Keywords in upper case, and their values as they came ("" without one)."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


def parse(verb: Literal["MAIL", "RCPT"], argument: str) -> Path | None:
    """The path and its parameters; None where there is no path at all after `FROM:` or `TO:`.

    Like Postfix, it takes an address without brackets and space after the colon, and drops a
    source route. Whether the address itself is well-formed is for `is_mailbox` to say.
    """
    keyword = KEYWORDS[verb]
    if argument[: len(keyword)].upper() != keyword:
        return None
    found = _PATH.fullmatch(argument, len(keyword))
    if not found:
        return None
    named = found[1] if found[1] is not None else found[2]
    words = [word.partition("=") for word in (found[3] or "").split()]
    parameters = tuple((name.upper(), value) for name, _, value in words)
    return Path(_SOURCE_ROUTE.sub("", named, count=1), parameters)


def address(verb: Literal["MAIL", "RCPT"], argument: str) -> str:
    """The address of the path, well-formed or not; "" where there is none."""
    path = parse(verb, argument)
    return path.address if path else ""


def is_mailbox(text: str) -> bool:
    """Whether this is a local part, `@`, and a domain or an address literal."""
    found = _MAILBOX.fullmatch(text)
    local_part = text.rpartition("@")[0]
    return (
        found is not None
        and len(local_part.encode()) <= LONGEST_LOCAL_PART
        and _is_domain(found[1])
    )


def _is_domain(text: str) -> bool:
    """A domain of labels of lawful length, the last not of digits only; or an address literal, such
    as `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321, section 4.1.3)."""
    if not text.startswith("["):
        labels = text.split(".")
        return (
            len(text.encode()) <= LONGEST_DOMAIN
            and all(len(label.encode()) <= LONGEST_LABEL for label in labels)
            and not labels[-1].isdecimal()
        )
    literal = text[1:-1]
    try:
        if literal[:5].upper() == "IPV6:":
            ipaddress.IPv6Address(literal[5:])
        else:
            ipaddress.IPv4Address(literal)
    except ValueError:
        return False
    return True


def engine_argument(verb: Literal["MAIL", "RCPT"], path: Path) -> str:
    """The same again in the one form that the engine is sure to understand; without `AUTH=`, which
    it does not know and which changes nothing (RFC 4954, section 5)."""
    words = [f"{name}={value}" if value else name for name, value in path.parameters]
    words = [word for word in words if not word.startswith("AUTH=")]
    return " ".join([f"{KEYWORDS[verb]}<{path.address}>", *words])
