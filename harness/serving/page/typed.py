"""What is to be typed into a product to meet a mailbox, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.contract.settings import ConnectionSettings, ServerSettings

_SECURITY: Final = {
    "implicit-tls": "SSL/TLS",
    "starttls": "STARTTLS",
    "cleartext": "none (cleartext)",
}


@dataclass(frozen=True)
class Field:
    """One of them. `changed`: the remedy that is followed has corrected it."""

    name: str
    label: str
    value: str
    changed: bool


def fields(settings: ConnectionSettings, before: ConnectionSettings) -> list[Field]:
    """All of them. `before`: what the customer typed first."""
    first = dict(_pairs(before))
    return [
        Field(label.lower().replace(" ", "-"), label, value, first.get(label) != value)
        for label, value in _pairs(settings)
    ]


def _pairs(settings: ConnectionSettings) -> Iterator[tuple[str, str]]:
    yield "E-mail", settings.email
    yield "User name", settings.login
    yield "Password", settings.password
    yield from _server("IMAP", settings.imap)
    yield from _server("SMTP", settings.smtp)
    if settings.allow_insecure_certificates:
        yield "Allow insecure certificates", "yes"
    if settings.bcc_address:
        yield "BCC", settings.bcc_address
    if settings.ca_file:
        yield "CA file", settings.ca_file


def _server(name: str, server: ServerSettings) -> Iterator[tuple[str, str]]:
    yield f"{name} server", server.host
    yield f"{name} port", str(server.port)
    yield f"{name} security", _SECURITY[server.security]
    if server.source_address:
        yield f"{name} from address", server.source_address
