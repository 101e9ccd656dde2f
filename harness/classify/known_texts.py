"""The exact texts of dialects: what a reply is called there is what its text means.

Only what servers were seen to say, or have in their own source, counts: not the dialect ``plain``,
whose words are ours. A text that dialects call by several names at a stage decides nothing; nor
does one that stands for wrong credentials, for servers say the same of other things.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple, cast

from fakeservers.dialects.dialect import dialect_names, load_dialect
from fakeservers.dialects.sides import AnyReply, AnySide, OAuthReply
from fakeservers.dialects.soundness import PROTOCOLS
from fakeservers.dialects.template import PLACEHOLDERS
from fakeservers.files.kept import kept
from fakeservers.files.patterns import kept_regex
from harness.classify.replies.server_reply import ServerReply, take_apart
from harness.classify.rules import ClassificationRule
from harness.classify.sight import Sight
from harness.taxonomy import CAUSES, STAGES, AnyProtocol, Cause, Stage

KNOWN_TEXT: Final = 0
"""The tier of an exact text, among those of the rules."""

_NAME: Final = kept_regex(
    r"(?P<cause>.+?)(?:-at-(?P<where>greeting|ehlo|starttls|login|mail|rcpt|data|end-of-data|confirm))?"
    r"(?:-\d+)?"
)
_PLACEHOLDER: Final = kept_regex(rf"\{{(?:{'|'.join(sorted(PLACEHOLDERS))})\}}")
_LETTERS: Final = kept_regex(r"[^\W\d_]{2}")
_NO_TEXT: Final = ("{", "HTTP/")
"""How what a token endpoint says is read where it names the error alone: those are no words of its
own (RFC 6749, 5.2)."""
_OURS: Final = "plain"
_SAID_OF_MUCH: Final[frozenset[Cause]] = frozenset({"bad-credentials", "unspecified"})
# Where a fault occurs that is named without a stage; all others: at the log-in.
_USUAL: Final[Mapping[tuple[AnyProtocol, str], Stage]] = {
    ("imap", "quota-exceeded"): "imap-confirm",
    ("smtp", "sender-not-allowed"): "smtp-mail",
    ("smtp", "authentication-required"): "smtp-mail",
    ("smtp", "relay-denied"): "smtp-rcpt",
    ("smtp", "recipient-rejected"): "smtp-rcpt",
    ("smtp", "mailbox-unavailable"): "smtp-rcpt",
    ("smtp", "message-rejected"): "smtp-end-of-data",
    ("smtp", "message-too-large"): "smtp-end-of-data",
    ("smtp", "quota-exceeded"): "smtp-end-of-data",
}


class _Codes(NamedTuple):
    """What of a reply must be equal, before its words are compared."""

    stage: Stage
    status: str | None
    response_codes: tuple[str, ...]
    reply_code: int | None
    enhanced_code: str | None


class _Said(NamedTuple):
    words: str
    name: str
    cause: Cause
    source: str


def known_text(sight: Sight) -> ClassificationRule | None:
    """The dialects' own name for this very text at this stage; None where they have none."""
    if sight.kind != "reply":
        return None
    reply = sight.reply
    codes = _codes(sight.observation.stage, reply)
    for said in _table().get(codes, ()):
        if _pattern(said.words).fullmatch(reply.text):
            return _rule(codes.stage, said)
    return None


def stage_of(protocol: AnyProtocol, name: str) -> tuple[Stage, Cause] | None:
    """Where a reply of this name is said and what it means; None where it is no failure."""
    found = _NAME.fullmatch(name)
    if not found or found["cause"] not in CAUSES:
        return None
    cause = cast("Cause", found["cause"])
    if where := found["where"]:
        return cast("Stage", f"{protocol}-{where}"), cause
    if (protocol, cause) in _USUAL:
        return _USUAL[protocol, cause], cause
    own = [stage for stage in CAUSES[cause].stages if STAGES[stage].protocol == protocol]
    login = cast("Stage", f"{protocol}-login")
    return (login if login in own else own[0], cause) if own else None


@cache
def _table() -> Mapping[_Codes, list[_Said]]:
    return kept("known-texts", _made_table)


def _made_table() -> Mapping[_Codes, list[_Said]]:
    said: dict[_Codes, dict[str, list[_Said]]] = defaultdict(lambda: defaultdict(list))
    for codes, text in _all_said():
        said[codes][text.words].append(text)
    return {
        codes: [
            texts[0]
            for texts in by_words.values()
            if len({text.cause for text in texts}) == 1 and texts[0].cause not in _SAID_OF_MUCH
        ]
        for codes, by_words in said.items()
    }


def _all_said() -> Iterator[tuple[_Codes, _Said]]:
    for name in dialect_names():
        dialect = load_dialect(name)
        for protocol in PROTOCOLS:
            side: AnySide[AnyReply] | None = getattr(dialect, protocol)
            if side is None or name == _OURS:
                continue
            for reply_name, reply in side.replies.items():
                meant = stage_of(protocol, reply_name)
                if meant and meant[0] in CAUSES[meant[1]].stages:
                    source = reply.source or dialect.source or ""
                    for seen in _read(protocol, reply):
                        if _LETTERS.search(_PLACEHOLDER.sub("", seen.text)):
                            said = _Said(seen.text, f"{name}:{reply_name}", meant[1], source)
                            yield _codes(meant[0], seen), said


def _read(protocol: AnyProtocol, reply: AnyReply) -> Iterator[ServerReply]:
    """As it is received; what a token endpoint answers also without its status, as it is told."""
    lines = [line for line in reply.wording.split("\n") if line.strip()]
    if not isinstance(reply, OAuthReply):
        yield take_apart(protocol, lines)
        return
    for head in ([f"HTTP/1.1 {reply.status}", ""], []):
        seen = take_apart(protocol, [*head, *lines])
        if not seen.text.startswith(_NO_TEXT):
            yield seen


def _codes(stage: Stage, reply: ServerReply) -> _Codes:
    return _Codes(stage, reply.status, reply.response_codes, reply.reply_code, reply.enhanced_code)


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(".*?".join(map(re.escape, _PLACEHOLDER.split(words))))


@cache
def _rule(stage: Stage, said: _Said) -> ClassificationRule:
    return ClassificationRule(
        id=said.name,
        tier=KNOWN_TEXT,
        about="The exact text of a dialect.",
        causes={stage: said.cause},
        signals={},
        confidence="provider-text",
        source=said.source,
    )
