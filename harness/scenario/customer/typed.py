"""What the customer typed into the product."""

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag

from fakeservers.files.base_model import Spec
from fakeservers.security import TypedSecurity
from fakeservers.spec import IpAddress
from harness.scenario.customer.held import OAuth2

TypedPassword = Literal["account", "app-password", "wrong"]
"""What the customer types as the password."""
THIS_MACHINE: Final = "localhost"


def _password_form(value: Any) -> str:
    return "literal" if isinstance(value, dict | LiteralPassword) else "kind"


def _no_characters(value: Any) -> Any:
    if isinstance(value, str) and value not in get_args(TypedPassword):
        words = ", ".join(get_args(TypedPassword))
        raise ValueError(f"expected one of {words}; a password as it is: {{literal: …}}")
    return value


class LiteralPassword(Spec):
    """A password as it is, where its very characters are the point."""

    literal: str = Field(repr=False)
    """The very characters."""


class Endpoint(Spec):
    """Where the customer points one protocol; left out: at the service of that name, rightly."""

    service: str | None = None
    """A service of the mailbox by name: its host and port are what is typed."""
    host: str | None = None
    """Typed in place of the service's own name or address: `localhost`, which leads there, too, or
    a name that leads nowhere."""
    security: TypedSecurity | None = None
    """How the customer said that the connection is secured."""
    source_address: IpAddress | None = None
    """The local address that the connector must connect from."""


class Customer(Spec):
    """What the customer typed. Left out: what is right."""

    email: str | None = None
    """The e-mail address that was typed; left out: the account's."""
    username: str | None = None
    """The user name that was typed; left out: none."""
    password: Annotated[
        Annotated[TypedPassword, BeforeValidator(_no_characters), Tag("kind")]
        | Annotated[LiteralPassword, Tag("literal")],
        Discriminator(_password_form),
    ] = "account"
    """Which of the account's passwords was typed, or `wrong`, or `{literal: …}`."""
    oauth2: OAuth2 | None = None
    """Given, be it as `{}`: no password was typed, but the account was connected by OAuth 2."""
    imap: Endpoint = Endpoint.model_construct()
    """Where the customer pointed IMAP."""
    smtp: Endpoint = Endpoint.model_construct()
    """Where the customer pointed SMTP."""
    allow_insecure_certificates: bool = False
    """Whether the customer ticked that box."""
