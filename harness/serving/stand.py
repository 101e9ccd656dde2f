"""Any number of mailboxes that stand at the same time, by the ids of their scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from fakeservers.wire.certificates import Authority, process_authority
from fakeservers.wire.listeners import FILES_OF_A_LISTENER
from harness.files.problems import BadInput
from harness.runner.limits import permitted_files
from harness.scenario.model import Scenario
from harness.serving.feed import Feed, FeedEvent
from harness.serving.own_ports import OwnPorts
from harness.serving.placing import Placement, label
from harness.serving.refusals import Absent, Conflict
from harness.serving.standing import FOR_PEOPLE, Standing, Surroundings

if TYPE_CHECKING:
    from harness.serving.common.guests import Guests

MOST_MAILBOXES: Final = 2000
_OTHER_FILES: Final = 512
"""Open files for connections, for the API, and for all else."""
_FILES_LATER: Final = 2 * MOST_MAILBOXES * FILES_OF_A_LISTENER + _OTHER_FILES
"""As many as are asked for, where there may be: mailboxes can be started over the API."""


class Stand:
    """Holds mailboxes; leaving the block closes them all.

    `pace`: how many times slower than usual lives go. `own_ports`: for services that share no port
    and for which none is wanted; left out, any free one. `on_happening` is called at once with all
    that happens at any of them.
    """

    def __init__(
        self,
        *,
        authority: Authority | None = None,
        exposed: bool = False,
        pace: float = FOR_PEOPLE,
        own_ports: OwnPorts | None = None,
        on_happening: Callable[[FeedEvent], None] | None = None,
    ) -> None:
        self.feed = Feed(on_happening)
        self.guests: Guests | None = None
        """Those at common ports, where such are open."""
        self.authority = authority or process_authority()
        self._around = Surroundings(self.feed, self.authority, exposed, pace)
        self.own_ports = own_ports
        self._standing: dict[str, Standing] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.feed.close()
        standing, self._standing = list(self._standing.values()), {}
        await asyncio.gather(*(each.close() for each in standing))

    def __iter__(self) -> Iterator[Standing]:
        return iter(list(self._standing.values()))

    def __len__(self) -> int:
        return len(self._standing)

    def get(self, name: str) -> Standing:
        """The mailbox by its scenario's id, or by its name. Raises Absent."""
        found = self._standing.get(name) or self._standing.get(label(name))
        if found is None or name not in (found.id, found.name):
            raise Absent("mailbox", [each.id for each in self], name=name)
        return found

    def find(self, scenario_id: str) -> Standing | None:
        """The mailbox of the scenario of that id, if it stands."""
        found = self._standing.get(label(scenario_id))
        return found if found and found.id == scenario_id else None

    async def start(self, scenario: Scenario, place: Placement = Placement()) -> Standing:  # noqa: B008
        """Stand a mailbox up. Raises Conflict where it stands already, or there are too many;
        BadInput where a port is not to be had."""
        name = label(scenario.id)
        if name in self._standing:
            raise Conflict("stands", id=self._standing[name].id)
        if len(self._standing) >= MOST_MAILBOXES:
            raise Conflict("too-many", most=MOST_MAILBOXES)
        if self.own_ports:
            used = {port for each in self for _, port in each.place.taken.values()}
            place = self.own_ports.place(scenario, place, used)
        standing = Standing(scenario, place, self._around)
        self._standing[name] = standing
        try:
            await standing.open()
        except BaseException:
            del self._standing[name]
            raise
        self.feed.publish("started", scenario.id)
        return standing

    async def stop(self, standing: Standing) -> None:
        """Close a mailbox. Twice does no harm."""
        if self._standing.pop(standing.name, None):
            await standing.close()
            self.feed.publish("stopped", standing.id)

    async def replace(self, standing: Standing, scenario: Scenario) -> Standing:
        """Another scenario's mailbox in place of one, on the ports of the services that both have.
        Raises as `start` does; then the old one is gone."""
        place = standing.place_again()
        await self.stop(standing)
        return await self.start(scenario, place)


def allow_files(listeners: int) -> None:
    """Make room for so many listeners. Raises BadInput where the system does not permit it."""
    needed = FILES_OF_A_LISTENER * listeners + _OTHER_FILES
    permitted = permitted_files(max(needed, _FILES_LATER))
    if permitted < needed:
        told = f"{listeners} ports need {needed} open files; only {permitted} are permitted"
        raise BadInput([f"{told} (ulimit -n)"])


def kept_authority(folder: Path) -> Authority:
    """The authority in there, made where there is none. Raises BadInput."""
    try:
        return Authority(folder.absolute())
    except (OSError, ValueError) as error:
        raise BadInput([f"no authority can be kept in {folder}: {error}"]) from None
