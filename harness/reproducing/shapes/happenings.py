"""What libraries say of failures below the protocol: names, sockets, TLS. Any client may say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.reproducing.dialogue import Said

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
            r"|certificate subject name .* does not match|no alternative certificate subject name",
        ),
        (
            "dns-not-found",
            r"could not resolve host|name or service not known|ENOTFOUND|nodename nor servname"
            r"|UnknownHostException|no address associated with hostname|cannot resolve",
        ),
        ("refused", r"connection refused|ECONNREFUSED"),
        ("unreachable", r"no route to host|network is unreachable|EHOSTUNREACH|ENETUNREACH"),
        ("reset", r"connection reset|ECONNRESET"),
        (
            "tls-error",
            r"wrong version number|unsupported protocol|protocol version|handshake failure"
            r"|no shared cipher|ssl3?_(?:get|read)_\w+:|SSLHandshakeException|alert \w+",
        ),
        ("timeout", r"timed out|ETIMEDOUT|timeout (?:was )?(?:reached|expired)|ESOCKETTIMEDOUT"),
        (
            "closed",
            r"connection (?:unexpectedly )?closed|unexpected eof|socket closed"
            r"|server disconnected|connection dropped|socket error: EOF|closed with remote host"
            r"|response reading failed",
        ),
    )
)


def happened(line: str) -> Iterator[Said]:
    """What a line tells of a failure, if it does."""
    for what, words in _HAPPENINGS:
        if words.search(line):
            yield Said("*", what, about=line.strip())
            return
