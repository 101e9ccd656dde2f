"""What is wrong with a dialect whose every value is right: texts that no server says, circumstances
that there are not, faults without a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, get_args

from fakeservers.dialects.behaviour import CIRCUMSTANCES
from fakeservers.dialects.command_names import ImapCommand, SmtpVerb
from fakeservers.dialects.http_answer import wrong_in_answer
from fakeservers.dialects.template import DialectProtocol, wrong_braces, wrong_lines
from fakeservers.files.patterns import kept_regex
from fakeservers.near import near

if TYPE_CHECKING:
    from fakeservers.dialects.dialect import Dialect
    from fakeservers.dialects.sides import AnyReply, AnySide, ImapSide, OAuthSide, Side

PROTOCOLS: Final[tuple[DialectProtocol, ...]] = ("imap", "smtp", "oauth")
KeyPlace = tuple[str | int, ...]
_CIRCUMSTANCES: Final = {*CIRCUMSTANCES, *get_args(ImapCommand), *get_args(SmtpVerb)}
_AUTH: Final = kept_regex(r"AUTH (\S+)", re.IGNORECASE)


def unsound(dialect: Dialect) -> Iterator[tuple[KeyPlace, str]]:
    """Where, and what is wrong. No other dialect is read for it."""
    for protocol in PROTOCOLS:
        side: AnySide[AnyReply] | None = getattr(dialect, protocol)
        if side is None:
            continue
        for name in side.manners:
            _, at, circumstance = name.partition("@")
            if at and circumstance not in _CIRCUMSTANCES:
                hint = " or ".join(map(repr, near(circumstance, _CIRCUMSTANCES)))
                told = f"; did you mean {hint}?" if hint else ""
                yield (
                    (protocol, "manners", name),
                    f"there is no circumstance {circumstance!r}{told}",
                )
        for name, reply in side.faults.items():
            if not (reply.source or dialect.source):
                place = (protocol, "faults", name, "source")
                yield place, "required, as the dialect has no source of its own"
    if dialect.imap:
        yield from _wrong_texts("imap", dialect.imap)
        yield from _wrong_capabilities(dialect.imap)
    if dialect.smtp:
        yield from _wrong_texts("smtp", dialect.smtp)
    if dialect.oauth:
        yield from _wrong_answers(dialect.oauth)


def _wrong_texts(protocol: DialectProtocol, side: Side) -> Iterator[tuple[KeyPlace, str]]:
    for part, replies in (("manners", side.manners), ("faults", side.faults)):
        for name, reply in replies.items():
            place = (protocol, part, name, "text")
            for wrong in (*wrong_braces(reply.text), *wrong_lines(reply.text, protocol)):
                yield place, wrong
                break
            else:
                if protocol == "smtp" and (parted := _parted(reply.text, name)):
                    yield place, parted


def _wrong_answers(side: OAuthSide) -> Iterator[tuple[KeyPlace, str]]:
    """The same of what an authorization server says over HTTP."""
    for part, replies in (("manners", side.manners), ("faults", side.faults)):
        for name, reply in replies.items():
            for place, wrong in wrong_in_answer(reply):
                yield ("oauth", part, name, *place), wrong


def _parted(text: str, name: str) -> str | None:
    """What is wrong between the lines of an SMTP reply (RFC 5321, 4.2.1). `ehlo-ok` is only the
    first line of one."""
    *before, last = text.removesuffix("\n").split("\n")
    code = last[:3]
    for line in before:
        if not line.startswith(f"{code}-"):
            return f"all lines but the last begin with {code}-, not {line[:4]!r}"
    ends = "-" if name == "ehlo-ok" else " "
    if last[3:4] not in (ends, ""):
        return f"the last line begins with '{code}{ends}', not {last[:4]!r}"
    return None


def _wrong_capabilities(side: ImapSide) -> Iterator[tuple[KeyPlace, str]]:
    for state in ("before_tls", "before_login", "after_login"):
        for number, name in enumerate(getattr(side.capabilities, state) or ()):
            if " " in name:
                meant = _AUTH.sub(r"AUTH=\1", name) if _AUTH.match(name) else "two entries"
                place = ("imap", "capabilities", state.replace("_", "-"), number)
                yield place, f"a capability of IMAP has no space; write {meant}"
