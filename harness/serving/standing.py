"""One scenario's mailbox that stands until it is told otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from fakeservers.evidence import News
from fakeservers.mailbox import Mailbox, open_mailbox
from fakeservers.script import Script
from fakeservers.spec import Rule
from fakeservers.wire.certificates import Authority
from fakeservers.wire.entries import Entry
from fakeservers.wire.listeners import PortUnavailable
from fakeservers.wire.transcript import Transcript
from harness.files.problems import BadInput
from harness.judging.evidence import Watch
from harness.runner.records import ConnectionRecord, record, shown_line
from harness.scenario.model import Facts, Remedy, Scenario
from harness.serving.feed import Feed
from harness.serving.placing import Placement, label, placed
from harness.serving.refusals import Absent, Declined

if TYPE_CHECKING:
    from harness.checker import CheckStep
    from harness.contract.answer import Reported
    from harness.contract.settings import ConnectionSettings
    from harness.runner.events import CaseResult
    from harness.runner.outcome import Terms
    from harness.serving.living import Living

CHECK_S = 60.0
"""How long the built-in checker may take."""
FOR_PEOPLE: Final = 30.0
"""How many times slower than usual a life goes whose product is clicked by a person."""


@dataclass(frozen=True)
class Surroundings:
    """What all mailboxes of a stand share. `exposed`: they may listen beyond loopback."""

    feed: Feed
    authority: Authority
    exposed: bool = False
    pace: float = FOR_PEOPLE
    """How many times slower than usual lives go."""


@dataclass
class Standing:
    """A mailbox that stands, the remedy that was followed at it, if any, and its evidence since it
    was last reset. Made by `Stand.start`."""

    scenario: Scenario
    place: Placement
    around: Surroundings
    remedy: Remedy | None = None
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    mailbox: Mailbox = field(init=False)
    watch: Watch = field(init=False)
    of_product: Watch = field(init=False)
    """What counts for a verdict on a product: nothing of what our own checker did."""

    first_uids: dict[str, int] = field(default_factory=dict, init=False)
    """By address: what comes into its INBOX has a UID from this one on; the rest was there."""

    living: Living | None = field(default=None, init=False)
    """Its life, where the scenario has one."""

    last_check: CaseResult | None = field(default=None, init=False)
    """What our own checker found here, since the last reset."""

    @property
    def id(self) -> str:
        return self.scenario.id

    @property
    def name(self) -> str:
        """Its name in addresses; as unique as the id."""
        return label(self.scenario.id)

    @property
    def facts(self) -> Facts:
        """All that is true of it now."""
        if self.living:
            return self.living.run.facts
        return self.remedy.facts if self.remedy else self.scenario.facts

    @property
    def settings(self) -> ConnectionSettings:
        """What the customer types, or has corrected."""
        if self.living:
            return self.living.run.settings
        from harness.runner.trial import settings_of  # only now: most are logged in to, and no more

        return settings_of(self.scenario, self.remedy, self.mailbox, self.place.host)

    async def open(self) -> None:
        """Bind all ports; a life begins. Raises BadInput."""
        life = self.scenario.life
        opening = open_mailbox(
            placed(life.begins if life else self.facts, self.place),
            authority=self.around.authority,
            on_entry=self._on_entry,
            on_news=self._on_news,
            names=self.place.names(self.id),
            exposed=self.around.exposed,
            shared=self.place.shared,
        )
        try:
            self.mailbox = await self._stack.enter_async_context(opening)
        except PortUnavailable as error:
            raise BadInput([str(error.strerror)]) from None
        except (OSError, ValueError) as error:  # such as: too many open files
            raise BadInput([str(error)]) from None
        self.watch = self.of_product = Watch(self.mailbox)
        accounts = self.mailbox.accounts
        self.first_uids = {
            stored.spec.address: stored.inbox.uid_next
            for stored in (accounts.account, accounts.bcc)
        }
        if life:
            self._begin_life()

    def _begin_life(self) -> None:
        from harness.serving.living import Living  # only now: few scenarios have one

        living = Living.begin(
            *(self.scenario, self.mailbox, self.place, self.around.feed, self.around.pace)
        )
        self.living = living
        self._stack.push_async_callback(living.end)

    async def close(self) -> None:
        """Give everything back."""
        async with self._changing:
            await self._stack.aclose()

    async def apply(self, advice: str | None) -> None:
        """Follow a remedy of the scenario, or none any more. Raises BadInput where it has no such.

        As in a run, the mailbox is a fresh one on the same ports, unless the cure is one that
        happens while it runs (`keep_mailbox`): then its counters and connections stay.
        """
        if self.living:
            raise Declined("life", id=self.id)
        remedy = self._remedy(advice)
        async with self._changing:
            if remedy is not None and remedy.keep_mailbox and self.remedy is None:
                self.mailbox.change(placed(remedy.facts, self.place))
                self.remedy = remedy
            else:
                await self._afresh(remedy)
        self.reset()
        self.around.feed.publish("remedy", self.id, about=advice or "")

    def _remedy(self, advice: str | None) -> Remedy | None:
        if advice is None:
            return None
        known = {str(remedy.advice): remedy for remedy in self.scenario.remedies}
        if advice not in known:
            raise Declined("remedy", known, name=advice, id=self.id)
        return known[advice]

    async def _afresh(self, remedy: Remedy | None) -> None:
        self.remedy, self.place = remedy, self.place_again()
        await self._stack.aclose()
        await self.open()

    def place_again(self) -> Placement:
        """Its place, with the ports that it was given there."""
        services = self.mailbox.services.items()
        return replace(self.place, taken={name: each.listener.address for name, each in services})

    async def begin_anew(self) -> None:
        """Evidence counts from here; a life begins again, at a fresh mailbox on the same ports."""
        if self.living:
            async with self._changing:
                await self._afresh(None)
        self.reset()

    def the_life(self) -> Living:
        """Its life. Raises Declined: it has none."""
        if self.living is None:
            raise Declined("no-life", id=self.id)
        return self.living

    def reset(self) -> None:
        """Begin anew: evidence counts from here, rules and refused log-ins from zero."""
        self.last_check = None
        self._await_product()
        self.watch = self.of_product
        self.around.feed.publish("reset", self.id)

    def _await_product(self) -> None:
        self.mailbox.forget()
        self.of_product = Watch(self.mailbox)

    def connections(self) -> list[ConnectionRecord]:
        """The transcripts since the last reset; secrets are masked."""
        return [record(transcript) for transcript in self.watch.connections()]

    async def judge(self, answer: Reported, terms: Terms) -> CaseResult:
        """The verdict on what a product said of it, by the evidence since the last reset, or since
        the built-in checker was there. Raises Declined: it has a life, which is judged at its end.
        """
        if self.living:
            raise Declined("life", id=self.id)
        from harness.runner.outcome import Checked, outcome
        from harness.runner.trial import GRACE_S

        await self.mailbox.settle(GRACE_S)
        mine = {each.number for each in self.of_product.connections()}
        checked = Checked(answer, self.of_product, self.mailbox.left_open() & mine)
        result = outcome(self.scenario, self.remedy, checked, terms, 0.0)
        self.around.feed.publish("verdict", self.id, about=result.judgement.verdict)
        return result

    async def check(self) -> CaseResult:
        """Let the built-in checker check it now, and judge that; steps are told as they happen.
        Raises Declined: it has a life, at which it would be one more client."""
        if self.living:
            raise Declined("life", id=self.id)
        from harness.checker import check as run_check  # only now: a twentieth of the start
        from harness.connectors.inprocess import InProcess
        from harness.runner.outcome import USUAL_TERMS, outcome
        from harness.runner.trial import check

        loop = asyncio.get_running_loop()

        def told(step: CheckStep) -> None:  # in the checker's thread
            tell = partial(self.around.feed.publish, about=f"{step.name} {step.state}")
            loop.call_soon_threadsafe(tell, "step", self.id)

        self.reset()
        began = time.monotonic()
        checker = InProcess(partial(run_check, on_step=told))
        try:
            checked = await check(
                *(checker, self.scenario, self.remedy, self.mailbox, CHECK_S),
                host=self.place.host if self.place.named else None,
            )
            seconds = time.monotonic() - began
        finally:
            await checker.close()
        result = outcome(self.scenario, self.remedy, checked, USUAL_TERMS, seconds)
        self._await_product()
        self.last_check = result
        self.around.feed.publish("checked", self.id, about=result.judgement.verdict)
        return result

    def scripts(self) -> Iterator[tuple[str, Script]]:
        """The rules of each service, by its name."""
        return ((name, service.script) for name, service in self.mailbox.services.items())

    def add_rule(self, service: str, rule: Rule) -> None:
        """Put a rule before the scenario's own. Raises BadInput: no such service."""
        scripts = dict(self.scripts())
        if service not in scripts:
            raise Declined("service", scripts, name=service, id=self.id)
        rule_label = f"{service}.{scripts[service].add(rule)}"
        self.around.feed.publish("rules", self.id, service=service, about=rule_label)

    def change_rule(self, rule_label: str, rule: Rule) -> None:
        """Put another rule in the place of one that was added. Raises Absent: there is none."""
        for service, script, own in self._added(rule_label):
            script.added[own] = rule
            self.around.feed.publish("rules", self.id, service=service, about=rule_label)

    def remove_rules(self, rule_label: str | None = None) -> None:
        """Take out all rules that were added, or this one. Raises Absent: there is none."""
        gone = []
        for service, script, own in self._added(rule_label):
            del script.added[own]
            gone.append(f"{service}.{own}")
        if gone:
            self.around.feed.publish("rules", self.id, about=", ".join(gone))

    def _added(self, rule_label: str | None) -> list[tuple[str, Script, str]]:
        """The rules that were added, or the one with that label: service, script, label there."""
        found = [
            (service, script, own)
            for service, script in self.scripts()
            for own in script.added
            if rule_label in (None, f"{service}.{own}")
        ]
        if rule_label is not None and not found:
            raise Absent("rule", name=rule_label)
        return found

    def _on_entry(self, transcript: Transcript, entry: Entry) -> None:
        self.around.feed.publish(
            "line",
            self.id,
            service=transcript.service,
            connection=transcript.number,
            line=shown_line(entry),
        )

    def _on_news(self, news: News) -> None:
        if self.living:
            self.living.on_news(news)
        self.around.feed.publish(
            news.kind, self.id, service=news.service, connection=news.connection, about=news.about
        )
