"""What a check saw at its first failing stage: all that classification may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.contract.settings import Security
from harness.taxonomy import Stage

ObservedKind = Literal[
    "reply",  # the server's lines answer the command (or are its greeting)
    "timeout",  # nothing, or nothing complete, came in time
    "eof",  # the server closed the connection
    "reset",  # the connection was reset
    "refused",  # TCP: connection refused
    "unreachable",  # TCP: no route to the host or its network
    "connect-timeout",  # TCP: no answer to the connection attempt
    "dns-not-found",  # the host name does not exist (also: cannot exist)
    "dns-temporary",  # the name could not be looked up at present
    "verify-error",  # the certificate was not accepted by us
    "tls-alert",  # the server sent a TLS alert (RFC 8446 section 6)
    "tls-error",  # any other failure inside TLS
    "not-offered",  # a capability we need is not on the server's list
    "injected",  # plaintext arrived after the OK to STARTTLS, before TLS
]


@dataclass(frozen=True)
class Observation:
    """The facts of one failed stage, as far as they are known.

    - ``stage``: the stage that failed.
    - ``kind``: what ended it. Lines received before an end of file still count: a reply beats a
      later disconnect.
    - ``lines``: the server's lines for that command as received, with or without line ends. Mask
      secrets before filling them in: they are quoted as evidence.
    - ``security``: how the customer asked for encryption.
    - ``tls``: is TLS active at this moment.
    - ``imap_accepted_login``: at ``smtp-login``, IMAP accepted the same user name and password.
    - ``by_token``: the log-in was by an access token, not by a password.
    - ``capabilities``: the server's list (CAPABILITY or EHLO keywords) if it is known.
    - ``missing``: with kind ``not-offered``, what was looked for (``STARTTLS``, ``AUTH=PLAIN``,
      ``IMAP4rev1`` …).
    - ``errno``: the operating system's number, for sockets errors.
    - ``raw``: bytes received that are not lines: an alert that a TLS server sends to a cleartext
      client, or the plain first bytes that a TLS client met instead of a ServerHello.
    - ``verify_code``, ``verify_message``: OpenSSL's X509_V_ERR number and its text.
    - ``alert``: TLS alert as a number ("40") or a name ("handshake_failure", or OpenSSL's reason
      such as "SSLV3_ALERT_HANDSHAKE_FAILURE").
    - ``tls_reason``: OpenSSL's reason, such as "WRONG_VERSION_NUMBER".
    - ``warnings``: ids that the check wants to be reported with the diagnosis.
    """

    stage: Stage
    kind: ObservedKind = "reply"
    lines: tuple[bytes, ...] = ()
    security: Security = "implicit-tls"
    tls: bool = False
    imap_accepted_login: bool = False
    by_token: bool = False
    capabilities: tuple[str, ...] = ()
    missing: str | None = None
    errno: int | None = None
    raw: bytes = b""
    verify_code: int | None = None
    verify_message: str | None = None
    alert: str | None = None
    tls_reason: str | None = None
    warnings: tuple[str, ...] = ()
