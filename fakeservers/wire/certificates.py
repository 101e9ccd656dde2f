"""Certificates that are right, and each profile of being wrong; TLS contexts that present them.

One authority per process. Keys are ECDSA but for the weak one (an RSA key costs 73 ms).
"""

from __future__ import annotations

import atexit
import datetime
import functools
import ipaddress
import os
import ssl
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fakeservers.wire import CertificateProfile, Tls

Names = tuple[str, ...]
"""What a certificate is for: host names and addresses; the first is the subject's."""

NAMES: Names = ("localhost", "127.0.0.1", "::1", "ip6-localhost", "localhost6")
OTHER_NAME = "mail.other.example"
ORGANIZATION = "badinbox test authority"
CA_FILE, CA_KEY, CA_STORE = "ca.pem", "ca-key.pem", "ca.p12"
"""In the folder of an authority that is kept."""
TRUST_STORE_PASSWORD = "badinbox"
"""No secret: there is nothing in the store but a public certificate."""
UNSHARED_CIPHERS = "AES128-SHA256:AES256-SHA"
"""RSA key exchange only: no client can agree on it with an ECDSA certificate."""

_NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)
_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


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


class Authority:
    """A certificate authority of our own, and what it (and an impostor) issues."""

    def __init__(self, folder: Path | None = None) -> None:
        """Without a folder: one for this process only. With one: the authority that is kept in it,
        made where there is none. Raises OSError, ValueError for what is no such authority."""
        self._folder = folder
        self._ca = _kept(folder) if folder else trustme.CA(organization_name=ORGANIZATION)

    @property
    def pem(self) -> bytes:
        """The authority's certificate, for a client to trust."""
        return self._ca.cert_pem.bytes()

    @functools.cached_property
    def ca_file(self) -> str:
        """Path of a PEM file with the authority's certificate. One that is not kept is removed when
        the process ends."""
        return str(self._folder / CA_FILE) if self._folder else _published(self.pem, ".pem")

    @functools.cached_property
    def trust_store_file(self) -> str:
        """The same as a PKCS#12 file that Java takes for a trust store (RFC 7292; the password is
        `TRUST_STORE_PASSWORD`)."""
        certificate = x509.load_pem_x509_certificate(self.pem)
        encryption = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(TRUST_STORE_PASSWORD.encode())
        )
        entry = pkcs12.PKCS12Certificate(certificate, b"badinbox")
        store = pkcs12.serialize_java_truststore([entry], encryption)
        if self._folder is None:
            return _published(store, ".p12")
        file = self._folder / CA_STORE
        file.write_bytes(store)
        return str(file)

    def context(self, profile: CertificateProfile, tls: Tls, names: Names = ()) -> ssl.SSLContext:
        """A server's TLS context that presents this certificate and speaks as `tls` says.

        `names`: addresses and host names that are to be among the certificate's, besides `NAMES`.
        """
        return self._context(profile, tls, (*NAMES, *(name for name in names if name not in NAMES)))

    @functools.cache  # noqa: B019 - one authority lives as long as the process
    def _context(self, profile: CertificateProfile, tls: Tls, names: Names) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 and 1.1 are the fault
            context.minimum_version = min(_VERSIONS[version] for version in tls.versions)
            context.maximum_version = max(_VERSIONS[version] for version in tls.versions)
        if profile == "weak-key" or "1.0" in tls.versions or "1.1" in tls.versions:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")  # before the weak certificate is loaded
        if tls.ciphers == "unshared":
            context.set_ciphers(UNSHARED_CIPHERS)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if tls.client_certificate == "required":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.pem.decode())
        self.credential(profile, names).load_into(context)
        return context

    @functools.cache  # noqa: B019 - as above
    def credential(self, profile: CertificateProfile, names: Names = NAMES) -> Credential:
        """The key and chain of one certificate profile."""
        return PROFILES[profile](self._ca, names)


@functools.cache
def process_authority() -> Authority:
    """The one authority of this process."""
    return Authority()


def _kept(folder: Path) -> trustme.CA:
    certificate, key = folder / CA_FILE, folder / CA_KEY
    if not key.exists():
        made = trustme.CA(organization_name=ORGANIZATION)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made.private_key_pem.bytes())
        certificate.write_bytes(made.cert_pem.bytes())
    return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())


def _published(content: bytes, suffix: str) -> str:
    """Path of a temporary file that is removed when the process ends."""
    descriptor, path = tempfile.mkstemp(prefix="badinbox-ca-", suffix=suffix)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    atexit.register(_remove, path, os.getpid())
    return path


def _remove(path: str, owner: int) -> None:
    if os.getpid() == owner and os.path.exists(path):
        os.unlink(path)


def _issue(
    ca: trustme.CA,
    names: Names,
    *,
    not_before: datetime.datetime = _NOW - _DAY,
    not_after: datetime.datetime = _NOW + 365 * _DAY,
) -> Credential:
    builder = _builder(_subject(ca), names, not_before, not_after)
    return _signed_by(ca, builder, ec.generate_private_key(ec.SECP256R1()))


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
    authority = x509.BasicConstraints(ca=True, path_length=0)
    between = _builder(_subject(ca), (), _NOW - 90 * _DAY, _NOW - _DAY, subject=issuer)
    above = _signed_by(ca, between.add_extension(authority, critical=True), key)
    leaf = _built(ec.generate_private_key(ec.SECP256R1()), _builder(issuer, names), key)
    return Credential(leaf.key_pem, (*leaf.chain_pems, *above.chain_pems))


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


def _general_names(name: str) -> Iterator[x509.GeneralName]:
    """A host name as itself; an address as one, and an IPv4 address as a host name besides: Jakarta
    Mail and c-client, PHP's IMAP, look for what they connect to among the host names alone."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        yield x509.DNSName(name)
        return
    yield x509.IPAddress(address)
    if address.version == 4:
        yield x509.DNSName(name)


def _built(key: _PrivateKey, builder: x509.CertificateBuilder, signer: _PrivateKey) -> Credential:
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
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return _built(key, builder.add_extension(identifier, critical=False), signer)


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
    "hostname-mismatch": _hostname_mismatch,
    "weak-key": _weak_key,
    "wrong-purpose": _wrong_purpose,
}
