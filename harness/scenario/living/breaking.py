"""From a scenario to the mailbox that works before it: what was typed is right at first, and stays
as it is; what fails is what the server, the provider or the link become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from fakeservers.spec import Account, BccAccount, OAuthClient, Service
from harness.scenario.customer.held import OAuth2
from harness.scenario.customer.typed import THIS_MACHINE
from harness.scenario.life.life_steps import TokenEvent
from harness.scenario.model import Facts, Scenario, typed_password
from harness.taxonomy import STAGE_GROUPS

_MAIL: Final = ("imap", "smtp", "oauth")
_MAY_BE_WRONG: Final = (
    "listen", "certificate", "tls", "authentication", "max_message_bytes", "required_headers",
    "occupied", "rules",
)  # fmt: skip
"""Of a service, besides how it is secured and which mechanisms it offers."""
_ONLY_SERVICE: Final = "its server speaks another protocol, which no running server becomes"


class CannotBegin(Exception):
    """The scenario's failure cannot be what a mailbox that works becomes; the message says why."""


@dataclass(frozen=True)
class Breaking:
    """`begins`: the mailbox that works. `broken`: what it becomes, the customer's part the same.
    `tokens`: what becomes of the tokens meanwhile."""

    begins: Facts
    broken: Facts
    tokens: TokenEvent | None = None


def breaking(scenario: Scenario) -> Breaking:
    """How a mailbox that works becomes the scenario's. Raises CannotBegin."""
    facts = scenario.facts
    _look_at_addresses(facts)
    typed, tokens = _held(scenario)
    customer = facts.customer.model_copy(update={"oauth2": typed})
    begins: dict[str, Any] = {
        "account": _account(facts),
        "bcc": facts.bcc.model_copy(update={"incoming": BccAccount().incoming}),
        "allow_list": None,
        "state": [],
        "customer": customer,
        "services": {name: _extra(name, each) for name, each in facts.services.items()},
        **{name: _working(scenario, name) for name in _MAIL},
    }
    broken = {"customer": customer, "oauth_client": _client(facts)}
    return Breaking(facts.model_copy(update=begins), facts.model_copy(update=broken), tokens)


def _look_at_addresses(facts: Facts) -> None:
    """What was typed must lead to the mailbox. Raises CannotBegin."""
    for name in ("imap", "smtp"):
        typed = facts.typed(name)
        if typed.name != name:
            raise CannotBegin(f"customer.{name}.service leads elsewhere from the beginning")
        if typed.endpoint.host not in (None, THIS_MACHINE):
            raise CannotBegin(f"customer.{name}.host is a name that was never found")
        if typed.service.protocol != name:
            raise CannotBegin(f"{name}: {_ONLY_SERVICE}")
        if typed.service.certificate == "expired-root":
            raise CannotBegin(f"{name}.certificate: its clients trust another root from the first")
    oauth2 = facts.customer.oauth2
    if oauth2 and (oauth2.host or facts.oauth.protocol != "oauth"):
        raise CannotBegin("customer.oauth2 leads elsewhere from the beginning")


def _account(facts: Facts) -> Account:
    """One of which all that was typed is right."""
    account, customer = facts.account, facts.customer
    typed = typed_password(facts)
    right = {"password": typed} if typed and typed != account.app_password else {}
    return account.model_copy(
        update={
            "address": account.address if customer.email is None else customer.email,
            "username": customer.username,
            **right,
        }
    )


def _working(scenario: Scenario, name: str) -> Service:
    """The service of that name with nothing wrong, secured as the customer typed. Those that take
    tokens need their mechanisms for it, unless these are what is wrong."""
    facts = scenario.facts
    service: Service = getattr(facts, name)
    needed = facts.customer.oauth2 and scenario.cause != "auth-mechanism-unsupported"
    mechanisms = service.mechanisms if needed else None
    security = facts.typed(name).security
    return _sound(service).model_copy(update={"security": security, "mechanisms": mechanisms})


def _extra(name: str, service: Service) -> Service:
    return service if service.protocol not in _MAIL else _sound(service)


def _sound(service: Service) -> Service:
    """Without what goes wrong."""
    usual = type(service)(protocol=service.protocol)
    return service.model_copy(update={name: getattr(usual, name) for name in _MAY_BE_WRONG})


def _held(scenario: Scenario) -> tuple[OAuth2 | None, TokenEvent | None]:
    """What the product holds from the beginning, and what becomes of that."""
    typed = scenario.facts.customer.oauth2
    if typed is None:
        return None, None
    for name in ("access_token", "refresh_token"):
        if getattr(typed, name) not in ("valid", "none", "expired", "revoked"):
            kind = getattr(typed, name)
            raise CannotBegin(f"customer.oauth2.{name.replace('_', '-')}: none becomes {kind!r}")
    right: dict[str, str] = {"client": "right"}
    if typed.access_token != "none":
        right["access_token"] = "valid"
    if typed.refresh_token != "none":
        right["refresh_token"] = "valid"
    return typed.model_copy(update=right), _token_event(scenario, typed)


def _token_event(scenario: Scenario, typed: OAuth2) -> TokenEvent | None:
    """What ends with the tokens. Of a refresh token that has expired servers may say something else
    than of one that is revoked, such as Microsoft's."""
    if "revoked" in (typed.access_token, typed.refresh_token):
        return "revoked"
    if typed.refresh_token == "expired":
        return "all-expired"
    renews = scenario.stage in STAGE_GROUPS["token"]
    return "expired" if renews or typed.access_token == "expired" else None


def _client(facts: Facts) -> OAuthClient:
    """The application as the provider knows it, once it is broken: where what the product knows of
    it is wrong, the provider has changed it."""
    client, typed = facts.oauth_client, facts.customer.oauth2
    if typed is None or typed.client == "right":
        return client
    changed = {"unknown": {"id": f"another-{client.id}"}, "wrong-secret": {"secret": "another"}}
    return client.model_copy(update=changed[typed.client])
