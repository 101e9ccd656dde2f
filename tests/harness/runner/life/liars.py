"""Connectors that stay and lie: the built-in stayer, with what it says and hears changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.connectors import connector_named
from harness.connectors.staying import Heard, Stay, Staying
from harness.contract.answer import NoAnswer, Output
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import (
    Connected,
    Failing,
    MessageSeen,
    MessageSent,
    Order,
    Pace,
    State,
    Stopped,
)

Alters = Callable[[State], Iterator[State]]


@dataclass
class Lying:
    """A connector that says of a life what `alters` makes of each state, a new one for each life.
    `hammers`: whatever fails, it tries at once again. `deaf`: it hears no order but to stop."""

    alters: Callable[[], Alters]
    hammers: bool = False
    deaf: bool = False
    forgets_text: bool = False
    """It sends nothing but the headers of what it is to send."""
    restless: bool = False
    """It looks for mail without a pause."""
    early: bool = False
    """It says `sent` as soon as it is told to send."""
    puts_off: bool = False
    """Once it has failed, it says again and again that it tries again soon, and never does."""

    async def start(self) -> None:
        """Nothing to load."""

    async def check(self, settings: ConnectionSettings, deadline_s: float) -> NoAnswer:
        return NoAnswer("unclear", "it stays only")

    async def close(self) -> None:
        """Nothing runs beyond its life."""

    async def stay(self, settings: ConnectionSettings, pace: Pace, heard: Heard) -> Stay:
        honest = connector_named("builtin")
        assert isinstance(honest, Staying)
        alter = self.alters()
        life = _Life(self, settings, heard)

        def hears(state: State | NoAnswer) -> None:
            if isinstance(state, NoAnswer):
                heard(state)
                return
            if self.hammers and isinstance(state, Failing):
                life.again()
            if self.puts_off and isinstance(state, Failing | Stopped):
                life.put_off(state)
                return
            for said in alter(state):
                heard(said)

        soon = pace.model_copy(update={"retry_first_s": 0.02, "retry_longest_s": 0.02})
        always = pace.model_copy(update={"poll_s": 0.001, "idle_s": 0.001})
        own = soon if self.hammers else always if self.restless else pace
        life.honest = await honest.stay(settings, own, hears)
        return life


@dataclass
class _Life:
    liar: Lying
    settings: ConnectionSettings
    heard: Heard
    honest: Stay = field(init=False)
    tries: int = 0

    putting_off: asyncio.Task[None] | None = None

    def put_off(self, state: State) -> None:
        """It is not tried any more, and said again and again that it will be."""
        if isinstance(state, Failing) and self.putting_off is None:
            self.putting_off = asyncio.ensure_future(self._say_again(state))

    async def _say_again(self, state: Failing) -> None:
        await self.honest.tell(Order(stop=True))
        while True:
            self.heard(state.model_copy(update={"retry_at_s": 0.2}))
            await asyncio.sleep(0.1)

    def again(self) -> None:
        """The settings are given anew, as if they were other ones."""
        self.tries += 1
        if self.tries < 20:
            self._task = asyncio.ensure_future(self.honest.tell(Order(settings=self.settings)))

    async def tell(self, order: Order) -> None:
        if order.settings:
            self.settings = order.settings
        if order.send and self.liar.early:
            self.heard(MessageSent(message_id=order.send.message_id))
        if order.send and self.liar.forgets_text:
            order = Order(send=order.send.model_copy(update={"text": ""}))
        if not self.liar.deaf or order.stop:
            await self.honest.tell(order)

    async def end(self, grace_s: float) -> Output:
        if self.putting_off:
            self.putting_off.cancel()
        return await self.honest.end(grace_s)


def honest() -> Alters:
    """It says what is so."""
    return lambda state: iter([state])


def always_connected() -> Alters:
    """Whatever fails, it is connected."""
    return lambda state: iter([] if isinstance(state, Failing) else [state])


def drops_each_third() -> Alters:
    """It never tells of each third message."""
    count = 0

    def alter(state: State) -> Iterator[State]:
        nonlocal count
        count += isinstance(state, MessageSeen)
        if not (isinstance(state, MessageSeen) and count % 3 == 0):
            yield state

    return alter


def repeats() -> Alters:
    """It tells of each message twice."""
    return lambda state: iter([state] * (2 if isinstance(state, MessageSeen) else 1))


def never_recovers() -> Alters:
    """Once it has failed it is never connected again."""
    failed = False

    def alter(state: State) -> Iterator[State]:
        nonlocal failed
        failed = failed or isinstance(state, Failing)
        if not (failed and isinstance(state, Connected | MessageSeen)):
            yield state

    return alter


def asks_password() -> Alters:
    """Whatever fails, the customer is asked for the password."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, Failing):
            asks = {"ask_password": True}
            yield state.model_copy(update=asks)
        else:
            yield state

    return alter


