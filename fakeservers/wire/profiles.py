"""The certificates themselves: those that are right, and each profile of being wrong.

Keys are ECDSA but for the weak one and the one for an old key exchange (RSA costs 73 ms and more).
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fakeservers.wire import CertificateProfile

Names = tuple[str, ...]
"""What a certificate is for: host names and addresses; the first is the subject's."""

NAMES: Names = ("localhost", "127.0.0.1", "::1", "ip6-localhost", "localhost6")
OTHER_NAME = "mail.other.example"

_NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
"""What a key may be for (RFC 5280, 4.2.1.3)."""


@dataclass(frozen=True)
class Credential:
    """A private key and the certificates to present with it, leaf first, as PEM."""

    key_pem: bytes
    chain_pems: tuple[bytes, ...]

    def load_into(self, context: ssl.SSLContext) -> None:
        """Present this credential from `context`."""
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(self.key_pem + b"".join(self.chain_pems))
            file.flush()
            context.load_cert_chain(file.name)


def _issue(
    ca: trustme.CA,
    names: Names,
    *,
    not_before: datetime.datetime = _NOW - _DAY,
    not_after: datetime.datetime = _NOW + 365 * _DAY,
) -> Credential:
    builder = _builder(_subject(ca), names, not_before, not_after)
    return _signed_by(ca, builder, ec.generate_private_key(ec.SECP256R1()))


@functools.cache
def with_rsa_key(ca: trustme.CA, names: Names) -> Credential:
    """A valid certificate for who exchanges keys by classic Diffie-Hellman."""
    return _signed_by(ca, _builder(_subject(ca), names), rsa.generate_private_key(65537, 2048))


def _hostname_mismatch(ca: trustme.CA, _names: Names) -> Credential:
    return _issue(ca, (OTHER_NAME,))


def _unknown_authority(ca: trustme.CA, names: Names) -> Credential:
    return _issue(trustme.CA(organization_name="an authority nobody knows"), names)


def _with_intermediate(ca: trustme.CA, names: Names) -> Credential:
    child = ca.create_child_ca()
    leaf = _issue(child, names)
    return Credential(leaf.key_pem, (*leaf.chain_pems, child.cert_pem.bytes()))


def _missing_intermediate(ca: trustme.CA, names: Names) -> Credential:
    whole = _with_intermediate(ca, names)
    return Credential(whole.key_pem, whole.chain_pems[:1])


def _expired_intermediate(ca: trustme.CA, names: Names) -> Credential:
    """The server's own certificate is in order; that of the authority between it and the trusted
    one has expired."""
    key, issuer = ec.generate_private_key(ec.SECP256R1()), _name("badinbox intermediate authority")
    between = _builder(_subject(ca), (), _NOW - 90 * _DAY, _NOW - _DAY, subject=issuer)
    above = _signed_by(ca, _authority(between, key.public_key()), key)
    leaf = _built(ec.generate_private_key(ec.SECP256R1()), _builder(issuer, names), key)
    return Credential(leaf.key_pem, (*leaf.chain_pems, *above.chain_pems))


@functools.cache
def expired_root(ca: trustme.CA) -> Credential:
    """An authority of its own whose certificate, signed by itself, has expired."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("badinbox root of old")
    builder = _builder(name, (), _NOW - 3650 * _DAY, _NOW - _DAY, subject=name)
    return _built(key, _authority(builder, key.public_key()), key)


def _below_expired_root(ca: trustme.CA, names: Names) -> Credential:
    """The server's own certificate is in order; the root above it, which the client trusts, has
    expired."""
    above = expired_root(ca)
    signer = serialization.load_pem_private_key(above.key_pem, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    builder = _builder(_name("badinbox root of old"), names)
    return _built(ec.generate_private_key(ec.SECP256R1()), builder, signer)


def _expired_cross_signature(ca: trustme.CA, names: Names) -> Credential:
    """The trusted authority has signed the server's certificate; beside it the server shows that an
    older root had vouched for this authority once, which has expired."""
    leaf, above = _issue(ca, names), expired_root(ca)
    signer = serialization.load_pem_private_key(above.key_pem, None)
    own = x509.load_pem_x509_certificate(ca.cert_pem.bytes())
    key = own.public_key()
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    old = _builder(
        _name("badinbox root of old"), (), _NOW - 3650 * _DAY, _NOW - _DAY, subject=own.subject
    )
    named = _by_whom(_authority(old, key), signer)
    cross = named.public_key(key).sign(signer, hashes.SHA256())
    return Credential(
        leaf.key_pem, (*leaf.chain_pems, cross.public_bytes(serialization.Encoding.PEM))
    )


def _common_name_only(ca: trustme.CA, names: Names) -> Credential:
    """The host is in the subject's common name, as before RFC 2818 in 2000, and nowhere else."""
    builder = _builder(_subject(ca), (), subject=_name(names[0]))
    return _signed_by(ca, builder, ec.generate_private_key(ec.SECP256R1()))


