"""Failures below the protocol, as libraries word them: they happen again."""

from __future__ import annotations

import pytest

MESSAGES = {
    "self-signed-certificate": "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]"
    " certificate verify failed: self-signed certificate (_ssl.c:1006) on port 993",
    "hostname-mismatch": "SSLCertVerificationError: certificate verify failed: Hostname mismatch,"
    " certificate is not valid for 'imap.firma.example'. (_ssl.c:1006)",
    "certificate-not-yet-valid": "SSL certificate problem: certificate is not yet valid (port 993)",
    "client-tls-to-plain-port": "ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number"
    " (_ssl.c:1006) imap.firma.example:993",
    "tls-version": "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version :993",
    "dns-not-found": "Error: getaddrinfo ENOTFOUND imap.firma.example",
    "refused": "Error: connect ECONNREFUSED 198.51.100.24:993",
    "connect-timeout": "Error: connect ETIMEDOUT 198.51.100.24:993",
    "reset-at-connect": "imaplib.IMAP4.abort: [Errno 104] Connection reset by peer (port 993)",
}


@pytest.mark.parametrize("cause", MESSAGES)
def test_it_happens_again(reproduce, cause):
    made = reproduce(MESSAGES[cause])
    assert made.code == 0, made.err
    assert made.data["cause"] == cause
    assert "firma" not in made.text + made.out
    first, *cures = made.run()
    assert first["diagnosis"]["cause"] == cause
    assert [cure["diagnosis"]["error"] for cure in cures] == ["connected"]
