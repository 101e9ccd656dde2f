"""Names for TLS alerts (RFC 8446 section 6, RFC 5246 section 7.2)."""

from __future__ import annotations

from typing import Final

_ALERTS: Final[dict[int, str]] = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    116: "certificate_required",
    120: "no_application_protocol",
}


def alert_name(alert: str | None, tls_reason: str | None) -> str | None:
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
