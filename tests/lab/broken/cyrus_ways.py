"""The ways in which Cyrus IMAP is set up wrong."""

from __future__ import annotations

from collections.abc import Mapping

from harness.taxonomy import Cause
from tests.lab.broken.ways import Way

SETTINGS = "imap-settings-incorrect"
REFUSED = "imap-authentication-error"
CONFIRMATION = "imap-confirmation-error"
UNTRUSTED = "unauthorized-untrusted-certificate"
BAD = ("unauthorized", "imap-login", "bad-credentials")
STARTTLS = {"security": "starttls"}
CLEARTEXT = {"security": "cleartext"}
NO_CERTIFICATE = {"tls_server_cert": "disabled", "tls_server_key": "disabled"}
IMPATIENT = {"timeout_s": 2.0}
CERTIFICATES: Mapping[str, Cause] = {
    "expired": "certificate-expired",
    "self-signed": "self-signed-certificate",
    "unknown-authority": "unknown-authority",
    "hostname-mismatch": "hostname-mismatch",
}

WORKS = [
    Way("set up as it should be", "connected"),
    Way("STARTTLS", "connected", security="starttls", typed=STARTTLS),
    Way("cleartext, which it permits", "connected", security="cleartext",
        setup={"allowplaintext": "yes"}, typed=CLEARTEXT),
    Way("a message of the day", "connected", special="motd"),
    Way("it does not tell its version", "connected", setup={"serverinfo": "off"}),
    Way("alternate names of mailboxes are off", "connected",
        setup={"altnamespace": "no", "unixhierarchysep": "no"}),
    Way("IDLE is suppressed", "connected", setup={"suppress_capabilities": "IDLE ID NAMESPACE"}),
    Way("the quota is exceeded", "connected", typed={"user": "full@example.test"}),
    Way("no mechanism but LOGIN, the command", "connected", setup={"sasl_mech_list": "GSSAPI"}),
    Way("TLS 1.2 only", "connected", setup={"tls_versions": "tls1_2"}),
]  # fmt: skip

LOGINS = [
    Way("wrong password", *BAD, typed={"password": "wrong"}),
    Way("wrong password, and a pause of 3 s", *BAD, typed={"password": "wrong"},
        setup={"failedloginpause": "3"}, waits=True),
    Way("wrong password, and more patience than the client's", REFUSED, "imap-login", "timeout",
        typed={"password": "wrong", **IMPATIENT}, setup={"failedloginpause": "5"}, waits=True),
    Way("unknown user", *BAD, typed={"user": "nobody"}),
    Way("a user name that cannot be", *BAD, typed={"user": "an/na"}),
    Way("saslauthd is down", REFUSED, "imap-login", "temporary-failure",
        setup={"sasl_saslauthd_path": "/nonexistent"}),
    Way("saslauthd breaks off", REFUSED, "imap-login", "temporary-failure",
        typed={"user": "unavailable"}),
    Way("cleartext log-in refused", REFUSED, "imap-login", "tls-required",
        security="cleartext", typed=CLEARTEXT),
    Way("too many log-ins from an address", REFUSED, "imap-login", "too-many-connections",
        setup={"maxlogins_per_host": "1"}, special="held"),
    Way("too many log-ins of a user", REFUSED, "imap-login", "too-many-connections",
        setup={"maxlogins_per_user": "1", "maxlogins_per_host": "0"}, special="held"),
    Way("IMAP is denied to the user", REFUSED, "imap-login", "imap-disabled",
        ("not-authorized", "account-locked"), special="denied",
        typed={"user": "denied@example.test"}),
]  # fmt: skip

