"""TLS between buffers: what is sent and received is the connection's business."""

from __future__ import annotations

import contextlib
import re
import ssl
import warnings
from functools import cache
from typing import Any, Final

# OpenSSL's reasons for an alert that the other side sent, such as SSLV3_ALERT_HANDSHAKE_FAILURE,
# TLSV1_UNRECOGNIZED_NAME or TLSV13_ALERT_CERTIFICATE_REQUIRED.
_ALERT: Final = re.compile(r"SSLV3_ALERT_|TLSV13?_(ALERT_)?")
# Content types of a TLS record and its major version (RFC 8446 section 5.1).
_HEADER_BYTES: Final = 5
_DER: Final = 2  # what `ssl` calls _ssl.ENCODING_DER
_RECORD: Final = re.compile(rb"[\x14-\x18](\x03|$)")

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which `ssl` has no name for.
_NO_CHECK_TIME: Final = 0x200000


@cache
def verifying_context(ca_file: str | None) -> ssl.SSLContext:
    """Certificates must be valid, of a trusted authority, and for the host. Costs 40 ms, once."""
    return _context(ca_file)


@cache
def insecure_context() -> ssl.SSLContext:
    """Any certificate will do, one with a weak key or signature too. The system's authorities,
    which take 40 ms to read, are not asked for."""
    return _insecure()


def old_context() -> ssl.SSLContext:
    """Any certificate, and also versions of TLS that are out of use (RFC 8996)."""
    context = _insecure()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context


def timeless_context(ca_file: str | None) -> ssl.SSLContext:
    """Only the authority counts: neither dates nor names."""
    context = _context(ca_file)
    context.check_hostname = False
    context.verify_flags |= _NO_CHECK_TIME
    return context


def name_context(certificate: bytes, security_level: int) -> ssl.SSLContext:
    """This certificate (DER) is trusted whoever signed it and when: what else speaks against it,
    such as the name. ``security_level``: OpenSSL's; 0 finds no key too weak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(f"DEFAULT:@SECLEVEL={security_level}")
    context.hostname_checks_common_name = False
    context.load_verify_locations(cadata=certificate)
    context.verify_flags |= _NO_CHECK_TIME | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _insecure() -> ssl.SSLContext:
    context = _modern(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _context(ca_file: str | None) -> ssl.SSLContext:
    return _modern(ssl.create_default_context(cafile=ca_file))


def _modern(context: ssl.SSLContext) -> ssl.SSLContext:
    """Versions before 1.2 are out of use (RFC 8996). Python says so to OpenSSL by itself unless it
    was built to leave that to the system, as Debian's is. Nor does a common name stand for a host
    any more (RFC 9525, 2); OpenSSL takes it where there is no other name."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    return context


@cache
def hello_bytes() -> int:
    """How long our ClientHello is: more than a packet holds where OpenSSL, from 3.5 on, sends keys
    that a quantum computer cannot break."""
    layer = TlsLayer(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "localhost")
    layer.handshake()
    return len(layer.pending()) - _HEADER_BYTES


def looks_like_tls(data: bytes) -> bool:
    """Do these first bytes begin a TLS record?"""
    return _RECORD.match(data) is not None


def facts_of(error: ssl.SSLError) -> dict[str, Any]:
    """What an error in TLS means, as fields of an observation."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return {
            "kind": "verify-error",
            "verify_code": error.verify_code,
            "verify_message": error.verify_message,
        }
    reason: str | None = getattr(error, "reason", None)
    alert = _ALERT.match(reason or "")
    if reason is None or alert is None:
        return {"kind": "tls-error", "tls_reason": reason}
    return {"kind": "tls-alert", "tls_reason": reason, "alert": reason[alert.end() :].lower()}


class TlsLayer:
    """The client's side of one TLS connection."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    @property
    def version(self) -> str | None:
        """Such as ``TLSv1.3``."""
        return self._tls.version()

    @property
    def chain(self) -> list[bytes]:
        """The certificates that the other side showed, verified or not, its own first, as DER."""
        try:
            shown = self._tls.get_unverified_chain()  # type: ignore[attr-defined]  # Python 3.13
        except AttributeError:
            own: Any = self._tls
            shown = own._sslobj.get_unverified_chain()
        return [
            each if isinstance(each, bytes) else each.public_bytes(_DER) for each in shown or []
        ]

    def feed(self, data: bytes) -> None:
        """Take bytes off the wire."""
        self._incoming.write(data)

    def pending(self) -> bytes:
        """Bytes that are to go onto the wire."""
        return self._outgoing.read()

    def handshake(self) -> bool:
        """Go on with the handshake; False: it needs more bytes. Raises ssl.SSLError."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def encrypt(self, data: bytes) -> bytes:
        self._tls.write(data)
        return self.pending()

    def decrypt(self) -> bytes | None:
        """Decrypted bytes; None: needs more; empty: the other side closed. Raises ssl.SSLError."""
        try:
            return self._tls.read(65536)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""

    def farewell(self) -> bytes:
        """The alert that says we are closing (RFC 8446 section 6.1)."""
        with contextlib.suppress(ssl.SSLError):  # it waits for the other side's, we do not
            self._tls.unwrap()
        return self.pending()
