"""What is to be typed into a product to meet a mailbox."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.settings import ConnectionSettings
from harness.serving.table import server


def typed_lines(settings: ConnectionSettings) -> Iterator[str]:
    """One line for each field. The password is the fake's own, and has to be typed: it is shown."""
    yield f"  IMAP         {server(settings.imap)}"
    yield f"  SMTP         {server(settings.smtp)}"
    yield f"  e-mail       {settings.email}"
    yield f"  user name    {settings.login}"
    yield f"  password     {settings.password}"
    if settings.allow_insecure_certificates:
        yield "  allow insecure certificates"
    yield f"  BCC          {settings.bcc_address}"
    yield f"  CA file      {settings.ca_file}"
