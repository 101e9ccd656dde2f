"""An address of its own for each of many mailboxes, with the same ports everywhere.

Linux has all of 127.0.0.0/8 on its loopback (RFC 1122, 3.2.1.3). Elsewhere each gets ports of its
own.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from harness.contract.settings import STANDARD_PORTS
from harness.scenario.model import Scenario
from harness.serving.placing import Place

_OTHERWISE: Final = 9000
"""Added to the standard ports where those are not to be had: 9993, 9143, 9465, 9587, 9025."""
_NETWORKS: Final = [ipaddress.IPv4Network(f"127.{number}.0.0/16") for number in range(3, 128)]
"""127.0.0.2 and the like are for scenarios that look at who connects."""


def own_places(scenarios: Sequence[Scenario], ports: Mapping[str, int]) -> Iterator[Place]:
    """A place for each scenario. `ports`: by protocol, instead of the standard ones."""
    found = _free_network(ports)
    if found is None:
        yield from (Place() for _ in scenarios)
        return
    network, offset = found
    for scenario, address in zip(scenarios, network.hosts(), strict=False):
        if any(":" in each.bind for each in scenario.facts.all_services().values()):
            yield Place()  # it is about IPv6, which has one loopback address only
        else:
            yield Place(str(address), ports, standard=offset)


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
            if all(_bindable(first, port) for port in wanted):
                return network, offset
    return None


def _bindable(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True
