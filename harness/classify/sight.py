"""What was seen, taken apart: the server's reply, the service that speaks, the TLS alert."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, replace
from typing import Final

from fakeservers.files.patterns import kept_regex
from harness.classify.observation import Observation
from harness.classify.replies.server_reply import ServerReply, read_reply
from harness.taxonomy import Stage, protocol_of
from harness.taxonomy.stages import TLS

# First match wins. ``ftp`` before ``smtp``: both greet with 220.
_SERVICES: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = (
    ("tls", kept_regex(rb"^[\x14-\x18]\x03[\x00-\x04]")),
    ("ssh", kept_regex(rb"^SSH-")),
    ("http", kept_regex(rb"^(HTTP/\d|<(!doctype|html|\?xml|head))", re.IGNORECASE)),
    ("pop3", kept_regex(rb"^(\+OK|-ERR)\b")),
    ("ftp", kept_regex(rb"^220[ -].*(ftp|filezilla)", re.IGNORECASE)),
    ("imap", kept_regex(rb"^(\*|\{tag\}) *(OK|BYE|NO|BAD|PREAUTH|CAPABILITY)\b", re.IGNORECASE)),
    ("imap", kept_regex(rb"^(BYE|NO|BAD) ")),
    # A greeting may break off after any byte.
    ("imap", kept_regex(rb"^\* ?(O|P(R(E(A(UT?)?)?)?)?|BY?)?$")),
    ("smtp", kept_regex(rb"^[245]\d\d([ -]|\r?\n|$)")),
    ("smtp", kept_regex(rb"^2\d?$")),
)
_REFUSED: Final = kept_regex(rb"([45]\d\d[ -]|\* BYE\b)", re.IGNORECASE)
# What `ssl` has no name for, or not the one of RFC 8446 section 6.
_OTHER_ALERTS: Final = {
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    116: "certificate_required",
    120: "no_application_protocol",
}
_ALERTS: Final[dict[int, str]] = {
    alert.value: alert.name.removeprefix("ALERT_DESCRIPTION_").lower()
    for alert in ssl.AlertDescription
} | _OTHER_ALERTS


@dataclass(frozen=True)
class Sight:
    """An observation together with its lines taken apart."""

    observation: Observation
    reply: ServerReply

    @property
    def kind(self) -> str:
        """A reply beats a later disconnect; an alert may hide in a TLS error's reason."""
        if self.reply.refused:
            return "reply"
        if self.observation.kind == "tls-error" and self.alert:
            return "tls-alert"
        return self.observation.kind

    @property
    def alert(self) -> str | None:
        return _alert_name(self.observation.alert, self.observation.tls_reason)

    @property
    def service(self) -> str | None:
        lines = self.observation.lines
        return recognise(self.observation.raw or (lines[0] if lines else b""))


def look_at(observation: Observation) -> Sight:
    """What was seen, its lines taken apart."""
    return Sight(observation, read_reply(protocol_of(observation.stage), observation.lines))


def greeting_before_tls(observation: Observation) -> Observation | None:
    """The refusal that came in cleartext in place of the TLS that a port begins with, as what it
    would be on another port: a greeting. None where there was none."""
    in_clear = observation.security == "implicit-tls" and observation.raw
    if observation.stage not in TLS or not in_clear or not _REFUSED.match(observation.raw):
        return None
    lines = tuple(observation.raw.splitlines(keepends=True))
    stage: Stage = "imap-greeting" if observation.stage == "imap-tls" else "smtp-greeting"
    return replace(observation, stage=stage, kind="reply", lines=lines, raw=b"")


def recognise(first_bytes: bytes) -> str | None:
    """imap, smtp, pop3, http, ssh, ftp, tls or "unknown"; ``None`` for silence."""
    stripped = first_bytes.lstrip(b"\r\n \xef\xbb\xbf")
    if not stripped:
        return None
    for name, pattern in _SERVICES:
        if pattern.match(stripped):
            return name
    return "unknown"


def _alert_name(alert: str | None, tls_reason: str | None) -> str | None:
    """The alert's RFC name, from a number, a name, or OpenSSL's ``…_ALERT_HANDSHAKE_FAILURE``."""
    for source in (alert, tls_reason):
        if source is None:
            continue
        if source.isdecimal():
            return _ALERTS.get(int(source), source)
        name = source.lower().replace(" ", "_").replace("-", "_")
        if "alert_" in name:
            return name.rpartition("alert_")[2]
        if source is alert:
            return name
    return None
