"""Ports that are fixed beforehand, for the mailboxes that share none: firewalls, and what publishes
the ports of a container, have to be told them before anybody listens there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from fakeservers.spec import Service
from fakeservers.wire.listeners import can_listen_at
from harness.files.problems import BadInput
from harness.scenario.model import Facts, Scenario
from harness.serving.placing import Placement, typed_ports
from harness.serving.refusals import Conflict

_USUAL_ADDRESS = Service.model_construct(protocol="imap").bind


@dataclass(frozen=True)
class OwnPorts:
    """The ports from `first` to `last`. `bind`: at this address, where a scenario is not about
    another; `host`: what is typed in place of it."""

    first: int
    last: int
    bind: str | None = None
    host: str | None = None

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def check(self) -> None:
        """Raises BadInput where one of them is somebody else's."""
        at = self.bind or _USUAL_ADDRESS
        taken = [port for port in self._all() if not can_listen_at(at, port)]
        if taken:
            more = f", and {len(taken) - 1} more of {self}" if len(taken) > 1 else ""
            raise BadInput([f"cannot listen on {at} port {taken[0]}{more}: in use, or not allowed"])

    def place(self, scenario: Scenario, place: Placement, used: Collection[int]) -> Placement:
        """The place with a port for each service that has none yet, but those in `used`. Raises
        Conflict: none is left."""
        taken = dict(place.taken)
        given = {*taken, *(name for each in _facts(scenario) for name in typed_ports(each, place))}
        for name, service in _services(scenario):
            shared = place.shared is not None and place.shared(service) is not None
            if name in given or service.port or service.port_of or shared:
                continue
            given.add(name)
            usual = service.bind == _USUAL_ADDRESS
            at = (place.bind or self.bind or service.bind) if usual else service.bind
            others = {port for _, port in taken.values()}
            free = (port for port in self._all() if port not in used and port not in others)
            port = next((port for port in free if can_listen_at(at, port)), None)
            if port is None:
                raise Conflict("no-port", ports=self)
            taken[name] = at, port
        return replace(place, taken=taken, host=place.host or self.host)

    def _all(self) -> range:
        return range(self.first, self.last + 1)


def _services(scenario: Scenario) -> Iterator[tuple[str, Service]]:
    """Those that it has now, or may have later."""
    for facts in _facts(scenario):
        yield from facts.all_services().items()


def _facts(scenario: Scenario) -> Iterator[Facts]:
    yield scenario.facts
    yield from (remedy.facts for remedy in scenario.remedies)
    if scenario.life:
        yield scenario.life.begins
        yield from (each.facts for each in scenario.life.moments if each.facts)