def _wildcard(ca: trustme.CA, names: Names) -> Credential:
    """For what is one level below the host: not for the host itself, nor for what is deeper."""
    return _issue(ca, (f"*.{names[0]}",))


def _self_signed(ca: trustme.CA, names: Names) -> Credential:
    key = ec.generate_private_key(ec.SECP256R1())
    return _built(key, _builder(_name(names[0]), names), key)


def _weak_key(ca: trustme.CA, names: Names) -> Credential:
    return _signed_by(ca, _builder(_subject(ca), names), rsa.generate_private_key(65537, 1024))


def _wrong_purpose(ca: trustme.CA, names: Names) -> Credential:
    """A certificate for clients, not for servers."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = _builder(_subject(ca), names).add_extension(purpose, critical=True)
    return _signed_by(ca, builder, ec.generate_private_key(ec.SECP256R1()))


_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _subject(ca: trustme.CA) -> x509.Name:
    return x509.load_pem_x509_certificate(ca.cert_pem.bytes()).subject


def _builder(
    issuer: x509.Name,
    names: Names,
    not_before: datetime.datetime = _NOW - _DAY,
    not_after: datetime.datetime = _NOW + 365 * _DAY,
    *,
    subject: x509.Name | None = None,
) -> x509.CertificateBuilder:
    """``subject``: an authority's, which is for no host; left out: the first of the names."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject or _name(names[0]))
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    if not names:
        return builder
    general = [each for name in names for each in _general_names(name)]
    return builder.add_extension(x509.SubjectAlternativeName(general), critical=False)


def _authority(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """With all that the certificate of an authority must have (RFC 5280, 4.2.1.2, .3 and .9): from
    3.13 on Python's default is to insist on it."""
    usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def is_address(name: str) -> bool:
    """Whether it is an IP address, not a host name."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _general_names(name: str) -> Iterator[x509.GeneralName]:
    """A host name as itself; an address as one, and an IPv4 address as a host name besides: Jakarta
    Mail and c-client, PHP's IMAP, look for what they connect to among the host names alone."""
    if not is_address(name):
        yield x509.DNSName(name)
        return
    address = ipaddress.ip_address(name)
    yield x509.IPAddress(address)
    if address.version == 4:
        yield x509.DNSName(name)


def _by_whom(builder: x509.CertificateBuilder, signer: _PrivateKey) -> x509.CertificateBuilder:
    """Whose key signs it is told, except of what signs itself (RFC 5280, 4.2.1.1)."""
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return builder.add_extension(identifier, critical=False)


def _built(key: _PrivateKey, builder: x509.CertificateBuilder, signer: _PrivateKey) -> Credential:
    if signer is not key:
        builder = _by_whom(builder, signer)
    certificate = builder.public_key(key.public_key()).sign(signer, hashes.SHA256())
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return Credential(key_pem, (certificate.public_bytes(serialization.Encoding.PEM),))


def _signed_by(ca: trustme.CA, builder: x509.CertificateBuilder, key: _PrivateKey) -> Credential:
    signer = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    return _built(key, builder, signer)


PROFILES: dict[CertificateProfile, Callable[[trustme.CA, Names], Credential]] = {
    "valid": _issue,
    "valid-with-intermediate": _with_intermediate,
    "expired": functools.partial(_issue, not_before=_NOW - 90 * _DAY, not_after=_NOW - _DAY),
    "not-yet-valid": functools.partial(
        _issue, not_before=_NOW + 30 * _DAY, not_after=_NOW + 90 * _DAY
    ),
    "self-signed": _self_signed,
    "unknown-authority": _unknown_authority,
    "missing-intermediate": _missing_intermediate,
    "expired-intermediate": _expired_intermediate,
    "expired-root": _below_expired_root,
    "expired-cross-signature": _expired_cross_signature,
    "hostname-mismatch": _hostname_mismatch,
    "by-name": _hostname_mismatch,  # for who does not name the server
    "common-name-only": _common_name_only,
    "wildcard": _wildcard,
    "weak-key": _weak_key,
    "wrong-purpose": _wrong_purpose,
}
