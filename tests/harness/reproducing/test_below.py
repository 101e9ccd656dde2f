"""Failures below the protocol, as libraries word them: they happen again."""

from __future__ import annotations

import pytest
import yaml

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
    "starttls-not-offered": "smtplib.SMTPNotSupportedError: STARTTLS extension not supported by"
    " server.",
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
    ("imap: verify error:num=20", "unknown-authority"),
    ("SMTP: SSL certificate verification error, code 18", "self-signed-certificate"),
    ("imap: Verify return code: 10", "certificate-expired"),
    ("imaplib.IMAP4.error: b'220 smtp.example.org ESMTP ready'", "wrong-service"),
    ("Net::SMTPUnknownError: could not get 3xx (250: * OK Dovecot ready.)", "wrong-service"),
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
    # What each said of the catalogue's cases: curl 7.88 and Python 3.11 with OpenSSL 3.0, Node 20,
    # Ruby 3.1, PHP 8.2, Go 1.19, Java 17.
    ("curl: (35) OpenSSL/3.0.19: error:0A00018A:SSL routines::dh key too small", "tls-too-weak"),
    (
        "error:141A318A:SSL routines:tls_process_ske_dhe:dh key too small:../ssl/statem.c:2150:",
        "tls-too-weak",
    ),
    ("ssl.SSLError: [SSL: DH_KEY_TOO_SMALL] dh key too small (_ssl.c:1006)", "tls-too-weak"),
    (
        "SSL_connect returned=1 errno=0 peeraddr=192.0.2.1:993 state=error: dh key too small",
        "tls-too-weak",
    ),
    ("ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED imap", "tls-too-weak"),
    ("error:0A000152:SSL routines::unsafe legacy renegotiation disabled", "tls-too-weak"),
    # GnuTLS, NSS and Java where their policy is stricter: inspircd/inspircd issue 421,
    # webcompat/web-bugs 1405, arkenfox/user.js 1094, adorsys/xs2a-adapter pull request 262.
    (
        "The Diffie-Hellman prime sent by the server is not acceptable (not long enough).",
        "tls-too-weak",
    ),
    ("Error code: ssl_error_weak_server_ephemeral_dh_key", "tls-too-weak"),
    ("Error code: SSL_ERROR_UNSAFE_NEGOTIATION, port 993", "tls-too-weak"),
    (
        "javax.net.ssl.SSLHandshakeException: DHPublicKey does not comply to algorithm constraints",
        "tls-too-weak",
    ),
    ("javax.net.ssl.SSLException: Could not generate DH keypair", "tls-too-weak"),
    ("imap: remote error: tls: expired certificate", "tls-client-certificate-required"),
    ("imap: remote error: tls: certificate required", "tls-client-certificate-required"),
    (
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_expired",
        "tls-client-certificate-required",
    ),
    (
        "javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure",
        "tls-no-shared-cipher",
    ),
    ("Received fatal alert: protocol_version, port 993", "tls-version"),
    (
        "[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert certificate expired (_ssl.c:1006)",
        "tls-client-certificate-required",
    ),
    (
        "SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:SSL alert number 116",
        "tls-client-certificate-required",
    ),
    (
        "x509: certificate relies on legacy Common Name field, use SANs instead, port 993",
        "hostname-mismatch",
    ),
    (
        "x509: cannot validate certificate for 192.0.2.1 because it doesn't contain any IP SANs",
        "hostname-mismatch",
    ),
    ("x509: certificate is valid for *.a.example, not a.example", "hostname-mismatch"),
    (
        "Hostname/IP does not match certificate's altnames: Host: a.example. is not in the cert's"
        " altnames: DNS:*.a.example, code: 'ERR_TLS_CERT_ALTNAME_INVALID'",
        "hostname-mismatch",
    ),
    (
        "javax.net.ssl.SSLHandshakeException: No subject alternative DNS name matching a.example"
        " found.",
        "hostname-mismatch",
    ),
    ("No subject alternative names matching IP address 192.0.2.1 found", "hostname-mismatch"),
    (
        "Peer certificate subjectAltName did not match expected name `a.example'",
        "hostname-mismatch",
    ),
    ("certificate verify failed (hostname mismatch)", "hostname-mismatch"),
    (
        "SSL: no alternative certificate subject name matches target host name 'a.example'",
        "hostname-mismatch",
    ),
    ("PKIX path validation failed: validity check failed", "certificate-expired"),
    ("curl: (60) SSL certificate problem: certificate has expired", "certificate-expired"),
]


@pytest.mark.parametrize(("message", "cause"), RUNTIMES)
def test_each_runtime_says_it_in_its_own_words(message, cause):
    failure = find_failure(read([message]))
    assert failure is not None
    assert failure.diagnosis.cause == cause
    assert failure.lines == ()


def test_words_like_those_of_a_runtime_tell_of_no_failure():
    lines = [
        *("the certificate matched", "no such folder", "it responded properly", "hosts: known"),
        *("the key was not too small", "renegotiation is secure", "a Diffie-Hellman prime number"),
        *("Alert: maintenance on Sunday", "the subject line has alternatives"),
    ]
    for line in lines:
        assert find_failure(read([line])) is None, line


@pytest.mark.parametrize(
    ("message", "tls"),
    [
        ("[SSL: DH_KEY_TOO_SMALL] dh key too small, port 993", {"ciphers": "weak-dh"}),
        ("unsafe legacy renegotiation disabled, port 993", {"renegotiation": "none"}),
    ],
)
def test_what_is_too_weak_happens_again_as_it_was(reproduce, message, tls):
    made = reproduce(message)
    assert made.code == 0, made.err
    first, *cures = made.run()
    assert first["diagnosis"]["cause"] == "tls-too-weak"
    assert [cure["diagnosis"]["error"] for cure in cures] == ["connected"]
    assert yaml.safe_load(made.text)["imap"]["tls"] == tls
