"""The arguments of MAIL and RCPT: a path, then parameters (RFC 5321, section 4.1.2)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import NamedTuple

_ATEXT = r"[\w!#$%&'*+/=?^`{|}~-]"  # \w: letters outside ASCII too (RFC 6531)
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"'
_LOCAL_PART = rf"(?:{_ATEXT}+(?:\.{_ATEXT}+)*|{_QUOTED})"
_LABEL = r"\w(?:[\w-]*\w)?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9.:]+\])"
_MAILBOX = re.compile(rf"{_LOCAL_PART}@({_DOMAIN})")
_SOURCE_ROUTE = re.compile(rf"^@{_DOMAIN}(?:,@{_DOMAIN})*:")
_PATH = re.compile(r'\s*(?:<((?:"(?:[^"\\]|\\.)*"|[^">])*)>|([^\s<>]+))(?:\s+(.*)|\s*)')
_ONE_WORD = re.compile(rf"(?:[^\s\"]|{_QUOTED})+")
KEYWORDS: dict[str, str] = {"MAIL": "FROM:", "RCPT": "TO:"}

LONGEST_LOCAL_PART = 64
"""In bytes (RFC 5321, 4.5.3.1.1)."""
LONGEST_DOMAIN = 255
"""In bytes (RFC 5321, 4.5.3.1.2)."""
LONGEST_LABEL = 63
"""In bytes (RFC 1035, 2.3.4)."""


class Parameter(NamedTuple):
    """A word behind the path. `value` is None where there is no `=` at all."""

    name: str
    """In upper case."""
    value: str | None
    text: str
    """As it came."""


@dataclass(frozen=True)
class Path:
    """An address as a command names it. `address` is "" for the null sender `<>`."""

    address: str
    parameters: tuple[Parameter, ...] = ()
    malformed: bool = False
    """There is something, but no path; `address` is what there is."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


def parse(verb: str, argument: str) -> Path | None:
    """The path of MAIL or RCPT, and its parameters; None where none is so much as begun.

    Like Postfix, it takes an address without brackets and space after the colon, and drops a
    source route. Whether the address itself is well-formed is for `is_mailbox` to say.
    """
    keyword = KEYWORDS[verb]
    rest = argument[len(keyword) :].strip()
    if argument[: len(keyword)].upper() != keyword or not rest:
        return None
    found = _PATH.fullmatch(rest)
    if not found:
        return Path(rest, malformed=True)
    named = found[1] if found[1] is not None else found[2]
    parameters = tuple(_parameter(word) for word in (found[3] or "").split())
    return Path(_SOURCE_ROUTE.sub("", named, count=1), parameters)


def _parameter(word: str) -> Parameter:
    name, equals, value = word.partition("=")
    return Parameter(name.upper(), value if equals else None, word)


def address(verb: str, argument: str) -> str:
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


def is_lenient(text: str) -> bool:
    """Whether this is one word, with a domain or an address literal where it has an `@`."""
    _, at, domain = text.rpartition("@")
    well_formed = not at or (re.fullmatch(_DOMAIN, domain) is not None and _is_domain(domain))
    return well_formed and _ONE_WORD.fullmatch(text) is not None


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
