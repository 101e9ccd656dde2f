"""What another spec means for a mailbox that runs: what may differ, and what stays a secret."""

from __future__ import annotations

from collections.abc import Mapping

from fakeservers.dialects.dialect import load_dialect
from fakeservers.spec import MailboxSpec
from fakeservers.wire.transcript import Private


def check_places(before: MailboxSpec, after: MailboxSpec, ports: Mapping[str, int]) -> None:
    """Raises ValueError, in one line, where the services of both are not at the same places.
    `ports`: where they listen, by their names."""
    if before.services.keys() != after.services.keys():
        names = ", ".join(before.services)
        raise ValueError(f"a running mailbox keeps its services: {names}; not {_names(after)}")
    for name, service in after.services.items():
        was = before.services[name]
        for what, old, new in (
            ("protocol", was.protocol, service.protocol),
            ("bind", was.bind, service.bind),
            ("port", ports[name], ports.get(service.port_of or "", service.port or ports[name])),
        ):
            if old != new:
                has = old or "one that was free"
                raise ValueError(f"a running service keeps its {what}: {name} has {has}, not {new}")


def _names(spec: MailboxSpec) -> str:
    return ", ".join(spec.services) or "none"


class EverPrivate:
    """What must not be shown of a mailbox, whatever it was and is: who has not heard yet that a
    password was changed says the old one."""

    def __init__(self, spec: MailboxSpec) -> None:
        self._secrets: set[str] = set()
        self._names: list[str] = []
        self.learn(spec)

    def learn(self, spec: MailboxSpec) -> None:
        """Those of this, too, and the names that may be shown."""
        accounts = (spec.account, spec.bcc)
        for each in (*accounts, spec.oauth_client):
            self._secrets.update(each.secrets)
        self._secrets.update(spec.hidden)
        self._names += [name for a in accounts for name in (a.login, a.address, *a.aliases)]
        for service in spec.services.values():
            if service.protocol == "oauth":
                side = load_dialect(service.dialect or spec.dialect).side("oauth")
                self._names += [spec.oauth_client.id, side.token_path, *side.scopes]
        self._names = list(dict.fromkeys([*self._names, *spec.named]))
        self.now = Private.of(self._secrets, self._names)
