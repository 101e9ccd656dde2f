"""What somebody pasted: a server's reply, or a runtime's complaint."""

from __future__ import annotations

import re
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.observation import Observation, ObservedKind
from harness.classify.runtimes import KnownError, Signal, Where, signal_in
from harness.classify.wording import to_bytes
from harness.taxonomy import STAGES, AnyProtocol, Stage
from harness.taxonomy.stages import CONNECT, TLS

BEFORE_WORDS: Final = (*CONNECT, *TLS)
"""The stages at which a server has not said anything yet."""
_LINE_END: Final = kept_regex(rb"\r\n|\n|\r|\\r\\n|\\n")


def observe(protocol: str, stage: str, reply_text: str | bytes) -> Observation:
    """The observation of a reply that somebody pasted; before a server can have said anything, of
    what a runtime says.

    ``reply_text`` holds one or several lines, with real line ends or literal ``\\n``; the tag of an
    IMAP response may be ``{tag}`` or a real one; bytes need not be UTF-8.

    Raises ValueError if ``protocol`` has no such stage.
    """
    if stage not in STAGES or STAGES[stage].protocol != protocol:
        known = ", ".join(name for name, info in STAGES.items() if info.protocol == protocol)
        raise ValueError(f"{stage!r} is not a stage of {protocol!r}; stages: {known or 'none'}")
    data = reply_text if isinstance(reply_text, bytes) else to_bytes(reply_text)
    if stage in BEFORE_WORDS:
        text = data.decode(errors="replace")
        if error := signal_in(text):
            return observation(STAGES[stage].protocol, error, text)
    lines = tuple(line for line in _LINE_END.split(data) if line.strip())
    return Observation(stage=stage, kind="reply", lines=lines)


_CONNECTING: Final[dict[Signal, ObservedKind]] = {
    "dns-temporary": "dns-temporary",
    "dns-not-found": "dns-not-found",
    "refused": "refused",
    "unreachable": "unreachable",
    "connect-timeout": "connect-timeout",
    "connect-failed": "reply",
}
_IN_THE_DIALOGUE: Final[dict[Signal, ObservedKind]] = {
    "timeout": "timeout",
    "read-timeout": "timeout",
    "reset": "reset",
    "closed": "eof",
    "not-told": "reply",
}


def observation(
    protocol: AnyProtocol, error: KnownError, line: str, where: Where | None = None
) -> Observation:
    """What it is to the classification that `line` says so. `where`: at which command, as what
    stands around it tells."""

    def at(name: str) -> Stage:
        if protocol == "oauth":
            return "oauth-token"
        stage = f"{protocol}-{name}"
        return stage if stage in STAGES else f"{protocol}-greeting"  # type: ignore[return-value]

    signal, where = error.signal or "closed", error.where or where
    if signal == "token-refused":
        return Observation("oauth-token", "reply", (line.encode("utf-8", "replace"),))
    if signal in _CONNECTING:
        return Observation(at("connect"), _CONNECTING[signal])
    if signal == "timeout" and not where:
        return Observation(at("connect"), "connect-timeout")
    if signal in _IN_THE_DIALOGUE:
        return Observation(at(where or "greeting"), _IN_THE_DIALOGUE[signal])
    if signal == "not-offered":
        return Observation(at(where or "login"), "not-offered", missing=error.missing)
    if signal == "other-protocol":
        return Observation(at(where or "greeting"), "reply", raw=b"?")
    if signal == "handshake-timeout":
        return Observation(at("tls"), "timeout")
    return _of_tls(at("tls"), error, line)


def _of_tls(stage: Stage, error: KnownError, line: str) -> Observation:
    if error.signal == "verify-error":
        return Observation(stage, "verify-error", verify_code=error.verify_code)
    alert = error.alert or (None if error.reason else _alert(line))
    reason = error.reason or (None if alert else _reason(line))
    if error.general and not alert and not reason:  # nobody says how it failed
        return Observation(stage, "reply")
    return Observation(stage, "tls-alert" if alert else "tls-error", alert=alert, tls_reason=reason)


_REASON: Final = kept_regex(
    r"\[SSL: ([A-Z0-9_]+)\]|\bERR_SSL_([A-Z0-9_]+)|SSL routines:\w*:([a-z0-9 ]+)"
    r"|(wrong version number|unsupported protocol|no shared cipher|handshake failure"
    r"|no protocols available|unexpected eof|dh key too small"
    r"|unsafe legacy renegotiation disabled)",
    re.IGNORECASE,
)
_ALERT: Final = kept_regex(
    r"(?:alert (?!number)|fatal alert: |remote error: tls: )([a-z_ ]+?)(?:[:,;()\d]|$|\bSSL)",
    re.IGNORECASE,
)
_GO_ALERTS: Final = {
    "expired certificate": "certificate_expired",
    "revoked certificate": "certificate_revoked",
    "unknown certificate": "certificate_unknown",
    "unknown certificate authority": "unknown_ca",
    "error decrypting message": "decrypt_error",
    "protocol version not supported": "protocol_version",
    "insufficient security level": "insufficient_security",
    "illegal parameter": "illegal_parameter",
}
"""Go's words for alerts (its crypto/tls/alert.go), where they are not those of RFC 8446."""


def _alert(line: str) -> str | None:
    """The alert of the other side, by its name in RFC 8446, section 6."""
    found = _ALERT.search(line)
    if found is None:
        return None
    name = found[1].strip().lower()
    return _GO_ALERTS.get(name, name).replace(" ", "_")


def _reason(line: str) -> str | None:
    """OpenSSL's reason."""
    found = _REASON.search(line)
    return next(filter(None, found.groups())).strip().upper().replace(" ", "_") if found else None
