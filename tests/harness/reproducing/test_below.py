"""Failures below the protocol, as libraries word them: they happen again."""

from __future__ import annotations

import pytest

from harness.reproducing.failure import find_failure
from harness.reproducing.material import read

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


RUNTIMES = [  # rustls, Go's x509, net and tls, PHP's streams, .NET, Python
    ("invalid peer certificate: CaUsedAsEndEntity (imap)", "wrong-purpose"),
    ("invalid peer certificate: Expired, port 993", "certificate-expired"),
    (
        "imap: x509: certificate has expired or is not yet valid: current time"
        " 2026-11-03T08:00:00Z is after 2026-11-01T00:00:00Z",
        "certificate-expired",
    ),
    ("x509: certificate is valid for a.example, not imap.b.example", "hostname-mismatch"),
    ("x509: certificate signed by unknown authority, port 993", "unknown-authority"),
    (
        "Peer certificate CN=`a.example' did not match expected CN=`imap.b.example'",
        "hostname-mismatch",
    ),
    ("[Errno 99] Cannot assign requested address, port 993", "unreachable"),
    ("No connection could be made because the target actively refused it :993", "refused"),
    ("the connected party did not properly respond after a time :993", "connect-timeout"),
    ("No such host is known. (imap.b.example:993)", "dns-not-found"),
    ("dial tcp: lookup imap.b.example on 127.0.0.53:53: no such host", "dns-not-found"),
    ("dial tcp: lookup imap.b.example on 127.0.0.53:53: server misbehaving", "dns-temporary"),
    ("dial tcp: lookup imap.b.example on [::1]:53: read udp: i/o timeout", "dns-temporary"),
    ("[Errno -3] Temporary failure in name resolution, port 993", "dns-temporary"),
    ("EOF occurred in violation of protocol (_ssl.c:590) port 993", "tls-closed-in-handshake"),
    ("imap: remote error: tls: handshake failure", "tls-no-shared-cipher"),
]


@pytest.mark.parametrize(("message", "cause"), RUNTIMES)
def test_each_runtime_says_it_in_its_own_words(message, cause):
    failure = find_failure(read([message]))
    assert failure is not None
    assert failure.diagnosis.cause == cause
    assert failure.lines == ()


def test_words_like_those_of_a_runtime_tell_of_no_failure():
    lines = ["the certificate matched", "no such folder", "it responded properly", "hosts: known"]
    assert find_failure(read(lines)) is None
