"""Each certificate profile fails a client the way it says, and TLS faults reach it as alerts."""

import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509

from fakeservers.wire import VALID_PROFILES, Tls
from fakeservers.wire.certificates import process_authority
from fakeservers.wire.profiles import OTHER_NAME, PROFILES

VERIFY_CODES = {
    "expired": 10,
    "not-yet-valid": 9,
    "self-signed": 18,
    "unknown-authority": 20,
    "missing-intermediate": 20,
    "expired-intermediate": 10,
    "expired-root": 10,
    "hostname-mismatch": 62,
    "common-name-only": 62,
    "wildcard": 62,
    "weak-key": 66,
    "wrong-purpose": 26,
}


def handshake(profile, host="localhost", *, named=True, **trust):
    """A client's handshake with a server that presents this profile; `named`: the host is in it.
    `trust`: of which the client's options are."""
    authority = process_authority()
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=_serve, args=(authority.context(profile, Tls()), theirs))
    server.start()
    client = ssl.create_default_context(cafile=authority.old_ca_file)
    client.hostname_checks_common_name = trust.get("common_name", False)
    client.check_hostname = named
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # Python's default from 3.13 on
    try:
        with client.wrap_socket(ours, server_hostname=host if named else None) as tls:
            if not named:  # as a client that leaves out the name, and looks at it all the same
                return tls.getpeercert()["subject"][0][0][1]
            return tls.version()
    finally:
        ours.close()
        server.join()


def _serve(context, sock):
    try:
        context.wrap_socket(sock, server_side=True).close()
    except OSError:
        sock.close()


def test_every_profile_is_either_valid_or_has_a_verify_code():
    assert {*VALID_PROFILES, "by-name", *VERIFY_CODES} == set(PROFILES)


@pytest.mark.parametrize("profile", sorted(VALID_PROFILES))
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "ip6-localhost"])
def test_a_valid_certificate_is_accepted_for_every_loopback_name(profile, host):
    assert handshake(profile, host) == "TLSv1.3"


@pytest.mark.parametrize("profile", ["valid", "valid-with-intermediate", "expired"])
def test_an_address_is_a_host_name_too_for_libraries_that_look_at_those_alone(profile):
    pem = process_authority().credential(profile).chain_pems[0]
    names = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName)[:2] == ["localhost", "127.0.0.1"]


@pytest.mark.parametrize(("profile", "code"), VERIFY_CODES.items())
def test_a_wrong_certificate_fails_with_its_verify_code(profile, code):
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(profile)
    assert caught.value.verify_code == code


def test_a_certificate_for_who_names_the_host():
    assert handshake("by-name") == "TLSv1.3"
    assert handshake("by-name", named=False) == OTHER_NAME
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake("by-name", "127.0.0.1")  # RFC 6066 section 3: an address is not named
    assert caught.value.verify_code == 64
    context = process_authority().context("by-name", Tls())
    client, named = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True), []
    for name in ("127.0.0.1", None, "localhost"):  # Ruby and PHP do name it
        context.sni_callback(client, name, context)
        named.append(client.context is not context)
    assert named == [False, False, True]


def test_a_common_name_is_taken_for_the_host_by_who_still_looks_at_it():
    assert handshake("common-name-only", common_name=True) == "TLSv1.3"


@pytest.mark.parametrize("profile", ["expired-root", "expired-cross-signature"])
def test_a_root_that_has_expired_is_trusted_by_who_was_never_brought_up_to_date(profile):
    """Else it would be unknown, not expired; and where it vouches for another it is not needed."""
    authority = process_authority()
    files = [Path(name).read_text() for name in (authority.ca_file, authority.old_ca_file)]
    assert [file.count("BEGIN CERTIFICATE") for file in files] == [1, 2]
    chain = authority.credential(profile).chain_pems
    issuers = [x509.load_pem_x509_certificate(pem).issuer.rfc4514_string() for pem in chain]
    assert issuers[-1] == "CN=badinbox root of old"