def blames_password() -> Alters:
    """Whatever fails, the password is wrong, also where nothing but a link was lost."""

    def alter(state: State) -> Iterator[State]:
        yield Failing(error="unauthorized") if isinstance(state, Failing) else state

    return alter


def green_again() -> Alters:
    """It says what failed, and at once that it is connected."""

    def alter(state: State) -> Iterator[State]:
        yield state
        if isinstance(state, Failing):
            yield Connected()

    return alter


def blames_settings() -> Alters:
    """Whatever fails, the server's name or port is wrong."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, Failing):
            yield Failing(error="imap-settings-incorrect")
        else:
            yield state

    return alter


def invents_mail() -> Alters:
    """Beside each message it tells of one that there is not."""

    def alter(state: State) -> Iterator[State]:
        yield state
        if isinstance(state, MessageSeen):
            yield MessageSeen(message_id=f"<again-{state.message_id[1:]}")

    return alter


def names_a_late_try() -> Alters:
    """It says that it tries again in ten minutes, and tries as ever."""

    def alter(state: State) -> Iterator[State]:
        late = {"retry_at_s": 600.0}
        yield state.model_copy(update=late) if isinstance(state, Failing) else state

    return alter


def names_a_try_that_never_comes() -> Alters:
    """Where it does not try again by itself, it says that it does."""

    def alter(state: State) -> Iterator[State]:
        soon = {"retry_at_s": 0.1}
        never = isinstance(state, Failing) and state.retry_at_s is None
        yield state.model_copy(update=soon) if never else state

    return alter


def wrong_first() -> Alters:
    """It says that an app password is wanted, and at once what is so."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, Failing):
            yield Failing(error="unauthorized-app-password-required")
        yield state

    return alter


def wrong_then() -> Alters:
    """It says what is so, and at once that an app password is wanted."""

    def alter(state: State) -> Iterator[State]:
        yield state
        if isinstance(state, Failing):
            yield Failing(error="unauthorized-app-password-required")

    return alter


def lost_first() -> Alters:
    """It says that it does not know, then that the way there fails, and then what is so: no lie."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, Failing):
            yield Failing(error="unclassified")
            yield Failing(error=f"{(state.stage or 'imap')[:4]}-settings-incorrect")
        yield state

    return alter


def blames_at_mail() -> Alters:
    """Whenever a message comes in, the password is wrong; nothing else befell it."""

    def alter(state: State) -> Iterator[State]:
        if isinstance(state, MessageSeen):
            yield Failing(error="unauthorized")
        yield state

    return alter


def says_nothing_of_sending() -> Alters:
    """It sends, and never says so."""
    return lambda state: iter([] if isinstance(state, MessageSent) else [state])


def tells_the_same_by_two_names() -> Alters:
    """It tells of each message with its brackets, and without."""

    def alter(state: State) -> Iterator[State]:
        yield state
        if isinstance(state, MessageSeen):
            yield MessageSeen(message_id=state.message_id.strip("<>"))

    return alter
