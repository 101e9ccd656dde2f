"""What the customer typed: all that a connector is told."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from fakeservers.security import Security as Security  # also for those who know no fakes
from fakeservers.security import TypedSecurity

STANDARD_PORTS: Final[dict[str, dict[Security, int]]] = {
    "imap": {"implicit-tls": 993, "starttls": 143, "cleartext": 143},
    "smtp": {"implicit-tls": 465, "starttls": 587, "cleartext": 25},
}
"""What is meant where no port is given, by protocol (RFC 8314; the article's own list)."""


class ServerSettings(BaseModel):
    """One server as typed: where it is and how to secure the connection (RFC 8314)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = Field(ge=1, le=65535)
    security: TypedSecurity = "implicit-tls"
    source_address: str | None = None
    """The local address to connect from."""


class TrustStore(BaseModel):
    """A PKCS#12 file with the authorities to trust, as Java reads it, and its password."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    password: str


class ConnectionSettings(BaseModel):
    """A customer's mailbox as typed into the product, and what the product adds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: str
    username: str | None = None
    """The custom user name; left out: the e-mail address is the user name."""
    password: str = Field(repr=False)
    imap: ServerSettings
    smtp: ServerSettings
    allow_insecure_certificates: bool = False
    bcc_address: str | None = None
    """Where the test e-mail goes; left out: to the customer's own address."""
    ca_file: str | None = None
    """PEM file of the authorities to trust instead of the system's."""
    trust_store: TrustStore | None = None
    """The same authorities for a runtime that reads no PEM files."""
    timeout_s: float = Field(default=30.0, gt=0)
    """The longest wait in any one step (connect, handshake, greeting, command), in seconds."""

    @property
    def login(self) -> str:
        """The name to log in with."""
        return self.username or self.email
