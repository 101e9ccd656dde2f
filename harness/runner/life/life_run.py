"""One life as it is run: the steps in their order, and what is heard and seen meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from fakeservers.dialects.dialect import load_dialect
from fakeservers.evidence import News
from fakeservers.happenings.mail import message_ids
from fakeservers.mailbox import Mailbox
from fakeservers.spec import MailboxSpec
from fakeservers.store import message_id
from harness.connectors.staying import Stay
from harness.contract.answer import NoAnswer, Report, Reported
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Failing, Order, State
from harness.judging.expectation import Expectation
from harness.judging.interpret import Meanings, interpret
from harness.judging.lives.diary import Diary, Happened, HeardState, LifeSight
from harness.judging.lives.sent_mail import numbered
from harness.judging.lives.steps_met import WATCHED, Looked, StepStands, Unmet, look
from harness.runner.life.lived_time import LivedTime
from harness.runner.life.step_windows import Windows
from harness.runner.trial import Lateness, settings_of
from harness.scenario.life.life_steps import LifeStep
from harness.scenario.model import Facts, Moment, Scenario
from harness.taxonomy import protocol_of

LOOK_S: Final = 0.05
"""How often what nobody tells of is looked at, such as that it has been quiet."""
LATE_WINDOWS: Final = 2.0
"""What comes within so many windows is late; what comes later still is not noticed."""
SETTLE_S: Final = 0.5
SHOWN: Final = 120
"""Characters of a change that are shown."""
PATIENCE: Final = 4.0
"""Windows are longer by so many times the longest that this process was late."""


@dataclass
class LifeRun:
    """A life that runs. `heard` is given to the connector, `news` to the mailbox."""

    scenario: Scenario
    expected: Expectation
    windows: Windows
    late: Lateness
    meanings: Meanings | None = None
    does_fetch: bool = True
    """Whether it tells of messages; else none is expected to be told."""
    spec_of: Callable[[Facts], MailboxSpec] = field(default=Facts.mailbox_spec)
    """The mailbox that facts are, where it stands."""
    host: str | None = None
    """What is typed in place of its address."""
    on_step: Callable[[Happened], None] = field(default=lambda _: None)
    """Is told each step as it begins."""
    unmet: Unmet | None = field(default=None, init=False)
    """The first step that was not as it must be, if any; the life is over with that."""
    too_late: bool = field(default=False, init=False)
    """Whether a window closed in which this process was late nearly all of the time."""
    over: bool = field(default=False, init=False)
    until_s: float | None = field(default=None, init=False)
    """When the window of the step at hand closes, on the monotonic clock; None: it has none."""
    diary: Diary = field(default_factory=Diary)
    mailbox: Mailbox = field(init=False)
    stay: Stay = field(init=False)
    at_rest: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    """Set while it waits, and has taken in all that was said and has happened."""
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    facts: Facts = field(init=False)
    """What is true of the mailbox now."""
    _consent: int = 1
    _at_first: frozenset[str] = frozenset()
    """The Message-IDs that are in the mailbox before anything happens."""
    _skipped: asyncio.Event = field(default_factory=asyncio.Event)
    _up_again: set[asyncio.Task[None]] = field(default_factory=set)
    _up_at_s: float = 0.0
    """When all services that are away are back, on the monotonic clock."""

    @property
    def begun(self) -> bool:
        """Whether it came to more than its first step."""
        return len(self.diary.happened) > 1

    def begin(self, mailbox: Mailbox) -> None:
        """The mailbox stands."""
        assert self.scenario.life
        self.mailbox, self.facts = mailbox, self.scenario.life.begins
        mailbox.age_inbox()
        self._at_first = message_ids(mailbox.accounts.account)
        self.diary.began_s = time.monotonic()

    @property
    def settings(self) -> ConnectionSettings:
        """What the customer has typed, as things are now."""
        typed = settings_of(
            *(self.scenario, None, self.mailbox, self.host),
            facts=self.facts,
            consent=self._consent,
        )
        return typed.model_copy(update={"timeout_s": self.windows.timeout_s})

    def heard(self, said: State | NoAnswer) -> None:
        """The connector says something."""
        if isinstance(said, NoAnswer):
            self.diary.last = said
        else:
            read = self._read(said) if isinstance(said, Failing) else None
            self.diary.heard.append(HeardState(time.monotonic(), said, read))
        self._stir()

    def _stir(self) -> None:
        self.at_rest.clear()
        self._stirred.set()

    def _read(self, said: Failing) -> Diagnosis | NoAnswer:
        error = self.expected
        service = protocol_of(error.stage) if error.stage else None
        return interpret(
            Reported(_report(said)),
            self.meanings,
            error.errors,
            error.cause,
            None if service == "oauth" else service,
        )

    def news(self, _: News) -> None:
        """Something happened at the mailbox."""
        self._stir()

    def skip(self) -> None:
        """Wait no longer: the next step is done at once. What was awaited and is not so is not
        met; what is watched for a while was so until now."""
        self._skipped.set()
        self._stir()

    async def live(self) -> None:
        """Run the steps, until one is not as it must be: that is `unmet`."""
        assert self.scenario.life
        try:
            for number, moment in enumerate(self.scenario.life.moments):
                unmet = await self._step(number, moment)
                if self.diary.last:  # which is why
                    return
                if unmet:
                    self.unmet = unmet
                    return
        finally:
            self.over, self.until_s = True, None
            self.diary.ended_s = time.monotonic()
            for task in self._up_again:
                task.cancel()
            await asyncio.gather(*self._up_again, return_exceptions=True)

    async def settle(self) -> None:
        """Once it is over: wait until connections have ended, so that the evidence is whole; not
        for long, as one may be left open."""
        await self.mailbox.settle(SETTLE_S)

    async def _step(self, number: int, moment: Moment) -> Unmet | None:
        kind = moment.step.kind
        self._skipped.clear()
        self.until_s = None
        noted = "drip" if moment.step.cut == "drip" else kind
        begun = Happened(time.monotonic(), number, noted, said(moment))
        self.diary.happened.append(begun)
        self.on_step(begun)
        if kind in WATCHED:
            return await self._watch(moment.step)
        await _DOES[kind](self, moment)
        return None

    async def _wait(self, moment: Moment) -> None:
        span = LivedTime(self.late, (moment.step.wait_s or 0.0) * self.windows.factor)
        self.until_s = span.began_s + span.wanted_s
        self.at_rest.set()
        while span.lasts() and not self._skipped.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._skipped.wait(), span.left_s)
        self.too_late |= span.given_up

    async def _become(self, moment: Moment) -> None:
        """Other facts, other tokens; and what the connector is told of it."""
        if moment.facts:
            self.facts = moment.facts
            self.mailbox.change(self.spec_of(moment.facts))
        if moment.tokens in ("expired", "all-expired"):
            self.mailbox.expire_tokens(refresh=moment.tokens == "all-expired")
        elif moment.tokens == "revoked":
            self.mailbox.revoke_tokens()
        if moment.retyped:
            if self.facts.customer.oauth2:
                self._consent = self.mailbox.consent_again()
            await self.stay.tell(Order(settings=self.settings))

    def sight(self) -> LifeSight:
        """What there is to see by now."""
        evidence = self.mailbox.evidence
        arrived = tuple(each.content for each in self.mailbox.accounts.bcc.inbox.messages)
        return LifeSight(
            now_s=time.monotonic(),
            diary=self.diary,
            connections=tuple(evidence.connections),
            logins=tuple(evidence.logins),
            idling=self.mailbox.idling(),
            in_store=tuple(map(message_id, arrived)),
            arrived=arrived,
            accepted=tuple(evidence.messages),
            token_requests=tuple(evidence.token_requests),
        )

    def whole_sight(self) -> LifeSight:
        """The same once it is over, with all that was in the mailbox by then: who deletes what it
        has taken in had it handed out."""
        there = self._at_first | message_ids(self.mailbox.accounts.account)
        there |= self.diary.delivered.keys() | self.diary.expunged | self.diary.to_send.keys()
        there |= {each.message_id for each in self.mailbox.evidence.fetched}
        return replace(self.sight(), mail=frozenset(there), at_first=self._at_first)

    async def _watch(self, step: LifeStep) -> Unmet | None:
        """Wait until it is so, or its window closes. A failure that is named late is told apart
        from one that is not noticed."""
        if not self.does_fetch and "seen" in (step.kind, step.until):
            return None
        at = Looked(
            *(step, time.monotonic(), self.expected),
            factor=self.windows.factor,
            news_at=_news_at(self.facts),
        )
        window_s = self.windows.of(step, self.expected, self._up_at_s - at.since_s)
        watched = await self._until(at, window_s)
        if watched.met:
            return None
        if watched.broken:
            return watched.broken
        if (self._skipped.is_set() or self.too_late) and step.for_s is not None:
            return None
        names_failure = step.says not in (None, "connected")
        if names_failure and (await self._until(at, window_s * (LATE_WINDOWS - 1))).met:
            return Unmet("late", f"said {step.says}, but not within {window_s:.3g} s")
        return watched.missing

    async def _until(self, at: Looked, window_s: float) -> StepStands:
        span = LivedTime(self.late, window_s)
        self.until_s = span.began_s + window_s
        while True:
            self._stirred.clear()
            watched = look(replace(at, late_s=span.late_s), self.sight())
            over = not span.lasts(PATIENCE * self.late.worst_s)
            over = over or self._skipped.is_set() or self.diary.last is not None
            if watched.met or watched.broken or over:
                self.too_late |= span.given_up and not watched.met
                self.at_rest.clear()
                return watched
            self.at_rest.set()
            try:
                await asyncio.wait_for(self._stirred.wait(), LOOK_S)
            except TimeoutError:
                continue

    async def _cut(self, moment: Moment) -> None:
        step = moment.step
        assert step.cut
        self.mailbox.cut(step.cut, step.service, bye=step.bye is True)

    async def _go_down(self, moment: Moment) -> None:
        step = moment.step
        assert step.down_s
        port, link = step.port or "refused", step.link or "fin"
        self.mailbox.go_down(port, link, step.service, bye=step.bye is True)
        down_s = step.down_s * self.windows.factor
        self._up_at_s = max(self._up_at_s, time.monotonic() + down_s)
        waits = self._come_up(down_s, step.service)
        self._up_again.add(asyncio.create_task(waits))

    async def _come_up(self, after_s: float, service: str | None) -> None:
        await asyncio.sleep(after_s)
        self.mailbox.come_up(service)

    async def _deliver(self, moment: Moment) -> None:
        assert moment.step.deliver
        arrived = self.mailbox.deliver(moment.step.deliver)
        self.diary.delivered |= dict.fromkeys(arrived, time.monotonic())

    async def _expunge(self, moment: Moment) -> None:
        """Of what is still there: who moves or deletes what it has taken in leaves less."""
        assert moment.step.expunge
        there = min(moment.step.expunge, len(self.mailbox.accounts.account.inbox.messages))
        if there:
            self.diary.expunged |= {*self.mailbox.expunge(there)}

    async def _inbox(self, moment: Moment) -> None:
        if moment.step.inbox == "gone":
            self.mailbox.lose_inbox()
        elif moment.step.inbox == "back":
            self.mailbox.restore_inbox()
        else:
            self.mailbox.renew_uid_validity()

    async def _send(self, moment: Moment) -> None:
        assert moment.step.send
        for _ in range(moment.step.send):
            sent = numbered(len(self.diary.to_send) + 1, self.facts.bcc.address)
            self.diary.to_send[sent.message_id] = time.monotonic()
            self.diary.written.append(sent)
            await self.stay.tell(Order(send=sent))


_DOES: Final[Mapping[str, Callable[[LifeRun, Moment], Awaitable[None]]]] = {
    "wait-s": LifeRun._wait,
    "change": LifeRun._become,
    "tokens": LifeRun._become,
    "remedy": LifeRun._become,
    "resettle": LifeRun._become,
    "cut": LifeRun._cut,
    "down-s": LifeRun._go_down,
    "deliver": LifeRun._deliver,
    "expunge": LifeRun._expunge,
    "inbox": LifeRun._inbox,
    "send": LifeRun._send,
}
"""What is done at each kind of step that is not waited for."""


def said(moment: Moment) -> str:
    """The step as its file has it, on one line."""
    step = moment.step.model_dump(by_alias=True, exclude_none=True)
    return ", ".join(f"{key}: {_short(value)}" for key, value in step.items())


def _short(value: object) -> str:
    text = _flow(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _flow(value: object) -> str:
    """As YAML has it between brackets, but for what would have to be in quotes."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def _news_at(facts: Facts) -> tuple[str, ...]:
    """The commands at which the IMAP server tells of new mail; empty: each."""
    service = facts.typed("imap").service
    if service.protocol != "imap":
        return ()
    side = load_dialect(service.dialect or facts.dialect).side("imap")
    return tuple(side.behaviour.news_at or ())


def _report(said: Failing) -> Report:
    """What it says of a failure, as an answer to a check would have it."""
    own = {"state", "retry_at_s", "version", "check"}
    return Report.model_validate(said.model_dump(exclude=own))
