"""Failures below the protocol, and those that a client tells without the server's words: what the
texts of runtimes (`harness/known/errors/`) are to the classification."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.observation import Observation
from harness.classify.pasted import observation
from harness.classify.runtimes import (
    KnownError,
    Signal,
    protocol_in,
    rank,
    signal_in,
    where_in,
)
from harness.reproducing.dialogue import Happening, Utterance
from harness.taxonomy import AnyProtocol, Protocol

_HAPPENINGS: Final[dict[Signal, Happening]] = {
    "verify-error": "verify-error",
    "tls-alert": "tls-error",
    "tls-error": "tls-error",
    "handshake-timeout": "tls-error",
    "dns-temporary": "dns-temporary",
    "dns-not-found": "dns-not-found",
    "refused": "refused",
    "unreachable": "unreachable",
    "connect-timeout": "timeout",
    "timeout": "timeout",
    "read-timeout": "timeout",
    "reset": "reset",
    "closed": "closed",
}
_PORTS: Final[dict[str, Protocol]] = {
    "993": "imap",
    "143": "imap",
    "465": "smtp",
    "587": "smtp",
    "25": "smtp",
    "1143": "imap",
    "1025": "smtp",
}
"""The last two are those of a bridge on one's own machine, Proton's for one."""
_PORT: Final = kept_regex(rf"(?:port[ =:]*|:|, )({'|'.join(_PORTS)})\b(?!:\d)")
_OF_A_BRIDGE: Final = kept_regex(r"(?<=[\w\]]:)(1143|1025)\b(?!:\d)")
"""Unlike 143 and 993, nobody types these for the other protocol."""
_SENDS: Final = kept_regex(
    r"\b(?:send|sends|sending|sent|deliver\w*|notif\w+|newsletters?|mailers?|outgoing|outbound"
    r"|alerts?|mailgun|sendgrid|mailjet|postmark)\b",
    re.IGNORECASE,
)
"""What tells of sending, where nothing names a protocol."""
_OF_THE_WEB: Final = kept_regex(r"(?<!see )(?<!visit )(?<!read )\bhttps?://", re.IGNORECASE)
"""An address of the web, which is no advice to read there: where nothing tells of mail, it is what
was spoken with."""
_SHORTLY: Final = 12
"""In lines: where a text is about both protocols, that which is named shortly before is meant."""
_BROKEN_OFF: Final = "UNEXPECTED_EOF_WHILE_READING"
_NO_FAILURE: Final = ("connecting", "tls", "suppressed")


_signal_in = functools.lru_cache(maxsize=4096)(signal_in)
"""A line is looked at once for each form that is tried."""


_CAUSE_OF_A_LIST: Final = kept_regex(r"\s*\d{1,2}[.)] (?:The|An?|Your) ")
"""Of those that a client always lists, as MailKit does: what may be wrong, not what is."""


_OF_ONES_OWN: Final = kept_regex(
    r"\b(?:have|has|had|use[sd]?|using|got|made|created|generated|install\w*|accept\w*|allow\w*"
    r"|trust\w*|reason is|likely|maybe|perhaps|probably)"
    r" (?:an? |my |our |the |own |all )*self.signed cert",
    re.IGNORECASE,
)
"""What somebody tells of a certificate of theirs, or supposes."""
_CALL_OF_HTTP: Final = kept_regex(
    r"\b(?:Get|Head|Post|Put|Patch|Delete) \"?https?://(?!\S*(?:token|oauth))[^\s\"]+\"?: ",
    re.IGNORECASE,
)
"""As Go's net/http begins what it says of a failure: no server of mail was called."""


def happened(line: str) -> Iterator[Utterance]:
    """What a line tells of a failure, if it does."""
    if not (error := _signal_in(line)) or not error.signal or _CAUSE_OF_A_LIST.match(line):
        return
    if not any(each.search(line) for each in (_OF_ONES_OWN, _CALL_OF_HTTP)):
        yield Utterance("*", _HAPPENINGS.get(error.signal, "failed"), about=line.strip())


def is_vague(said: Utterance) -> bool:
    """Whether no more is told than that a log-in or a connection failed."""
    if said.direction != "*":
        return False
    error = _error_of(said)
    return error.general or error.signal == "not-told"


def observed_below(
    happenings: list[Utterance], protocol: AnyProtocol | None, text: str
) -> tuple[Observation, list[str]] | None:
    """What happened before anything was said, and what was assumed; None: nothing did."""
    told = [each for each in happenings if each.text not in _NO_FAILURE]
    if not told:
        return None
    # What says most: curl, for one, closes the connection after each failure.
    errors = [(_error_of(each), each.about) for each in reversed(told)]
    error, about = min(
        (each for each in errors if not _is_told_again(*each, errors)),
        key=lambda each: rank(each[0]),
    )
    lines = text.split("\n")
    which = protocol or error.protocol or _protocol(about, lines)
    if which is None and _OF_THE_WEB.search(about):
        return None
    assumed = (
        []
        if which
        else ["the protocol: nothing tells it; SMTP is assumed, of which most such reports are"]
    )
    return observation(which or "smtp", error, about, where_in(lines)), assumed


def protocol_told(abouts: list[str]) -> Protocol | None:
    """The protocol that some lines are about. The port of a bridge says more than what is told of
    mail around it, and less than the name of a protocol."""
    ports = [found[1] for about in abouts for found in _OF_A_BRIDGE.finditer(about)]
    return _PORTS[ports[-1]] if ports and not _only_named(abouts) else protocol_in(abouts)


def _is_told_again(error: KnownError, about: str, every: list[tuple[KnownError, str]]) -> bool:
    """Whether an outer exception has these words of TLS of a connection that was in use: they are
    those of a handshake that breaks off."""
    words = about.rpartition("Error: ")[2]
    return error.reason == _BROKEN_OFF and any(
        other.signal == "closed" and words in text for other, text in every
    )


def _error_of(said: Utterance) -> KnownError:
    """What the text of a runtime says; of what a form tells by itself, as much."""
    if found := signal_in(said.about):
        return found
    known = {"text": said.text, "signal": said.text, "example": said.text, "near-miss": ""}
    return KnownError.model_validate(known)


def _only_named(lines: list[str]) -> Protocol | None:
    """The protocol that is named in some lines, if the other is not."""
    names = {name.lower() for name in re.findall(r"imap|smtp", "\n".join(lines), re.I)}
    if len(names) != 1:
        return None
    return "imap" if names == {"imap"} else "smtp"


def _protocol(about: str, lines: list[str]) -> Protocol | None:
    told = [line for line in lines if about in line]
    for place in ([about], told, lines):
        for line in reversed(place):
            if found := _PORT.search(line):
                return _PORTS[found[1]]
        if found_in := protocol_in(place):
            return found_in
        if named := _only_named(place):
            return named
    at = next((number for number, line in enumerate(lines) if about in line), 0)
    before = (_only_named([line]) for line in reversed(lines[max(0, at - _SHORTLY) : at]))
    if named := next(filter(None, before), None):
        return named
    return "smtp" if any(map(_SENDS.search, lines)) else None
