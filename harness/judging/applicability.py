"""What is not asked of a connector that does not do it, and why. Pure.

A scenario does not apply where its fault lies beyond what the connector does, or where the customer
typed what cannot be typed into it; a remedy does not, where its scenario does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fakeservers.security import Security
from fakeservers.spec import Service
from harness.contract.capabilities import EVERYTHING, Capabilities
from harness.scenario.model import USUAL_IMAP, USUAL_SMTP, Facts, Remedy, Scenario
from harness.taxonomy import STAGE_GROUPS, protocol_of
from harness.taxonomy.stages import TLS

SECURITY: Final[dict[Security, str]] = {
    "implicit-tls": "implicit TLS",
    "starttls": "STARTTLS",
    "cleartext": "cleartext",
}
"""As people read them."""
NO_TOKENS: Final = "it takes no tokens (OAuth)"
NO_STAYING: Final = "it does not stay connected"


def inapplicable(scenario: Scenario, remedy: Remedy | None, does: Capabilities) -> str:
    """Why the scenario, or its remedy, does not apply to a connector that does this; empty: it
    does."""
    if does == EVERYTHING:
        return ""
    return next(_reasons(scenario, remedy, does), "")


def _reasons(scenario: Scenario, remedy: Remedy | None, does: Capabilities) -> Iterator[str]:
    if scenario.life and not does.stays:
        yield NO_STAYING
    moments = scenario.life.moments if scenario.life else ()
    if not does.idles and (
        any(moment.step.until == "idle" for moment in moments) or _strikes_in_idle(scenario)
    ):
        yield "it does not wait in IDLE"
    yield from _fault(scenario, does)
    yield from _typed(scenario.facts, does)
    if not does.sends and any(moment.step.send for moment in moments):
        yield "it sends nothing"
    if remedy:
        yield from _typed(remedy.facts, does)


def _strikes_in_idle(scenario: Scenario) -> bool:
    """Whether nothing befalls anybody in this life but who is in IDLE."""
    rules = scenario.facts.imap.rules
    only = all(rule.when.command == ["IDLE"] for rule in rules)
    return bool(scenario.life and scenario.stage is None and rules and only)


def _fault(scenario: Scenario, does: Capabilities) -> Iterator[str]:
    if scenario.stage is None:
        yield from _peculiar(scenario.facts, does)
    elif (protocol := protocol_of(scenario.stage)) != "oauth" and protocol not in does.services:
        yield _unchecked(protocol)
    elif scenario.stage in STAGE_GROUPS["confirm"] and not does.opens_inbox:
        if not any(rule.when.event == "login" for rule in scenario.facts.imap.rules):
            yield "it asks IMAP for nothing once it is logged in"
    elif scenario.stage in STAGE_GROUPS["send"] and not does.sends:
        yield "it sends no test e-mail"
    elif scenario.stage in TLS and _too_short(scenario.facts.typed(protocol).service, does):
        yield f"its ClientHello has {does.hello_bytes} bytes only"


def _too_short(service: Service, does: Capabilities) -> bool:
    """Whether nothing is wrong here but with a ClientHello that is longer than its own."""
    over = [rule.when.hello_over for rule in service.rules if rule.when.event == "tls"]
    return bool(over) and all(each is not None and does.hello_bytes <= each for each in over)


def _peculiar(facts: Facts, does: Capabilities) -> Iterator[str]:
    """Where nothing is wrong: what is peculiar may be at a service that is not checked."""
    peculiar = {"imap": facts.imap != USUAL_IMAP, "smtp": facts.smtp != USUAL_SMTP}
    if any(peculiar.values()) and not any(peculiar[name] for name in does.services):
        yield from (_unchecked(name) for name, own in peculiar.items() if own)


def _unchecked(protocol: str) -> str:
    return f"it does not check {protocol.upper()}"


def _typed(facts: Facts, does: Capabilities) -> Iterator[str]:
    """What the customer typed and this connector cannot be told."""
    customer = facts.customer
    if customer.oauth2 is not None and not does.tokens:
        yield NO_TOKENS
    for name in does.services:
        security = facts.typed(name).security
        if security not in does.security(name):
            yield f"it has no {SECURITY[security]} for {name.upper()}"
    if customer.username is not None and not does.custom_username:
        yield "it takes no custom user name"
    if customer.allow_insecure_certificates and not does.insecure_option:
        yield "it cannot allow insecure certificates"
    addresses = [facts.typed(name).endpoint.source_address for name in does.services]
    if any(addresses) and not does.source_address:
        yield "it cannot choose a source address"
