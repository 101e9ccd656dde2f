"""The mailboxes at the common ports: each stands up when its name is first typed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fakeservers.common.common_ports import Chosen, CommonPorts, ToldName
from fakeservers.services import import_speakers
from harness.files.problems import BadInput
from harness.scenario.model import Facts, Scenario
from harness.serving.common.case_names import (
    CaseNames,
    NoCase,
    certified,
    host_of,
    kept_names,
    local_part,
    typed_host,
    typed_name,
)
from harness.serving.common.reach import Way, reached, way_of
from harness.serving.common.renamed import meant, renamed
from harness.serving.placing import Placement
from harness.serving.refusals import Declined
from harness.serving.scenario_library import Library
from harness.serving.stand import Stand
from harness.serving.standing import Standing

MOST_GUESTS: Final = 1000
"""Beyond that the one goes that nobody has used for the longest time."""

MOST_REFUSALS: Final = 20
_LONGEST_SHOWN: Final = 120


@dataclass(frozen=True)
class NameRefused:
    """A name that was typed, and let nobody in: `why`, in one line, with what may be meant;
    `times`: how often it was so, one time after the other or not."""

    name: str
    protocol: str
    why: str
    times: int


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
        self.host, self._most, self._on_dropped = host, most, on_dropped
        self.ports: CommonPorts | None = None
        """Given once they are open."""
        self._listing: asyncio.Task[CaseNames] | None = None
        self._used: dict[str, int] = {}
        """The guests by their ids, and when each was used last, in ever higher numbers."""
        self._clock = itertools.count()
        self._refused: dict[tuple[str, str], NameRefused] = {}
        self._standing_up, self._hinting = asyncio.Lock(), asyncio.Lock()

    async def by_user_name(self, told: ToldName) -> Chosen | str:
        """The mailbox of a user name; or why there is none, for whoever typed it."""
        try:
            typed = typed_name(told.name)
            return await self._chosen(await self.scenario(typed.name), typed.tester, told)
        except (NoCase, BadInput) as refused:
            return self._refuse(told, refused)

    async def by_host_name(self, told: ToldName) -> Chosen | str:
        """The same of a host name; empty: it is none of a scenario's."""
        why: Exception | str = ""
        for typed in typed_host(told.name):
            try:
                scenario = await self.scenario(typed.name)
            except (NoCase, BadInput) as unknown:
                why = why or unknown
                continue
            try:
                return await self._chosen(scenario, typed.tester, told, "host-name")
            except (NoCase, BadInput) as refused:
                return self._refuse(told, refused)
        return self._refuse(told, why) if why else ""

    @property
    def refused(self) -> list[NameRefused]:
        """The last ones, the newest first."""
        return list(reversed(self._refused.values()))

    def _refuse(self, told: ToldName, why: Exception | str) -> str:
        line, key = _line(why), (told.name[:_LONGEST_SHOWN], told.protocol)
        before = self._refused.pop(key, None)
        self._refused[key] = NameRefused(*key, line, before.times + 1 if before else 1)
        if len(self._refused) > MOST_REFUSALS:
            del self._refused[next(iter(self._refused))]
        return line

    async def _chosen(
        self, scenario: Scenario, tester: str, told: ToldName, way: Way = "user-name"
    ) -> Chosen:
        _let_in(scenario, scenario.facts, told, way)
        standing = await self.guest(scenario, tester)
        _let_in(scenario, standing.facts, told, way)
        name = meant(standing.scenario, told.name)
        return Chosen(standing.mailbox, standing.facts.typed(told.protocol).name, name)

    async def scenario(self, name: str) -> Scenario:
        """The scenario that a name means. Raises NoCase, BadInput."""
        if (whole := await self._library.dotted(name)) is not None:
            return whole
        names = await self.names()
        try:
            return await self._library.find(names.find(name))
        except NoCase as unknown:
            raise NoCase(f"{unknown}{await self._hint(names, name)}") from None

    def prepare(self) -> None:
        """Have at hand what the first who comes would wait for else."""
        import_speakers(("imap", "smtp"))
        self._library.prepare()

    async def names(self) -> CaseNames:
        """All names, listed once: that may take a while, and others are served meanwhile."""
        if self._listing is None:
            self._listing = asyncio.create_task(self._listed())
        return await asyncio.shield(self._listing)

    async def _listed(self) -> CaseNames:
        return await asyncio.to_thread(kept_names, await self._library.ids())

    async def _hint(self, names: CaseNames, name: str) -> str:
        """What may be meant: of a flood of names nobody is told, as it takes a while."""
        if self._hinting.locked():
            return ""
        async with self._hinting:
            return await asyncio.to_thread(names.hint, name)

    async def guest(self, scenario: Scenario, tester: str = "") -> Standing:
        """Its mailbox, for this tester. Raises BadInput where it cannot be stood up."""
        found = way_of(scenario)
        if found.way == "port":
            raise Declined("not-common", id=scenario.id, why=found.why)
        async with self._standing_up:
            own = renamed(scenario, local_part(scenario.id), tester)
            standing = self._stand.find(own.id)
            if standing is None:
                await self._make_room()
                host = host_of(scenario.id, tester) if found.way == "host-name" else None
                standing = await self._stand.start(own, self._place(scenario, host))
            self._used[own.id] = next(self._clock)
            return standing

    def _place(self, scenario: Scenario, chosen_by: str | None) -> Placement:
        """Where it is; `chosen_by`: the host name, where that chooses it."""
        return Placement(
            host=chosen_by or self.host,
            named=chosen_by is not None,
            shared=self.ports.port if self.ports else None,
            certified=certified(scenario.id),
        )

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


def _let_in(scenario: Scenario, facts: Facts, told: ToldName, way: Way) -> None:
    """Raises NoCase, which says what is to be typed instead, where the scenario, with these facts,
    is not had this way at this port."""
    name, found = local_part(scenario.id), reached(facts, told.protocol)
    if found.way == "host-name" and way == "user-name":
        host = host_of(scenario.id)
        raise NoCase(f"{name} is chosen by the host name {host} only: {found.why}")
    if found.way == "port":
        raise NoCase(f"{name} needs a port of its own, badinbox serve ID: {found.why}")
    wanted = facts.typed(told.protocol).security
    inside = told.tls and way == "user-name"
    if wanted == "cleartext" if inside else wanted != told.security:
        raise NoCase(f"{name} is typed with {told.protocol} {wanted}: another port")


def _line(why: Exception | str) -> str:
    """For the wire."""
    return str(why).encode("ascii", "replace").decode()
