"""What the customer typed: all that a connector is told."""

from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fakeservers.security import GrantType, TypedSecurity
from fakeservers.security import Security as Security  # also for those who know no fakes

STANDARD_PORTS: Final[dict[str, dict[Security, int]]] = {
    "imap": {"implicit-tls": 993, "starttls": 143, "cleartext": 143},
    "smtp": {"implicit-tls": 465, "starttls": 587, "cleartext": 25},
}
"""What is meant where no port is given, by protocol (RFC 8314; the article's own list)."""


class ServerSettings(BaseModel):
    """One server as typed: where it is and how to secure the connection (RFC 8314)."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    host: str
    """Its name or address."""
    port: int = Field(ge=1, le=65535)
    """The port."""
    security: TypedSecurity = "implicit-tls"
    """How the connection is secured; `starttls` is required where it was typed."""
    source_address: str | None = None
    """The local address to connect from."""


class TrustStore(BaseModel):
    """A PKCS#12 file with the authorities to trust, as Java reads it, and its password."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    file: str
    """Its path."""
    password: str
    """What opens it; no secret."""


class OAuth2Settings(BaseModel):
    """What a product holds of a mailbox that was connected by OAuth 2 (RFC 6749): its tokens, and
    where new ones come from."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    access_token: str | None = Field(default=None, repr=False)
    """Sent to IMAP and SMTP (RFC 7628, XOAUTH2); left out: one has to be fetched first."""
    expires_at: float | None = None
    """When the access token expires, in seconds since 1970 (Unix time); left out: not known."""
    refresh_token: str | None = Field(default=None, repr=False)
    """For the token endpoint alone (RFC 6749, 6); left out: there is none."""
    token_endpoint: str
    """The address (https) that new tokens are asked of (RFC 6749, 3.2)."""
    client_id: str
    """Who the application is (RFC 6749, 2.2)."""
    client_secret: str | None = Field(default=None, repr=False)
    """Of the application (RFC 6749, 2.3.1); left out: it is a public client."""
    scopes: tuple[str, ...] = ()
    """What the tokens are for."""
    grant: GrantType = "refresh_token"
    """How a new token is asked for: by the refresh token, or in the application's own name
    (RFC 6749, 4.4), as Microsoft's daemon applications do."""

    @field_validator("token_endpoint")
    @classmethod
    def _in_tls(cls, url: str) -> str:
        """RFC 6749, 3.2: tokens and secrets go there."""
        try:
            parts = urlsplit(url)
            if parts.scheme == "https" and parts.hostname and parts.port != 0:
                return url
        except ValueError:
            pass  # such as a port that is no number
        raise ValueError("expected an address that begins with https://")


class ConnectionSettings(BaseModel):
    """A customer's mailbox as typed into the product, and what the product adds."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    email: str
    """The customer's address."""
    username: str | None = None
    """The custom user name; left out: the e-mail address is the user name."""
    authentication: Literal["password", "oauth2"] = "password"
    """With what one logs in: `password`, or the tokens of `oauth2`."""
    password: str = Field(default="", repr=False)
    """Empty where `authentication` is `oauth2`: nobody typed one."""
    oauth2: OAuth2Settings | None = None
    """The tokens; only where `authentication` is `oauth2`."""
    imap: ServerSettings
    """Where IMAP is."""
    smtp: ServerSettings
    """Where SMTP is."""
    allow_insecure_certificates: bool = False
    """Whether the customer has ticked "allow insecure certificates"."""
    bcc_address: str | None = None
    """Where the test e-mail goes; left out: to the customer's own address."""
    ca_file: str | None = None
    """PEM file of the authorities to trust instead of the system's."""
    trust_store: TrustStore | None = None
    """The same authorities for a runtime that reads no PEM files."""
    timeout_s: float = Field(default=30.0, gt=0)
    """The longest wait in any one step (connect, handshake, greeting, command), in seconds."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.authentication == "oauth2") != (self.oauth2 is not None):
            raise ValueError("oauth2 is given where authentication is 'oauth2', and only there")
        if self.authentication == "password" and "password" not in self.model_fields_set:
            raise ValueError("password: required where authentication is 'password'")
        return self

    @property
    def login(self) -> str:
        """The name to log in with."""
        return self.username or self.email
