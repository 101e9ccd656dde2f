"""Where the services of a mailbox listen, and the host name that its scenario's id makes.

Each of many mailboxes has an address of its own, with the same ports everywhere: Linux has all of
127.0.0.0/8 on its loopback (RFC 1122, 3.2.1.3). Elsewhere each gets ports of its own.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fakeservers.spec import MailboxSpec, Service
from fakeservers.wire.listeners import Listener, can_listen_at
from harness.contract.settings import STANDARD_PORTS
from harness.scenario.model import Facts, Scenario

DOMAIN: Final = "badinbox.test"
"""Reserved for tests (RFC 6761, 6.2): no name server knows it."""
_LONGEST_LABEL: Final = 63
"""RFC 1035, 2.3.4."""
_OTHERWISE: Final = 9000
"""Added to the standard ports where those are not to be had: 9993, 9143, 9465, 9587, 9025."""
_NETWORKS: Final = [ipaddress.IPv4Network(f"127.{number}.0.0/16") for number in range(3, 128)]
"""127.0.0.2 and the like are for scenarios that look at who connects."""


@dataclass(frozen=True)
class Placement:
    """Where a mailbox is to listen. Left out: where its scenario says, on any free port.

    - ``bind``: the address of all its services.
    - ``ports``: of the services that the customer typed, by protocol.
    - ``standard``: those not in ``ports`` get their standard port plus this.
    - ``host``: what is typed in place of the address.
    - ``named``: whether it is found by ``host`` alone, not by the address.
    - ``shared``: the port that a service shares with other mailboxes, if it does.
    - ``certified``: names for which its certificates are valid, besides `localhost` and ``host``;
      left out: that of its scenario.
    - ``taken``: (address, port) by service: where an earlier mailbox of the scenario listened.
    """

    bind: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    standard: int | None = None
    host: str | None = None
    named: bool = False
    shared: Callable[[Service], Listener | None] | None = None
    certified: tuple[str, ...] = ()
    taken: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def names(self, scenario_id: str) -> tuple[str, ...]:
        """All those names."""
        own = self.certified or (host_name(scenario_id),)
        return (*own, self.host) if self.host and self.host not in own else own


def placed(facts: Facts, place: Placement) -> MailboxSpec:
    """The mailbox with its services where they are wanted."""
    spec = facts.mailbox_spec()
    ports = dict(typed_ports(facts, place))
    services = {}
    for name, service in spec.services.items():
        bind = service.bind if service.port_of else place.bind or service.bind
        address = (bind, ports.get(name, service.port))
        bind, port = place.taken.get(name, address)
        services[name] = service.model_copy(update={"bind": bind, "port": port})
    return spec.model_copy(update={"services": services})


def typed_ports(facts: Facts, place: Placement) -> Mapping[str, int]:
    """The port of each service, by name, that the customer pointed a protocol at."""
    found = {}
    for protocol in ("imap", "smtp"):
        typed = facts.typed(protocol)
        if protocol in place.ports:
            found[typed.name] = place.ports[protocol]
        elif place.standard is not None:
            found[typed.name] = STANDARD_PORTS[protocol][typed.security] + place.standard
    return found


def own_places(scenarios: Sequence[Scenario], ports: Mapping[str, int]) -> Iterator[Placement]:
    """A place for each scenario. `ports`: by protocol, instead of the standard ones."""
    found = _free_network(ports)
    if found is None:
        yield from (Placement() for _ in scenarios)
        return
    network, offset = found
    for scenario, address in zip(scenarios, network.hosts(), strict=False):
        if any(":" in each.bind for each in scenario.facts.all_services().values()):
            yield Placement()  # it is about IPv6, which has one loopback address only
        else:
            yield Placement(str(address), ports, standard=offset)


def _free_network(ports: Mapping[str, int]) -> tuple[ipaddress.IPv4Network, int] | None:
    """Where nobody else listens, such as another `serve`, and what to add to standard ports."""
    standard = {
        port
        for protocol, table in STANDARD_PORTS.items()
        if protocol not in ports
        for port in table.values()
    }
    for offset in (0, _OTHERWISE):
        wanted = {*ports.values(), *(port + offset for port in standard)}
        for network in _NETWORKS:
            first = str(next(network.hosts()))
            if all(can_listen_at(first, port) for port in wanted):
                return network, offset
    return None


def label(scenario_id: str) -> str:
    """Letters, digits and hyphens, two of them before the case; where that is too long for a host
    name, its end is a hash."""
    stem, _, case = scenario_id.lower().partition("[")
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in (stem, case))
    name = "--".join(filter(None, parts))
    if len(name) <= _LONGEST_LABEL:
        return name
    digest = hashlib.sha256(scenario_id.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_LABEL - 9].rstrip('-')}-{digest}"


def dotted(scenario_id: str) -> str:
    """The whole of it, with dots in place of all that no name may have."""
    return re.sub(r"[^a-z0-9-]+", ".", scenario_id.lower()).strip(".")


def host_name(scenario_id: str) -> str:
    """The name for hosts files; the certificate of the mailbox is valid for it."""
    return f"{label(scenario_id)}.{DOMAIN}"
