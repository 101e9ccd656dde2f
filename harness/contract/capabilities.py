"""What a connector does, as it declares or as a mailbox that works has shown: what it does not do
is not asked of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.contract.settings import Security

Service = Literal["imap", "smtp"]
ANY_SECURITY: tuple[Security, ...] = ("implicit-tls", "starttls", "cleartext")


class Capabilities(BaseModel):
    """What a connector does. All that is left out is supposed of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    services: tuple[Service, ...] = Field(default=("imap", "smtp"), min_length=1)
    """The services that it checks."""
    sends: bool = True
    """Whether its check sends a test e-mail."""
    parallel: bool = False
    """Whether it asks both services at a time: a failure of one does not spare the other."""
    imap_security: tuple[Security, ...] = ANY_SECURITY
    smtp_security: tuple[Security, ...] = ANY_SECURITY
    """The ways to secure a connection that it knows, by service."""
    custom_username: bool = True
    """Whether a user name can be typed that is not the address."""
    insecure_option: bool = True
    """Whether it has "allow insecure certificates"."""
    source_address: bool = True
    """Whether it can be told from which address of this machine to connect."""