MAILBOXES = [
    Way("there is no mailbox", CONFIRMATION, "imap-confirm", "mailbox-unavailable",
        setup={"autocreate_quota": "-1", "autocreate_post": "no"}, typed={"user": "homeless"}),
    Way("its access list shuts its owner out", CONFIRMATION, "imap-confirm", "not-authorized",
        ("mailbox-unavailable",), special="acl", typed={"user": "shutout"}),
    Way("the mailbox's files are gone", CONFIRMATION, "imap-confirm", "mailbox-unavailable",
        special="gone", typed={"user": "gone"}),
    Way("the mailbox's files are broken", CONFIRMATION, "imap-confirm", "mailbox-unavailable",
        special="broken", typed={"user": "broken"}),
    Way("the partition is not there", CONFIRMATION, "imap-confirm", "mailbox-unavailable",
        setup={"partition-default": "/nonexistent"}, typed={"user": "gone"}),
    # Its program ends before it has said anything, and is begun again.
    Way("the list of mailboxes cannot be read", SETTINGS, "imap-tls", "tls-handshake-timeout",
        special="no-database", typed=IMPATIENT, waits=True),
]  # fmt: skip

TRANSPORT = [
    *(Way(f"certificate: {profile}", UNTRUSTED, "imap-tls", cause,
          setup={"certificate": profile})
      for profile, cause in CERTIFICATES.items()),
    *(Way(f"certificate after STARTTLS: {profile}", UNTRUSTED, "imap-tls", cause,
          setup={"certificate": profile}, security="starttls", typed=STARTTLS)
      for profile, cause in CERTIFICATES.items()),
    Way("no certificate, and STARTTLS typed", SETTINGS, "imap-starttls", "starttls-not-offered",
        setup=NO_CERTIFICATE, security="starttls", typed=STARTTLS),
    Way("no certificate on the TLS port", SETTINGS, "imap-tls", "tls-closed-in-handshake",
        ("closed-at-connect",), setup=NO_CERTIFICATE),
    Way("the certificate's file is not there", SETTINGS, "imap-starttls", "starttls-refused",
        setup={"tls_server_cert": "/nonexistent"}, security="starttls", typed=STARTTLS),
    Way("TLS 1.1 is all it speaks", SETTINGS, "imap-tls", "tls-version",
        setup={"tls_versions": "tls1_1", "tls_ciphers": "ALL:@SECLEVEL=0"}),
    Way("no cipher in common", SETTINGS, "imap-tls", "tls-no-shared-cipher",
        setup={"tls_versions": "tls1_2", "tls_ciphers": "AES128-SHA"}),
    Way("it wants the client's certificate", SETTINGS, "imap-tls",
        "tls-client-certificate-required",
        setup={"tls_client_certs": "require", "tls_client_ca_file": "{folder}/valid.pem"}),
    Way("TLS typed, and the port speaks cleartext", SETTINGS, "imap-tls",
        "client-tls-to-plain-port", security="starttls", typed={"security": "implicit-tls"}),
    Way("STARTTLS typed, and the port speaks TLS", SETTINGS, "imap-greeting",
        "client-plain-to-tls-port", typed={**STARTTLS, **IMPATIENT}),
    Way("cleartext typed, and the port speaks TLS", SETTINGS, "imap-greeting",
        "client-plain-to-tls-port", typed={**CLEARTEXT, **IMPATIENT}),
]  # fmt: skip

SERVICES = [
    Way("the service is down", SETTINGS, "imap-connect", "refused", special="down"),
    Way("its program ends at once", SETTINGS, "imap-greeting", "closed-at-connect",
        ("reset-at-connect",), program="/bin/false", security="cleartext", typed=STARTTLS),
    Way("no process is free", SETTINGS, "imap-greeting", "silent-server",
        ("client-plain-to-tls-port",), security="starttls", special="one-process",
        typed={**STARTTLS, **IMPATIENT}, waits=True),
    # It says so to whoever has logged in.
    Way("it is being shut down", CONFIRMATION, "imap-confirm", "server-unavailable",
        security="starttls", special="shutdown", typed=STARTTLS),
    Way("the port is that of sieve", SETTINGS, "imap-greeting", "wrong-service",
        program="timsieved", security="cleartext", typed=STARTTLS),
    Way("the port is that of LMTP", SETTINGS, "imap-greeting", "wrong-service",
        program="lmtpd", security="cleartext", typed=STARTTLS),
]  # fmt: skip

WAYS = [*WORKS, *LOGINS, *MAILBOXES, *TRANSPORT, *SERVICES]
