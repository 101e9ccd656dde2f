"""Sockets, TLS, certificates, and the transcript of what passed. Knows no protocol.

Here is what a service may say of them in its settings.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from fakeservers import Spec

Listen = Literal["listening", "refused", "black-hole"]
"""What a port does: accept, refuse, or swallow every packet."""
EventName = Literal[
    "connect",
    "tls",
    "greeting",
    "command",
    "login",
    "continuation",
    "data",
    "end-of-data",
]
"""What a connection comes to, a script is asked about each: in the order in which they happen, with
implicit TLS."""
TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]
CertificateProfile = Literal[
    "valid",
    "valid-with-intermediate",
    "expired",
    "not-yet-valid",
    "self-signed",
    "unknown-authority",
    "missing-intermediate",
    "expired-intermediate",
    "expired-root",
    "expired-cross-signature",
    "hostname-mismatch",
    "by-name",
    "common-name-only",
    "wildcard",
    "weak-key",
    "wrong-purpose",
]
VALID_PROFILES: Final[frozenset[CertificateProfile]] = frozenset(
    {"valid", "valid-with-intermediate", "expired-cross-signature"}
)
"""Those with which nothing is wrong, whoever looks."""


class Tls(Spec):
    """How a service speaks TLS, its certificate apart."""

    versions: tuple[TlsVersion, ...] = Field(default=("1.2", "1.3"), min_length=1)
    """The versions that it speaks, in quotes, oldest first."""
    ciphers: Literal["modern", "unshared", "weak-dh"] = "modern"
    """`unshared`: RSA key exchange only; `weak-dh`: Diffie-Hellman in a group of 1024 bits only."""
    renegotiation: Literal["secure", "none"] = "secure"
    """`none`: the server has never heard of RFC 5746, and says nothing of it."""
    client_certificate: Literal["none", "required"] = "none"
    """Whether the client must have a certificate."""
