"""SmtpLine lines, and the arguments of MAIL and RCPT: a path, then parameters, which EHLO keywords
offer (RFC 5321, section 4.1.2)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from fakeservers.files.patterns import kept_regex

_ATEXT = r"[\w!#$%&'*+/=?^`{|}~-]"  # \w: letters outside ASCII too (RFC 6531)
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"'
_LOCAL_PART = rf"(?:{_ATEXT}+(?:\.{_ATEXT}+)*|{_QUOTED})"
_LABEL = r"\w(?:[\w-]*\w)?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9.:]+\])"
_MAILBOX = kept_regex(rf"{_LOCAL_PART}@({_DOMAIN})")
_SOURCE_ROUTE = kept_regex(rf"^@{_DOMAIN}(?:,@{_DOMAIN})*:")
_PATH = kept_regex(r'\s*(?:<((?:"(?:[^"\\]|\\.)*"|[^">])*)>|([^\s<>]+))(?:\s+(.*)|\s*)')
_ONE_WORD = kept_regex(rf"(?:[^\s\"]|{_QUOTED})+")
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
    bare: bool = False
    """It stands without the brackets that RFC 5321 wants."""

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
    return Path(_SOURCE_ROUTE.sub("", named, count=1), parameters, bare=found[1] is None)


def _parameter(word: str) -> Parameter:
    name, equals, value = word.partition("=")
    return Parameter(name.upper(), value if equals else None, word)


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


@dataclass
class SmtpLine:
    """One command line, and the words that its reply may need."""

    verb: str
    argument: str
    words: dict[str, str] = field(default_factory=dict)

    @cached_property
    def path(self) -> Path | None:
        """What MAIL, RCPT and VRFY name."""
        if self.verb in KEYWORDS:
            return parse(self.verb, self.argument)
        return Path(self.argument.strip("<>")) if self.verb == "VRFY" else None


_XTEXT = r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+"
"""RFC 3461, section 4."""
_NOTIFY = kept_regex(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*")
_ORCPT = kept_regex(rf"[A-Za-z0-9-]+;{_XTEXT}")


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
        valid = kind.valid(value or "") if kind.valid else value is None
        withheld = _binary(parameter) and "BINARYMIME" not in keywords
        if repeated or withheld or not valid:
            return f"syntax-error@{name}=", parameter
        seen.add(name)
    return None


def _binary(parameter: Parameter) -> bool:
    return (parameter.name, (parameter.value or "").upper()) == ("BODY", "BINARYMIME")


def is_binary(parameters: Collection[Parameter]) -> bool:
    """Whether MAIL announces BODY=BINARYMIME, which takes BDAT (RFC 3030, section 3)."""
    return any(_binary(parameter) for parameter in parameters)


def declared_size(parameters: Collection[Parameter]) -> int:
    """What SIZE= says, 0 without it."""
    values = (one.value or "" for one in parameters if one.name == "SIZE")
    return max((int(value) for value in values if value.isdecimal()), default=0)
