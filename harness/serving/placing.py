"""Where the services of a mailbox listen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fakeservers.spec import MailboxSpec
from harness.contract.settings import STANDARD_PORTS
from harness.scenario.model import Facts


@dataclass(frozen=True)
class Place:
    """Where a mailbox is to listen. Left out: where its scenario says, on any free port.

    - ``bind``: the address of all its services.
    - ``ports``: of the services that the customer typed, by protocol.
    - ``standard``: those not in ``ports`` get their standard port plus this.
    - ``host``: what is typed in place of the address.
    - ``taken``: (address, port) by service: where an earlier mailbox of the scenario listened.
    """

    bind: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    standard: int | None = None
    host: str | None = None
    taken: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def placed(facts: Facts, place: Place) -> MailboxSpec:
    """The mailbox with its services where they are wanted."""
    spec = facts.mailbox_spec()
    ports = dict(_typed_ports(facts, place))
    services = {}
    for name, service in spec.services.items():
        address = (place.bind or service.bind, ports.get(name, service.port))
        bind, port = place.taken.get(name, address)
        services[name] = service.model_copy(update={"bind": bind, "port": port})
    return spec.model_copy(update={"services": services})


def _typed_ports(facts: Facts, place: Place) -> Mapping[str, int]:
    """The port of each service, by name, that the customer pointed a protocol at."""
    services = facts.all_services()
    found = {}
    for protocol, endpoint in (("imap", facts.customer.imap), ("smtp", facts.customer.smtp)):
        name = endpoint.service or protocol
        if protocol in place.ports:
            found[name] = place.ports[protocol]
        elif place.standard is not None:
            security = endpoint.security or services[name].security
            found[name] = STANDARD_PORTS[protocol][security] + place.standard
    return found
