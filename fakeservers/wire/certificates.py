"""The authority whose certificates are to be trusted, and TLS contexts that present certificates,
right or wrong. One authority per process."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import os
import ssl
import tempfile
import time
import warnings
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from fakeservers.wire import CertificateProfile, Tls
from fakeservers.wire.outdated import SilentContext, weaken
from fakeservers.wire.profiles import (
    NAMES,
    PROFILES,
    Credential,
    Names,
    expired_root,
    is_address,
    with_rsa_key,
)

ORGANIZATION = "badinbox test authority"
CA_FILE, CA_KEY, CA_STORE = "ca.pem", "ca-key.pem", "ca.p12"
"""In the folder of an authority that is kept."""
TRUST_STORE_PASSWORD = "badinbox"
"""No secret: there is nothing in the store but a public certificate."""
_PREFIX = "badinbox-authority-"
_JUST_MADE_S = 60.0
"""A file that is so new may not have its lock yet."""
UNSHARED_CIPHERS = "AES128-SHA256:AES256-SHA"
"""RSA key exchange only: no client can agree on it with an ECDSA certificate."""

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


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
        store = _java_trust_store({b"badinbox": self.pem})
        if self._folder is None:
            return _published(store, ".p12")
        file = self._folder / CA_STORE
        file.write_bytes(store)
        return str(file)

    @functools.cached_property
    def old_ca_file(self) -> str:
        """As `ca_file`, of a client that was never brought up to date: a root that has expired is
        in it, too."""
        return _published(self.pem + expired_root(self._ca).chain_pems[0], ".pem")

    @functools.cached_property
    def old_trust_store_file(self) -> str:
        """The same as `trust_store_file`."""
        pems = {b"badinbox": self.pem, b"badinbox-old": expired_root(self._ca).chain_pems[0]}
        return _published(_java_trust_store(pems), ".p12")

    def publish(self) -> None:
        """Write the files for clients now: a process that is forked later shares them, and does not
        remove them."""
        _ = self.ca_file, self.trust_store_file, self.old_ca_file, self.old_trust_store_file

    def context(self, profile: CertificateProfile, tls: Tls, names: Names = ()) -> ssl.SSLContext:
        """A server's TLS context that presents this certificate and speaks as `tls` says.

        `names`: addresses and host names that are to be among the certificate's, besides `NAMES`.
        """
        return self._context(profile, tls, (*NAMES, *(name for name in names if name not in NAMES)))

    @functools.cache  # noqa: B019 - one authority lives as long as the process
    def _context(self, profile: CertificateProfile, tls: Tls, names: Names) -> ssl.SSLContext:
        silent = tls.renegotiation == "none"
        context = (SilentContext if silent else ssl.SSLContext)(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 and 1.1 are the fault
            context.minimum_version = min(_VERSIONS[version] for version in tls.versions)
            context.maximum_version = max(_VERSIONS[version] for version in tls.versions)
        if profile == "weak-key" or "1.0" in tls.versions or "1.1" in tls.versions:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")  # before the weak certificate is loaded
        if tls.ciphers == "unshared":
            context.set_ciphers(UNSHARED_CIPHERS)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if tls.ciphers == "weak-dh":
            weaken(context)
        if silent:  # TLS 1.3 knows no renegotiation
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if profile == "by-name":
            context.sni_callback = functools.partial(self._named, tls, names)
        if tls.client_certificate == "required":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.pem.decode())
        if tls.ciphers == "weak-dh" and profile == "valid":
            with_rsa_key(self._ca, names).load_into(context)
        else:
            self.credential(profile, names).load_into(context)
        return context

    def _named(
        self, tls: Tls, names: Names, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext
    ) -> None:
        """The client has named the server: for a name of ours there is a certificate. An address is
        none, though some name it (RFC 6066, 3)."""
        if name in names and not is_address(name):
            connection.context = self.context("valid", tls, names)

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
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)  # clients of other users trust it
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made.private_key_pem.bytes())
        certificate.write_bytes(made.cert_pem.bytes())
    return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())


def _java_trust_store(pems: dict[bytes, bytes]) -> bytes:
    """Certificates by their names, as a PKCS#12 file (RFC 7292) that Java takes."""
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(TRUST_STORE_PASSWORD.encode())
    )
    entries = [
        pkcs12.PKCS12Certificate(x509.load_pem_x509_certificate(pem), name)
        for name, pem in pems.items()
    ]
    return pkcs12.serialize_java_truststore(entries, encryption)


def _published(content: bytes, suffix: str) -> str:
    """Path of a temporary file that is removed when the process ends. Where it was killed, the next
    one does that: its lock is gone with it."""
    _sweep(Path(tempfile.gettempdir()))
    descriptor, path = tempfile.mkstemp(prefix=_PREFIX, suffix=suffix)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    atexit.register(_remove, path, os.getpid())
    return path


def _remove(path: str, owner: int) -> None:
    if os.getpid() == owner:
        Path(path).unlink(missing_ok=True)


@functools.cache
def _sweep(folder: Path) -> None:
    """Remove the files of processes that are gone. They are known by their locks, as the number of
    a process means nothing in a container beside it."""
    for file in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's; or somebody else was quicker
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                if time.time() - os.fstat(descriptor).st_mtime > _JUST_MADE_S:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    file.unlink()
            finally:
                os.close(descriptor)
