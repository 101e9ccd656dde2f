"""What a provider tells its customers to type into a mail client, by the domain of the address."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from fakeservers.model import Spec
from fakeservers.spec import Security

Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class ServerAddress(Spec):
    """One server, and how a connection to it is secured (RFC 8314)."""

    host: Domain
    port: int = Field(ge=1, le=65535)
    security: Security


class MailSettings(Spec):
    """The servers of the addresses in these domains, and how we know them."""

    source: str
    seen: Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{4}(-\d\d)?$")]
    domains: list[Domain] = Field(min_length=1)
    imap: ServerAddress
    smtp: ServerAddress
