"""The connections of a mailbox that are not over: who serves each, and what ends it in between."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Final

from fakeservers.actions import Action
from fakeservers.conversation import Conversation
from fakeservers.evidence import Evidence
from fakeservers.services import converse
from fakeservers.wire import HowCut
from fakeservers.wire.connection import Connection, ConnectionClosed

DRIP_BYTES, DRIP_PAUSE_S = 1, 0.2
MUCH_BYTES: Final = 1 << 20
"""From how much of a client on, memory is given back once it has left."""
_Work = Callable[[Conversation], Awaitable[None]]
"""What ends a connection, once its own task has let go of it. May raise ConnectionClosed."""


class Links:
    """The connections of a mailbox that are not over. Ours that fail are told to the evidence.

    One may be taken over by another mailbox in the middle: its task asks `_home` whose it is.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._tasks: dict[Conversation, asyncio.Task[None]] = {}
        """From when a connection is accepted."""
        self._begun: dict[Conversation, None] = {}
        self._struck: dict[Conversation, _Work] = {}
        self._at_work: set[asyncio.Task[None]] = set()
        self._moved: dict[Conversation, Links] = {}
        """Where those are that began here, and were taken over."""

    def _home(self, conversation: Conversation) -> Links:
        return self._moved.get(conversation, self)

    def take_over(self, conversation: Conversation, other: Links) -> None:
        """A connection that `other` serves is here from now on."""
        task = other._tasks.pop(conversation)
        del other._begun[conversation]
        other._moved[conversation] = self
        self._tasks[conversation] = task
        self._begun[conversation] = None
        self._keep(task)

    @property
    def conversations(self) -> Collection[Conversation]:
        """Those that are served; one that was just accepted may not be yet."""
        return self._begun.keys()

    def begin(self, conversation: Conversation) -> None:
        """Serve a connection that was accepted."""
        task = self._start(self._serve(conversation))
        self._tasks[conversation] = task
        # A task that is cancelled before its first step runs no clean-up of its own.
        task.add_done_callback(functools.partial(self._over, conversation))

    def _over(self, conversation: Conversation, _task: asyncio.Task[None]) -> None:
        home = self._home(conversation)
        self._moved.pop(conversation, None)
        del home._tasks[conversation]
        home._struck.pop(conversation, None)
        conversation.connection.abandon()
        if conversation.connection.read_bytes >= MUCH_BYTES:
            asyncio.get_running_loop().call_soon(_give_back)  # once the task's own is free, too

    def strike(self, actions: Sequence[Action], service: str | None = None) -> int:
        """Do this now at every open connection, or at those of one service; at how many."""
        struck = self._reachable(service)
        for conversation in struck:
            if any(action.ends for action in actions):
                self._end(conversation, lambda each: each.strike(actions))
            else:
                self._start(_strike(conversation, actions))
        return len(struck)

    def cut(self, how: HowCut, service: str | None = None, *, bye: bool = False) -> int:
        """Have the links die; see `HowCut`. How many did: without TLS there is no close_notify.

        `bye`: say first what the server says when it shuts down, if that is known, where nothing is
        half said. So does Dovecot (dovecot/core@f28b5a92:src/imap/imap-client.c, `client_kick`).
        """
        links = self._reachable(service)
        if how == "close-notify":
            links = [each for each in links if each.connection.tls_active]
        for conversation in links:
            conversation.fired(f"cut[{how}]")
            if how == "drip":
                conversation.connection.pace.slice(DRIP_BYTES, DRIP_PAUSE_S)
            else:
                says = bye and conversation.connection.at_rest and conversation.has_greeted
                if how == "silent":
                    conversation.connection.deafen()
                self._end(conversation, functools.partial(_die, how, says=says))
        return len(links)

    def _reachable(self, service: str | None) -> list[Conversation]:
        """Those that the server can still do something to: a link that fell silent is dead."""
        return [
            each
            for each in self._tasks
            if service in (None, each.name) and each.connection.reachable
        ]

    def _end(self, conversation: Conversation, ending: _Work) -> None:
        """Whoever reads from a socket must have let go of it before it is closed."""
        waits = conversation not in self._struck and conversation in self._begun
        self._struck[conversation] = ending
        if waits:
            self._tasks[conversation].cancel()

    def count(self, holds: Callable[[Conversation], bool]) -> int:
        """Of how many this holds, of those that are there: neither over nor cut off."""
        return sum(
            holds(each) and each not in self._struck and not each.connection.mute
            for each in self._begun
        )

    def left_open(self) -> set[int]:
        """The numbers of the connections that neither side has ended."""
        return {
            each.connection.transcript.number
            for each in self._begun
            if not each.connection.client_has_left
        }

    async def settle(self, timeout_s: float) -> None:
        """Wait until every connection has ended, but not for longer."""
        for _ in range(2):  # let what the kernel has queued be accepted
            await asyncio.sleep(0)
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=timeout_s)

    async def close(self) -> None:
        """Give every connection up."""
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._keep(task)
        return task

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _serve(self, conversation: Conversation) -> None:
        self._begun[conversation] = None
        try:
            await self._through(conversation, self._struck.pop(conversation, converse))
        except Exception as error:
            # Ours, not an injected fault: the client sees a reset, the evidence says why.
            wrong = f"{conversation.name}: {type(error).__name__}: {error}"
            self._home(conversation).evidence.faults.append(wrong)
            conversation.connection.transcript.note("a fault of the harness ended the connection")
        finally:
            del self._home(conversation)._begun[conversation]
            conversation.connection.reset()

    async def _through(self, conversation: Conversation, work: _Work) -> None:
        """Serve it until it is over, whatever strikes it in between."""
        task = asyncio.current_task()
        assert task is not None
        while True:
            try:
                with contextlib.suppress(ConnectionClosed):
                    await work(conversation)
                await conversation.connection.close()
                return
            except asyncio.CancelledError:
                struck = self._home(conversation)._struck
                if conversation not in struck:
                    conversation.connection.abandon()
                    raise
                task.uncancel()
                work = struck.pop(conversation)


async def _die(how: HowCut, conversation: Conversation, *, says: bool) -> None:
    if says:
        await conversation.farewell()
    await _WAYS[how](conversation.connection)


async def _reset(connection: Connection) -> None:
    connection.reset()


_WAYS: Final[Mapping[HowCut, Callable[[Connection], Awaitable[None]]]] = {
    "fin": Connection.close,
    "rst": _reset,
    "close-notify": Connection.end_tls,
    "silent": Connection.await_end,
}
"""Those that end a connection."""


async def _strike(conversation: Conversation, actions: Sequence[Action]) -> None:
    with contextlib.suppress(ConnectionClosed):
        await conversation.strike(actions)


def _give_back() -> None:
    """What is free goes back to the system; GNU's C library keeps what lies below something that
    is in use (malloc_trim(3)). Elsewhere there is nothing to do."""
    import ctypes  # which takes some ms, and is seldom needed

    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
