"""What a connector does, as it declares or as a mailbox that works has shown: what it does not do
is not asked of it."""

from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from fakeservers.security import Security, TypedSecurity
from harness.taxonomy import Protocol

ANY_SECURITY: Final[tuple[Security, ...]] = ("implicit-tls", "starttls", "cleartext")


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _some(services: tuple[Protocol, ...]) -> tuple[Protocol, ...]:
    if not services:
        raise ValueError("expected imap, smtp or both")
    return services


Services = Annotated[
    tuple[Protocol, ...],
    BeforeValidator(_listed),
    AfterValidator(_some),
    Field(json_schema_extra={"minItems": 1}),
]
Securities = Annotated[tuple[TypedSecurity, ...], BeforeValidator(_listed)]


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class Capabilities(BaseModel):
    """What a connector does. All that is left out is supposed of it, but tokens, until a preflight
    has looked.
    In files the keys are in kebab-case.

    >>> import badinbox
    >>> badinbox.Capabilities(sends=False).model_fields_set  # what was declared
    {'sends'}
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=_kebab,
        populate_by_name=True,
        defer_build=True,
    )

    services: Services = ("imap", "smtp")
    """The services that it checks."""
    sends: bool = True
    """Whether its check sends a test e-mail."""
    opens_inbox: bool = True
    """Whether it asks IMAP for anything once it is logged in."""
    parallel: bool = False
    """Whether it asks both services at a time, or SMTP before IMAP: a failure of IMAP does not
    spare SMTP."""
    imap_security: Securities = ANY_SECURITY
    """The ways to secure a connection that it knows, for IMAP."""
    smtp_security: Securities = ANY_SECURITY
    """The same for SMTP."""
    custom_username: bool = True
    """Whether a user name can be typed that is not the address."""
    insecure_option: bool = True
    """Whether it has "allow insecure certificates"."""
    source_address: bool = True
    """Whether it can be told from which address of this machine to connect."""
    tokens: bool = False
    """Whether it takes tokens (OAuth 2) in place of a password: who knows nothing of them is never
    given any by surprise."""
    stays: bool = False
    """Whether it can stay connected: who knows nothing of that is never asked to."""
    fetches: bool = True
    """Whether, where it stays, it tells of each message that comes in."""
    idles: bool = True
    """Whether, where it stays, it waits for mail in IDLE."""
    hello_bytes: Annotated[int, Field(gt=0)] = 16_384
    """How long its ClientHello is: some servers and firewalls never answer a long one."""

    def security(self, service: Protocol) -> tuple[Security, ...]:
        """The ways to secure a connection to this service that it knows."""
        return self.imap_security if service == "imap" else self.smtp_security

    def over(self, other: Self) -> Self:
        """What was declared here, and the rest of `other`."""
        declared = {name: getattr(self, name) for name in self.model_fields_set}
        return other.model_copy(update=declared)


EVERYTHING: Final = Capabilities.model_construct(tokens=True, stays=True)
