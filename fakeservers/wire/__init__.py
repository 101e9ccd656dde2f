"""Sockets, TLS, certificates, and the transcript of what passed. Knows no protocol.

Here is what a service may say of them in its settings.
"""

from typing import Final, Literal

from pydantic import Field

from fakeservers.files.base_model import Spec

Listen = Literal["listening", "refused", "black-hole"]
"""What a port does: accept, refuse, or swallow every packet."""
HowCut = Literal["fin", "rst", "close-notify", "silent", "drip"]
"""How a link dies.

- `fin`: in order, with close_notify inside TLS (RFC 8446, 6.1); `rst`: at once.
- `close-notify`: TLS alone ends; the TCP connection stays, and nothing is said on it any more.
- `silent`: as behind a NAT that has forgotten it: nothing gets through in either direction, and
  nobody is told, not even by TCP. The server believes that the client is still there.
- `drip`: what is said from now on leaves a byte at a time.
"""
HowEnded = Literal["fin", "rst", "silent"]
"""How a link dies where the server is gone: see `HowCut`."""
Down = Literal["refused", "black-hole"]
"""What a port does whose server is down."""
EventName = Literal[
    "connect",
    "tls",
    "tls-established",
    "greeting",
    "command",
    "login",
    "continuation",
    "data",
    "end-of-data",
    "no-command",
    "token-request",
]
"""What a connection comes to; a script is asked about each. In the order in which they happen, with
implicit TLS, but for the last two: `no-command` may come wherever a command may.

- `connect`: the connection is accepted.
- `tls`: the client has begun a handshake; `tls-established`: it has succeeded.
- `greeting`: the server is about to greet.
- `command`: the client has given one, be it one that is refused.
- `login`: it has told its credentials, by whatever command.
- `continuation`: it has sent what it was asked for in the middle of a command.
- `data`: its message begins to come in; `end-of-data`: all of it is there.
- `no-command`: it has sent a line that is none: no tag, bytes that none may have, too long.
- `token-request`: at an authorization server, somebody asks for a token (RFC 6749, 4.4 and 6).
"""
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


USUAL_TLS: Final = Tls.model_construct()
"""That of a service of which nothing is said."""
