"""Failures below the protocol: names, sockets, TLS and certificates. How libraries say them, which
any client may repeat, and what they are to the classification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.classify.observation import Observation, ObservedKind
from harness.reproducing.dialogue import Utterance
from harness.taxonomy import Protocol, Stage

_HAPPENINGS: Final = tuple(
    (what, re.compile(words, re.IGNORECASE))
    for what, words in (
        (
            "verify-error",
            r"certificate[ _]verif(?:y|ication) (?:failed|error)|verify error:num="
            r"|SSL certificate problem|certificate has expired|self.signed certificate"
            r"|unable to (?:get|verify).*certificate"
            r"|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_VERIFY_LEAF|CERT_HAS_EXPIRED|PKIX path"
            r"|does ?n[o']t match (?:target host|certificate|the certificate)|ERR_TLS_CERT_ALTNAME"
            r"|invalid peer certificate|x509: certificate|did not match expected CN"
            r"|remote certificate (?:is|was) (?:invalid|rejected)|RemoteCertificate(?:Name|Chain)"
            r"|certificate subject name .* does not match|no alternative certificate subject name",
        ),
        (
            "dns-temporary",
            r"temporary failure in name resolution|EAI_AGAIN|server misbehaving"
            r"|lookup \S+ on \S+: read udp",
        ),
        (
            "dns-not-found",
            r"could not resolve host|name or service not known|ENOTFOUND|nodename nor servname"
            r"|no such host|getaddrinfo failed|failed to lookup address|UnresolvedAddress"
            r"|UnknownHostException|no address associated with hostname|cannot resolve",
        ),
        ("refused", r"connection refused|ECONNREFUSED|actively refused"),
        (
            "unreachable",
            r"no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL"
            r"|cannot assign requested address|attempted to an unreachable (?:host|network)",
        ),
        ("reset", r"connection reset|ECONNRESET"),
        (
            "tls-error",
            r"wrong version number|unsupported protocol|protocol version|handshake failure"
            r"|EOF occurred in violation of protocol|remote error: tls:"
            r"|no shared cipher|ssl3?_(?:get|read)_\w+:|SSLHandshakeException|alert \w+",
        ),
        (
            "timeout",
            r"timed out|i/o timeout|did not properly respond|ETIMEDOUT"
            r"|timeout (?:was )?(?:reached|expired)|ESOCKETTIMEDOUT",
        ),
        (
            "closed",
            r"connection (?:unexpectedly )?closed|unexpected eof|socket closed"
            r"|server disconnected|connection dropped|socket error: EOF|closed with remote host"
            r"|response reading failed",
        ),
    )
)


def happened(line: str) -> Iterator[Utterance]:
    """What a line tells of a failure, if it does."""
    for what, words in _HAPPENINGS:
        if words.search(line):
            yield Utterance("*", what, about=line.strip())
            return


_VERIFY: Final[tuple[tuple[re.Pattern[str], int], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"current time \S+ is after", 10),
        (r"CaUsedAsEndEntity", 26),
        (r"not yet valid|NotYetValid", 9),
        (r"expired", 10),
        (r"self.signed certificate in (?:certificate )?chain|SELF_SIGNED_CERT_IN_CHAIN", 19),
        (r"self.signed|DEPTH_ZERO_SELF_SIGNED", 18),
        (r"IP address mismatch", 64),
        (r"host ?name mismatch|does ?n[o']t match|did not match|ALTNAME|alternative", 62),
        (r"NameMismatch|NotValidForName|is valid for .*, not ", 62),
        (r"key too (?:small|weak)|too weak", 66),
        (r"unsupported (?:certificate )?purpose", 26),
        (r"first certificate|VERIFY_LEAF", 21),
    )
)
"""OpenSSL's texts, those of Node and Java, and the numbers of X509_V_ERR (openssl-verify(1))."""
_UNKNOWN_ISSUER: Final = 20
_TLS_REASONS: Final = re.compile(
    r"(wrong version number|unsupported protocol|no shared cipher|handshake failure"
    r"|no protocols available|unexpected eof)",
    re.IGNORECASE,
)
_ALERT: Final = re.compile(
    r"(?:alert (?!number)|remote error: tls: )([a-z ]+?)(?:[:,;(]|$|\bSSL)", re.IGNORECASE
)
_PORTS: Final[dict[str, Protocol]] = {
    "993": "imap",
    "143": "imap",
    "465": "smtp",
    "587": "smtp",
    "25": "smtp",
}
_CONNECTING: Final[dict[str, ObservedKind]] = {
    "dns-temporary": "dns-temporary",
    "dns-not-found": "dns-not-found",
    "refused": "refused",
    "unreachable": "unreachable",
    "timeout": "connect-timeout",
}


def observed_below(
    happenings: list[Utterance], protocol: Protocol | None, text: str
) -> tuple[Observation, list[str]] | None:
    """What happened before anything was said, and what was assumed; None: nothing did."""
    told = [each for each in happenings if each.text not in ("connecting", "tls", "suppressed")]
    if not told:
        return None
    # What says most: curl, for one, closes the connection after each failure.
    order = ("verify-error", "tls-error", *_CONNECTING, "reset", "closed")
    last = min(reversed(told), key=lambda each: order.index(each.text))
    which = protocol or _protocol(last.about, text)
    assumed = [] if which else ["the protocol: nothing tells it; IMAP is assumed"]
    return _observation(which or "imap", last), assumed


def _protocol(about: str, text: str) -> Protocol | None:
    for place in (about, text):
        found = re.search(r"(?:port[ =:]*|:)(993|143|465|587|25)\b", place)
        if found:
            return _PORTS[found[1]]
        names = {name.lower() for name in re.findall(r"imap|smtp", place, re.IGNORECASE)}
        if len(names) == 1:
            return "imap" if names == {"imap"} else "smtp"
    return None


def _observation(protocol: Protocol, said: Utterance) -> Observation:
    imap = protocol == "imap"
    tls: Stage = "imap-tls" if imap else "smtp-tls"
    if said.text in _CONNECTING:
        connect: Stage = "imap-connect" if imap else "smtp-connect"
        return Observation(connect, _CONNECTING[said.text])
    if said.text == "verify-error":
        codes = (code for words, code in _VERIFY if words.search(said.about))
        code = next(codes, _UNKNOWN_ISSUER)
        return Observation(tls, "verify-error", verify_code=code)
    if said.text == "tls-error":
        reason, alert = _TLS_REASONS.search(said.about), _ALERT.search(said.about)
        return Observation(
            tls,
            "tls-alert" if alert else "tls-error",
            alert=alert[1].strip() if alert else None,
            tls_reason=reason[1].upper().replace(" ", "_") if reason else None,
        )
    greeting: Stage = "imap-greeting" if imap else "smtp-greeting"
    return Observation(greeting, "reset" if said.text == "reset" else "eof")
