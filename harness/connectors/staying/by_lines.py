"""A process that stays: states are lines of its standard output, orders of its standard input."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final

from harness.connectors.connector import request, whole
from harness.connectors.process import LAST_WORDS_S, ConnectorProcess, Lost
from harness.connectors.staying import Heard, Stay
from harness.connectors.staying.hearing import Hearing, cannot_begin
from harness.contract.answer import Lapse, NoAnswer, Output
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Order, Pace

_LINGERED: Final[frozenset[Lapse]] = frozenset({"did-not-end"})
_DIED: Final[frozenset[Lapse]] = frozenset({"died-afterwards"})
_SAID_NOTHING: Final = (
    "it ended without a word; expected states, a line each: is it made for one check?"
)
_READ_NOTHING: Final = "said a state without having read what it was to connect"


async def stay_by_lines(
    starting: Awaitable[ConnectorProcess],
    settings: ConnectionSettings,
    pace: Pace,
    life: str,
    heard: Heard,
) -> Stay:
    """Begin a life of a process that is about to be started. Never raises."""
    try:
        process = await starting
    except Lost as lost:
        return cannot_begin(heard, str(lost))
    except TimeoutError:
        return cannot_begin(heard, "it was not loaded in time")
    process.tell(request(settings, life, stay=True, pace=pace.model_dump()))
    return ProcessStay(process, life, heard)


class ProcessStay:
    """The life of one process."""

    def __init__(self, process: ConnectorProcess, life: str, heard: Heard) -> None:
        self._process = process
        self._hearing = Hearing(life, heard, lambda: process.output)
        self._given = process.unread_bytes
        """How much of the settings it had not read yet when it was given them."""
        self._told_to_stop = False
        self._unfinished = b""
        self._living = asyncio.create_task(self._live())
        self._ending: asyncio.Task[Output] | None = None

    async def tell(self, order: Order) -> None:
        """One line. It is not waited for: whether it is read is the connector's business."""
        self._process.tell(order.model_copy(update={"check": self._hearing.life}).line())

    @property
    def sleeps(self) -> bool:
        """Whether neither it nor what it started has anything to do at the moment."""
        return self._process.sleeps

    async def end(self, grace_s: float) -> Output:
        """Half of the time is for its word, or its end; then its input is ended."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(grace_s))
        return await asyncio.shield(self._ending)

    async def _end(self, grace_s: float) -> Output:
        self._told_to_stop = True
        if not self._living.done():
            await self.tell(Order(stop=True))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hearing.ended(), grace_s / 2)
            self._process.end_input()
            await asyncio.wait({self._living}, timeout=grace_s / 2)
        output = self._process.output  # before it is killed
        if self._living.done():
            await self._living
            died = output.exit_code and not self._hearing.why
            return replace(output, lapses=_DIED) if died else output
        await self._process.kill()
        await self._living
        return replace(output, lapses=_LINGERED)

    async def _live(self) -> None:
        """Hear it until it has ended, and have it killed where it says what cannot be read."""
        reading = asyncio.create_task(self._read())
        exiting = asyncio.create_task(self._process.exited())
        try:
            await asyncio.wait({reading, exiting}, return_when=asyncio.FIRST_COMPLETED)
            while not exiting.done() and not self._hearing.why:
                await asyncio.wait({exiting}, timeout=LAST_WORDS_S)
                self._look_whether_it_can_speak()
            if self._hearing.why:
                await self._process.kill()
            await exiting
            await self._to_the_end(reading)
            await self._tell_how_it_ended()
        finally:
            await self._process.kill()  # closes its pipes, too
            self._hearing.close()
            for task in (reading, exiting):
                task.cancel()

    async def _to_the_end(self, reading: asyncio.Task[None]) -> None:
        """Hear what it had said when it ended; somebody may still hold its output open."""
        states = -1
        while not reading.done() and states != self._hearing.states:
            states = self._hearing.states
            await asyncio.wait({reading}, timeout=LAST_WORDS_S)

    def _look_whether_it_can_speak(self) -> None:
        """Its output is at its end: it is about to end, however busy the machine is, or sleeps."""
        ending = self._hearing.stopped or self._told_to_stop
        if not ending and self._process.sleeps:
            self._hearing.fail("it closed its standard output, and did not end")

    async def _read(self) -> None:
        try:
            while line := await self._process.next_line():
                if not line.endswith(b"\n") and not whole(line):
                    self._unfinished = line
                    return
                if not self._hearing.text(line):
                    return
                if self._hearing.states == 1 and self._process.unread_bytes >= self._given > 0:
                    self._hearing.fail(_READ_NOTHING)
                    return
                await asyncio.sleep(0)  # others have their turn in a flood
        except Lost as lost:
            self._hearing.fail(str(lost))

    async def _tell_how_it_ended(self) -> None:
        how = await self._process.how_it_ended()
        if self._hearing.stopped or self._told_to_stop:
            return
        output = self._process.output
        if self._unfinished and not output.exit_code:
            self._hearing.text(self._unfinished)
        elif self._hearing.states or output.exit_code:
            self._hearing.lose(NoAnswer("crashed", f"the connector crashed: {how}", output))
        else:
            self._hearing.fail(_SAID_NOTHING)
