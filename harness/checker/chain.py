"""All that is wrong with the certificates of a server, not only what is found first.

A handshake names one problem and ends. So the chain is read without trusting it, and OpenSSL is
asked again with that which is known set aside: first the dates, then who signed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from harness.checker.client_tls import insecure_context, name_context, timeless_context
from harness.checker.record import CheckFailed
from harness.checker.visit import Visit
from harness.classify import classify
from harness.taxonomy import Cause

NewVisit = Callable[[], Visit]
"""A visit to the server that is not open yet."""
_DATE = "%Y-%m-%d %H:%M UTC"


def certificate_findings(
    new_visit: NewVisit, ca_file: str | None, now: datetime
) -> Iterator[dict[str, Any]]:
    """The certificates that the server shows, then everything that is wrong with them: each as the
    fields of a probe.

    Opens at most four connections and says nothing on them but what leads to TLS. Raises
    CheckFailed where there is no TLS to be had at all.
    """
    chain = _shown(new_visit)
    names = "-"
    for number, der in enumerate(chain, 1):
        facts = {"number": str(number), "of": str(len(chain))}
        try:
            certificate = x509.load_der_x509_certificate(der)
            facts |= _facts_of(certificate)
        except (ValueError, x509.InvalidVersion):
            yield {"name": "certificate", "outcome": "certificate-unreadable", "facts": facts}
            continue
        if number == 1:
            names = facts["names"]
        yield {"name": "certificate", "outcome": "certificate-shown", "facts": facts}
        if wrong := _wrong_date(certificate, now):
            yield {"name": "certificate-problem", "outcome": wrong, "facts": facts, "cause": wrong}
    refused = {"name": "certificate-problem", "outcome": "certificate-refused"}
    for cause in _causes(new_visit, ca_file, chain):
        yield {**refused, "facts": {"names": names}, "cause": cause}


def _facts_of(certificate: x509.Certificate) -> dict[str, str]:
    """Whose it is, who signed it, from when to when, for which names."""
    return {
        "subject": certificate.subject.rfc4514_string() or "-",
        "issuer": certificate.issuer.rfc4514_string() or "-",
        "from": certificate.not_valid_before_utc.strftime(_DATE),
        "until": certificate.not_valid_after_utc.strftime(_DATE),
        "names": ", ".join(_names(certificate)) or "-",
        "sha256": certificate.fingerprint(hashes.SHA256()).hex(),
    }


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    names = found.value.get_values_for_type(x509.DNSName)
    return [*names, *map(str, found.value.get_values_for_type(x509.IPAddress))]


def _wrong_date(certificate: x509.Certificate, now: datetime) -> Cause | None:
    if now > certificate.not_valid_after_utc:
        return "certificate-expired"
    return "certificate-not-yet-valid" if now < certificate.not_valid_before_utc else None


def _shown(new_visit: NewVisit) -> list[bytes]:
    visit = new_visit()
    _opened(visit, insecure_context())
    chain = visit.connection.presented_chain
    visit.leave()
    return chain


def _causes(new_visit: NewVisit, ca_file: str | None, chain: list[bytes]) -> Iterator[Cause]:
    """What else OpenSSL finds, each once."""
    found = [_refusal(new_visit(), timeless_context(ca_file))]
    if chain:
        found.append(_refusal(new_visit(), name_context(chain[0], security_level=2)))
    if found[-1] == "weak-key":  # which is told before a name that does not fit
        found.append(_refusal(new_visit(), name_context(chain[0], security_level=0)))
    yield from dict.fromkeys(cause for cause in found if cause is not None)


def _refusal(visit: Visit, context: ssl.SSLContext) -> Cause | None:
    try:
        _opened(visit, context)
    except CheckFailed as failed:
        if failed.observation.kind != "verify-error":
            raise
        return classify(failed.observation).cause
    visit.leave()
    return None


def _opened(visit: Visit, context: ssl.SSLContext) -> None:
    try:
        visit.open(context)
    except BaseException:
        visit.connection.close()
        raise
