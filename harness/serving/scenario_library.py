"""The scenarios that can be stood up: read when they are first asked for."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from harness.files.compiled import Compiled
from harness.files.problems import BadInput
from harness.scenario import builtin_path
from harness.scenario.catalogue import collect, compiled, ids_in
from harness.scenario.choosing.summaries import kept_of_catalogue
from harness.scenario.model import Scenario
from harness.scenario.schemas.modeline import scenario_files
from harness.serving.placing import dotted
from harness.serving.refusals import Absent

_ID: Final = re.compile(r"([a-z0-9-]+/[A-Za-z0-9][A-Za-z0-9._-]*)(\[.*\])?", re.DOTALL)
_PART: Final = re.compile(r"[a-z0-9-]+")


class Library:
    """The scenarios below a folder (left out: the catalogue), and others by their ids."""

    def __init__(self, base: Path | None = None, others: list[Scenario] | None = None) -> None:
        self._base = base or builtin_path()
        self._read = {scenario.id: scenario for scenario in others or []}
        self._dotted: dict[str, str] = {}
        self.is_read = False
        """Whether all of them have been read: it takes a while."""

    async def all(self) -> list[Scenario]:
        """All of them, sorted by id. Raises BadInput where a file has mistakes."""
        if not self.is_read:
            found = await asyncio.to_thread(collect, [self._base])
            self._read = {scenario.id: scenario for scenario in found} | self._read
            self.is_read = True
        return list(self._read.values())

    async def find(self, scenario_id: str) -> Scenario:
        """One of them. Raises Absent; BadInput where its file has mistakes."""
        if scenario_id not in self._read and not self.is_read:
            self._read |= self._of_file(scenario_id)
        if scenario_id in self._read:
            return self._read[scenario_id]
        known = {scenario.id for scenario in await self.all()}
        files = {name.partition("[")[0] for name in known}
        raise Absent("scenario", sorted(known | files), name=scenario_id)

    def prepare(self) -> None:
        """Have at hand what is known of the files, or else what reads them: whoever asks for one
        waits less then."""
        if self._known.is_empty:
            for file in scenario_files(self._base)[:1]:
                with suppress(BadInput):
                    self._known.load(file)

    async def ids(self) -> list[str]:
        """The ids of all of them, without reading the scenarios themselves."""
        if self.is_read:
            return list(self._read)
        return sorted({*await asyncio.to_thread(self._ids), *self._read})

    def _ids(self) -> list[str]:
        listed = partial(ids_in, self._base)
        return listed() if self._base != builtin_path() else kept_of_catalogue("ids", listed)

    async def dotted(self, name: str) -> Scenario | None:
        """The one whose whole id this is with dots in it, if there is one: without reading the
        others."""
        parts = name.split(".", 2)
        named = len(parts) > 1 and all(map(_PART.fullmatch, parts[:2]))
        if name not in self._dotted and named and not self.is_read:
            self._read |= self._of_file(f"{parts[0]}/{parts[1]}")
        if len(self._dotted) != len(self._read):
            self._dotted = {dotted(scenario_id): scenario_id for scenario_id in self._read}
        found = self._dotted.get(name)
        return self._read[found] if found else None

    @cached_property
    def _known(self) -> Compiled[list[Scenario]]:
        return compiled(self._base)

    def _of_file(self, scenario_id: str) -> dict[str, Scenario]:
        """The scenarios of the file that an id names: the rest need not be read for it."""
        matched = _ID.fullmatch(scenario_id)
        file = self._base / f"{matched[1]}.yaml" if matched else None
        found = self._known.load(file) if file and os.path.isfile(file) else []
        return {scenario.id: scenario for scenario in found}
