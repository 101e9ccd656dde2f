"""The mailboxes at the common ports: each stands up when its name is first typed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Final, Protocol

from fakeservers.common.common_ports import Chosen, ToldName
from fakeservers.spec import Service
from fakeservers.wire.listeners import Listener
from harness.files.problems import BadInput
from harness.scenario.model import Scenario, Typed
from harness.serving.common.case_names import CaseNames, NoCase, TypedName, local_part, typed_name
from harness.serving.common.reach import reached
from harness.serving.common.renamed import meant, renamed
from harness.serving.placing import Placement
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand
from harness.serving.standing import Standing

MOST_GUESTS: Final = 1000
"""Beyond that the one goes that nobody has used for the longest time."""


class Shared(Protocol):
    """The ports themselves."""

    def port(self, service: Service) -> Listener | None: ...


class Guests:
    """Finds, and stands up, the mailbox that a name means. `on_dropped` is told of each that makes
    room for another one, by its id."""

    def __init__(
        self,
        stand: Stand,
        library: Library,
        *,
        host: str | None = None,
        most: int = MOST_GUESTS,
        on_dropped: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._stand, self._library = stand, library
        self._host, self._most, self._on_dropped = host, most, on_dropped
        self.ports: Shared | None = None
        """Given once they are open."""
        self._names: CaseNames | None = None
        self._found: dict[TypedName, str] = {}
        self._used: dict[str, int] = {}
        """The guests by their ids, and when each was used last, in ever higher numbers."""
        self._clock = itertools.count()
        self._standing_up, self._hinting = asyncio.Lock(), asyncio.Lock()

    async def choose(self, asked: ToldName) -> Chosen | str:
        """The mailbox of a user name; or why there is none, for whoever typed it."""
        try:
            return await self._chosen(asked)
        except (NoCase, BadInput) as refused:
            return str(refused).encode("ascii", "replace").decode()

    async def _chosen(self, asked: ToldName) -> Chosen:
        typed = typed_name(asked.username)
        scenario = await self.scenario(typed.name)
        _let_in(scenario, scenario.facts.typed(asked.protocol), asked)
        standing = await self.guest(scenario, typed.tester)
        service = standing.facts.typed(asked.protocol)
        _let_in(standing.scenario, service, asked)
        return Chosen(standing.mailbox, service.name, meant(standing.scenario, asked.username))

    async def scenario(self, name: str) -> Scenario:
        """The scenario that a name means. Raises NoCase, BadInput."""
        if (whole := await self._library.dotted(name)) is not None:
            return whole
        if self._names is None:
            self._names = CaseNames(await self._library.ids())
        try:
            return await self._library.find(self._names.find(name))
        except NoCase as unknown:
            raise NoCase(f"{unknown}{await self._hint(name)}") from None

    async def _hint(self, name: str) -> str:
        """What may be meant: of a flood of names nobody is told, as it takes a while."""
        if self._names is None or self._hinting.locked():
            return ""
        async with self._hinting:
            return await asyncio.to_thread(self._names.hint, name)

    async def guest(self, scenario: Scenario, tester: str = "") -> Standing:
        """Its mailbox, for this tester. Raises BadInput where it cannot be stood up."""
        async with self._standing_up:
            own = renamed(scenario, local_part(scenario.id), tester)
            standing = self._stand.find(own.id)
            if standing is None:
                await self._make_room()
                place = Placement(host=self._host, shared=self.ports.port if self.ports else None)
                standing = await self._stand.start(own, place)
            self._used[own.id] = next(self._clock)
            return standing

    async def _make_room(self) -> None:
        there = {each.id: each for each in self._stand if each.id in self._used}
        self._used = {scenario_id: self._used[scenario_id] for scenario_id in there}
        if len(there) < self._most:
            return
        idle = [each for each in there.values() if not each.mailbox.connected]
        if not idle:
            raise BadInput([f"{len(there)} mailboxes are in use, and no more may be"])
        oldest = min(idle, key=lambda each: self._used[each.id])
        await self._stand.stop(oldest)
        self._on_dropped(oldest.id)


def _let_in(scenario: Scenario, typed: Typed, asked: ToldName) -> None:
    """Raises NoCase, which says what is to be typed instead, where the scenario is not had by its
    user name at this port."""
    name = local_part(scenario.id.partition("+")[0])
    found = reached(scenario.facts, asked.protocol)
    if found.way != "user-name":
        raise NoCase(f"{name} cannot be chosen by a user name: {found.why}; see list --how")
    if typed.security == "cleartext" if asked.tls else typed.security != asked.security:
        raise NoCase(f"{name} is typed with {asked.protocol} {typed.security}: another port")
