"""Each certificate profile fails a client the way it says, and TLS faults reach it as alerts."""

import socket
import ssl
import threading

import pytest
from cryptography import x509

from fakeservers.wire import Tls
from fakeservers.wire.certificates import PROFILES, process_authority

VERIFY_CODES = {
    "expired": 10,
    "not-yet-valid": 9,
    "self-signed": 18,
    "unknown-authority": 20,
    "missing-intermediate": 20,
    "expired-intermediate": 10,
    "hostname-mismatch": 62,
    "weak-key": 66,
    "wrong-purpose": 26,
}


def handshake(profile, host="localhost"):
    """A client's handshake with a server that presents this profile."""
    authority = process_authority()
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=_serve, args=(authority.context(profile, Tls()), theirs))
    server.start()
    client = ssl.create_default_context(cafile=authority.ca_file)
    try:
        with client.wrap_socket(ours, server_hostname=host) as tls:
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
    assert {"valid", "valid-with-intermediate", *VERIFY_CODES} == set(PROFILES)


@pytest.mark.parametrize("profile", ["valid", "valid-with-intermediate"])
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
