"""All that is wrong with the certificates of a server, not only what is found first.

A handshake names one problem and ends. So the chain is read without trusting it, and OpenSSL is
asked again with that which is known set aside: first the dates, then who signed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from harness.checker.failed import CheckFailed
from harness.checker.probe import Probe
from harness.checker.transport.client_tls import insecure_context, name_context, timeless_context
from harness.checker.visit import Session
from harness.classify import classify
from harness.taxonomy import Cause, Protocol

NewSession = Callable[[], Session]
"""A session with the server that is not open yet."""
_DATE = "%Y-%m-%d %H:%M UTC"


def certificate_probes(
    new_session: NewSession, protocol: Protocol, ca_file: str | None, now: datetime
) -> Iterator[Probe]:
    """The certificates that the server shows, then everything that is wrong with them.

    Opens at most four connections and says nothing on them but what leads to TLS. Raises
    CheckFailed where there is no TLS to be had at all.
    """
    chain = _shown(new_session)
    for number, der in enumerate(chain, 1):
        yield from _read(der, {"number": str(number), "of": str(len(chain))}, protocol, now)
    for cause in _causes(new_session, ca_file, chain):
        yield Probe(
            name="certificate-problem",
            protocol=protocol,
            outcome="certificate-refused",
            facts={"names": _names_of(chain[0])} if chain else {"names": "-"},
            cause=cause,
        )


def _read(der: bytes, place: dict[str, str], protocol: Protocol, now: datetime) -> Iterator[Probe]:
    """What one certificate says of itself, and what is wrong with its dates."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        facts = {**place, **facts_of(certificate)}
    except (ValueError, x509.InvalidVersion):
        yield Probe(
            name="certificate", protocol=protocol, outcome="certificate-unreadable", facts=place
        )
        return
    shown = Probe(name="certificate", protocol=protocol, outcome="certificate-shown", facts=facts)
    yield shown
    yield from _dated(shown, certificate, now)


def facts_of(certificate: x509.Certificate) -> dict[str, str]:
    """Whose it is, who signed it, from when to when, for which names."""
    return {
        "subject": certificate.subject.rfc4514_string() or "-",
        "issuer": certificate.issuer.rfc4514_string() or "-",
        "from": certificate.not_valid_before_utc.strftime(_DATE),
        "until": certificate.not_valid_after_utc.strftime(_DATE),
        "names": ", ".join(_names(certificate)) or "-",
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
    }


def _names_of(der: bytes) -> str:
    try:
        return facts_of(x509.load_der_x509_certificate(der))["names"]
    except (ValueError, x509.InvalidVersion):
        return "-"


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    names = found.value.get_values_for_type(x509.DNSName)
    return [*names, *map(str, found.value.get_values_for_type(x509.IPAddress))]


def _shown(new_session: NewSession) -> list[bytes]:
    session = new_session()
    _opened(session, insecure_context())
    chain = session.connection.presented_chain
    session.leave()
    return chain


def _dated(shown: Probe, certificate: x509.Certificate, now: datetime) -> Iterator[Probe]:
    late = now.astimezone(UTC) > certificate.not_valid_after_utc
    early = now.astimezone(UTC) < certificate.not_valid_before_utc
    if late or early:
        outcome = "certificate-expired" if late else "certificate-not-yet-valid"
        update = {"name": "certificate-problem", "outcome": outcome, "cause": outcome}
        yield shown.model_copy(update=update)


def _causes(new_session: NewSession, ca_file: str | None, chain: list[bytes]) -> Iterator[Cause]:
    """What else OpenSSL finds, each once."""
    found = [_refusal(new_session(), timeless_context(ca_file))]
    if chain:
        found.append(_refusal(new_session(), name_context(chain[0], security_level=2)))
    if found[-1] == "weak-key":  # which is told before a name that does not fit
        found.append(_refusal(new_session(), name_context(chain[0], security_level=0)))
    yield from dict.fromkeys(cause for cause in found if cause is not None)


def _refusal(session: Session, context: ssl.SSLContext) -> Cause | None:
    try:
        _opened(session, context)
    except CheckFailed as failed:
        if failed.observation.kind != "verify-error":
            raise
        return classify(failed.observation).cause
    session.leave()
    return None


def _opened(session: Session, context: ssl.SSLContext) -> None:
    try:
        session.open(context)
    except BaseException:
        session.connection.close()
        raise
