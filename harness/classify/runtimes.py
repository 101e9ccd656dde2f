"""How runtimes and libraries say that a name, a socket, TLS or a certificate failed: OpenSSL and
what is built on it (Python, Node, PHP, Ruby, curl), Go, Java, GnuTLS, NSS, rustls, .NET.

No server says these words. What each was seen in is told in the tests, beside each text.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from harness.classify.observation import Observation, ObservedKind
from harness.taxonomy import Protocol, Stage

Mishap = Literal[
    "verify-error", "dns-temporary", "dns-not-found", "refused", "unreachable", "reset",
    "tls-error", "timeout", "closed"
]  # fmt: skip
"""What failed, in the order in which a line is asked about it."""

_WORDS: Final[dict[Mishap, str]] = {
    "verify-error": (
        r"certificate[ _]verif(?:y|ication) (?:failed|error)|verify error:num="
        r"|SSL certificate problem|certificate has expired|self.signed certificate"
        r"|unable to (?:get|verify).*certificate"
        r"|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_VERIFY_LEAF|CERT_HAS_EXPIRED|PKIX path"
        r"|does ?n[o']t match (?:target host|certificate|the certificate)|ERR_TLS_CERT_ALTNAME"
        r"|invalid peer certificate|x509: (?:certificate|cannot validate certificate)"
        r"|did not match expected (?:CN|name)|No subject alternative|No name matching \S+ found"
        r"|remote certificate (?:is|was) (?:invalid|rejected)|RemoteCertificate(?:Name|Chain)"
        r"|certificate subject name .* does not match|no alternative certificate subject name"
        r"|certificates? do(?:es)? not conform to algorithm constraints"
        r"|SSL_ERROR_BAD_CERT_DOMAIN|SEC_ERROR_(?:EXPIRED_|UNKNOWN_ISSUER)|WEAK_SERVER_CERT_KEY"
    ),
    "dns-temporary": (
        r"temporary failure in name resolution|EAI_AGAIN|server misbehaving"
        r"|lookup \S+ on \S+: read udp"
    ),
    "dns-not-found": (
        r"could not resolve host|name or service not known|ENOTFOUND|nodename nor servname"
        r"|no such host|getaddrinfo failed|failed to lookup address|UnresolvedAddress"
        r"|UnknownHostException|no address associated with hostname|cannot resolve"
    ),
    "refused": r"connection refused|ECONNREFUSED|actively refused",
    "unreachable": (
        r"no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL"
        r"|cannot assign requested address|attempted to an unreachable (?:host|network)"
    ),
    "reset": r"connection reset|ECONNRESET",
    "tls-error": (
        r"wrong version number|unsupported protocol|protocol version|handshake failure"
        r"|EOF occurred in violation of protocol|remote error: tls:|no shared cipher"
        r"|ssl3?_(?:get|read)_\w+:|SSLHandshakeException|alert \w+|fatal alert: "
        r"|SSL routines:|ERR_SSL_|dh key too small|legacy renegotiation"
        r"|Diffie-Hellman prime sent by|safe renegotiation failed"
        r"|could not generate DH keypair|DH\w+ does not comply to algorithm constraints"
        r"|SSL_ERROR_(?:WEAK_SERVER_EPHEMERAL_DH_KEY|UNSAFE_NEGOTIATION)"
    ),
    "timeout": (
        r"timed out|i/o timeout|did not properly respond|ETIMEDOUT"
        r"|timeout (?:was )?(?:reached|expired)|ESOCKETTIMEDOUT"
    ),
    "closed": (
        r"connection (?:unexpectedly )?closed|unexpected eof|socket closed"
        r"|server disconnected|connection dropped|socket error: EOF|closed with remote host"
        r"|response reading failed"
    ),
}
_MISHAPS: Final = {what: re.compile(words, re.IGNORECASE) for what, words in _WORDS.items()}
_VERIFY: Final[tuple[tuple[re.Pattern[str], int], ...]] = tuple(
    (re.compile(words, re.IGNORECASE), code)
    for words, code in (
        (r"current time \S+ is after", 10),
        (r"CaUsedAsEndEntity", 26),
        (r"not yet valid|NotYetValid", 9),
        (r"expired|validity check failed", 10),
        (r"self.signed certificate in (?:certificate )?chain|SELF_SIGNED_CERT_IN_CHAIN", 19),
        (r"self.signed|DEPTH_ZERO_SELF_SIGNED", 18),
        (r"IP address mismatch|contain any IP SANs|names matching IP address", 64),
        (r"host ?name mismatch|does ?n[o']t match|did not match|ALTNAME|alternative", 62),
        (r"NameMismatch|NotValidForName|is valid for .*, not |BAD_CERT_DOMAIN", 62),
        (r"legacy Common Name field|No name matching", 62),
        (r"key too (?:small|weak)|too weak|algorithm constraints|WEAK_SERVER_CERT_KEY", 66),
        (r"unsupported (?:certificate )?purpose", 26),
        (r"first certificate|VERIFY_LEAF", 21),
    )
)
"""The numbers of X509_V_ERR (openssl-verify(1))."""
_UNKNOWN_ISSUER: Final = 20
_TOO_WEAK: Final = re.compile(
    r"Diffie-Hellman prime.*not long enough|could not generate DH keypair"
    r"|DH\w+ does not comply|WEAK_SERVER_EPHEMERAL_DH_KEY",
    re.IGNORECASE,
)
_NO_RENEGOTIATION: Final = re.compile(
    r"UNSAFE_NEGOTIATION|safe renegotiation failed", re.IGNORECASE
)
_REASON: Final = re.compile(
    r"\[SSL: ([A-Z0-9_]+)\]|\bERR_SSL_([A-Z0-9_]+)|SSL routines:\w*:([a-z0-9 ]+)"
    r"|(wrong version number|unsupported protocol|no shared cipher|handshake failure"
    r"|no protocols available|unexpected eof|dh key too small"
    r"|unsafe legacy renegotiation disabled)",
    re.IGNORECASE,
)
_ALERT: Final = re.compile(
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
_CONNECTING: Final[dict[str, ObservedKind]] = {
    "dns-temporary": "dns-temporary",
    "dns-not-found": "dns-not-found",
    "refused": "refused",
    "unreachable": "unreachable",
    "timeout": "connect-timeout",
}
BY_WEIGHT: Final[tuple[Mishap, ...]] = (
    "verify-error", "tls-error", "dns-temporary", "dns-not-found", "refused", "unreachable",
    "timeout", "reset", "closed"
)  # fmt: skip
"""What says most comes first: curl, for one, closes the connection after each failure."""


def mishap(line: str) -> Mishap | None:
    """What a line tells of a failure below the protocol, if it does."""
    return next((what for what, words in _MISHAPS.items() if words.search(line)), None)


def observation(protocol: Protocol, what: Mishap, line: str) -> Observation:
    """What that is to the classification."""
    imap = protocol == "imap"
    tls: Stage = "imap-tls" if imap else "smtp-tls"
    if what in _CONNECTING:
        connect: Stage = "imap-connect" if imap else "smtp-connect"
        return Observation(connect, _CONNECTING[what])
    if what == "verify-error":
        code = next((code for words, code in _VERIFY if words.search(line)), _UNKNOWN_ISSUER)
        return Observation(tls, "verify-error", verify_code=code)
    if what == "tls-error":
        alert = _alert(line)
        reason = None if alert else _reason(line)
        return Observation(
            tls, "tls-alert" if alert else "tls-error", alert=alert, tls_reason=reason
        )
    greeting: Stage = "imap-greeting" if imap else "smtp-greeting"
    return Observation(greeting, "reset" if what == "reset" else "eof")


def _alert(line: str) -> str | None:
    """The alert of the other side, by its name in RFC 8446, section 6."""
    found = _ALERT.search(line)
    if found is None:
        return None
    name = found[1].strip().lower()
    return _GO_ALERTS.get(name, name).replace(" ", "_")


def _reason(line: str) -> str | None:
    """OpenSSL's reason, or that for which other libraries have words of their own."""
    if _TOO_WEAK.search(line):
        return "DH_KEY_TOO_SMALL"
    if _NO_RENEGOTIATION.search(line):
        return "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"
    found = _REASON.search(line)
    return next(filter(None, found.groups())).strip().upper().replace(" ", "_") if found else None
