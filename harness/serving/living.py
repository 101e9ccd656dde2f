"""A life at a mailbox that stands: the product says its states over the API, or a person says them
for it, and what it is ordered a person does."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from fakeservers.evidence import News
from fakeservers.mailbox import Mailbox
from harness.contract.answer import Output
from harness.contract.capabilities import EVERYTHING
from harness.contract.masking import Masking, masking
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Connected, Failing, MessageSeen, Order, Pace, State, Stopped
from harness.judging.evidence import Watch
from harness.judging.expectation import life_expectation
from harness.judging.lives.diary import Happened
from harness.runner.events import CaseResult, LifeEvent
from harness.runner.life.life_result import LifeEnding, life_events, life_result, secrets_in
from harness.runner.life.life_run import LifeRun, said
from harness.runner.life.step_windows import Windows
from harness.runner.outcome import USUAL_TERMS, Terms
from harness.runner.trial import Lateness, lateness
from harness.scenario.model import Moment, Scenario
from harness.serving.feed import Feed
from harness.serving.placing import Placement, placed
from harness.serving.refusals import Conflict

REST_S: Final = 2.0
"""How long whoever says something waits at most for what comes of it."""


@dataclass(frozen=True)
class Ordered:
    """An order, and how many seconds after the life began it was given."""

    at_s: float
    order: Order


@dataclass
class Living:
    """A life that is lived, or is over, at a mailbox; made by `begin`."""

    scenario: Scenario
    feed: Feed
    run: LifeRun
    watch: Watch
    first_settings: ConnectionSettings = field(init=False)
    """Those at the beginning."""
    orders: list[Ordered] = field(default_factory=list)
    terms: Terms = USUAL_TERMS
    result: CaseResult | None = None
    """Once it is over."""
    _task: asyncio.Task[None] = field(init=False)

    @classmethod
    def begin(
        cls, scenario: Scenario, mailbox: Mailbox, place: Placement, feed: Feed, factor: float
    ) -> Living:
        """Its mailbox stands as it `begins`: run its steps, in their order, `factor` times slower
        than usual."""
        run = LifeRun(
            scenario,
            life_expectation(scenario, EVERYTHING),
            Windows(Pace().slower(factor), scenario.timeout_s * factor, factor),
            Lateness(),
            spec_of=lambda facts: placed(facts, place),
            host=place.host,
        )
        living = cls(scenario, feed, run, Watch(mailbox, whole=True))
        run.stay, run.on_step = living, living._on_step
        run.begin(mailbox)
        living.first_settings = run.settings
        living._task = asyncio.create_task(living._live())
        return living

    async def _live(self) -> None:
        evidence = self.run.mailbox.evidence
        try:
            async with lateness() as self.run.late:
                await self.run.live()
            await self.run.settle()
        except Exception as error:  # ours: it is the verdict
            evidence.faults.append(f"{type(error).__name__}: {error}")
        ending = LifeEnding(self.run.whole_sight(), set(), Output())
        self.result = life_result(self.run, self.watch, ending, self.terms)
        self.feed.publish("verdict", self.scenario.id, about=self.result.judgement.verdict)

    def _on_step(self, step: Happened) -> None:
        self.feed.publish(
            "life-step",
            self.scenario.id,
            about=f"{step.number + 1} {self._hidden.text(step.about)}",
        )

    @cached_property
    def _hidden(self) -> Masking:
        return masking(secrets_in(self.scenario))

    async def tell(self, order: Order) -> None:
        """Keep an order, for whoever does it."""
        self.orders.append(Ordered(time.monotonic() - self.run.diary.began_s, order))
        self.feed.publish("order", self.scenario.id, about=order_in_words(order))

    async def end(self, grace_s: float = 0.0) -> Output:
        """Give it up. Idempotent."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return Output()

    async def say(self, state: State, terms: Terms | None = None) -> None:
        """The product is so from now on; come back once the life has taken that in. `terms`: on
        which the product is judged, if others than before. Raises Conflict: it is over."""
        if self.run.over:
            raise Conflict("life-over", id=self.scenario.id)
        if terms:
            self.terms, run = terms, self.run
            run.meanings, run.does_fetch = terms.meanings, terms.does.fetches
            run.expected = life_expectation(self.scenario, terms.does)
        self.run.heard(state)
        about = self._hidden.text(state_in_words(state))
        self.feed.publish("state", self.scenario.id, about=about)
        await self._rest()

    async def next_step(self) -> None:
        """Wait no longer for what is awaited. Raises Conflict: it is over."""
        if self.run.over:
            raise Conflict("life-over", id=self.scenario.id)
        self.run.skip()
        await self._rest()

    async def _rest(self) -> None:
        """Until it waits for something again, or is over."""
        resting = asyncio.create_task(self.run.at_rest.wait())
        waited: set[asyncio.Task[Any]] = {resting, self._task}
        await asyncio.wait(waited, timeout=REST_S, return_when=asyncio.FIRST_COMPLETED)
        resting.cancel()

    def on_news(self, news: News) -> None:
        """Something happened at the mailbox."""
        self.run.news(news)

    @property
    def events(self) -> tuple[LifeEvent, ...]:
        """All that has happened by now; secrets are masked."""
        if self.result:
            return self.result.life
        return life_events(self.run, self.watch.evidence(set()), self._hidden)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """All its steps."""
        assert self.scenario.life
        return self.scenario.life.moments

    @property
    def at(self) -> int:
        """The number of the step at hand, counted from 1; 0: none yet."""
        return len(self.run.diary.happened)

    @property
    def step(self) -> str:
        """The step at hand, as its file has it; empty: it is over."""
        return self._words(self.at - 1) if self.at and not self.run.over else ""

    @property
    def next(self) -> Moment | None:
        """The step after that, if there is one."""
        there = self.moments[self.at : self.at + 1]
        return there[0] if there and not self.run.over else None

    @property
    def next_words(self) -> str:
        """The same as its file has it."""
        return self._words(self.at) if self.next else ""

    def _words(self, number: int) -> str:
        return self._hidden.text(said(self.moments[number]))

    @property
    def left_s(self) -> float | None:
        """Until the window of the step at hand closes."""
        until_s = self.run.until_s
        return None if until_s is None else max(0.0, until_s - time.monotonic())

    @property
    def now_s(self) -> float:
        """How long it has lasted; once it is over, when its last event was."""
        if self.run.over:
            return 0.0
        return time.monotonic() - self.run.diary.began_s

    @property
    def to_do(self) -> list[Ordered]:
        """The orders that nobody has done, as far as is to be seen: what is sent has arrived, and
        who was given settings is connected."""
        there = self.run.sight().in_store
        view = self.run.diary.view
        began_s = self.run.diary.began_s
        connected_s = view.at_s - began_s if view and isinstance(view.state, Connected) else 0.0
        return [
            each
            for each in self.orders
            if (each.order.send and each.order.send.message_id not in there)
            or (each.order.settings and each.at_s > connected_s)
        ]

    @property
    def unseen(self) -> list[str]:
        """The Message-IDs of what came in and the product has not told of."""
        told = set(self.run.diary.told(MessageSeen))
        return [each for each in self.run.diary.delivered if each not in told]


def state_in_words(state: State) -> str:
    """On one line."""
    if isinstance(state, Connected | Stopped):
        return state.state
    if isinstance(state, Failing):
        return f"failing: {state.error}"
    return f"{state.state} {state.message_id}"


def order_in_words(order: Order) -> str:
    """On one line, without any secret."""
    if order.send:
        return f"send {order.send.message_id} to {order.send.to}"
    return "settings" if order.settings else "stop"
