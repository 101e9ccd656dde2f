"""The steps of a life worked out: what holds after each, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fakeservers.dialects.dialect import UnknownName, load_dialect
from fakeservers.spec import Service
from harness.files.problems import KeyPath, did_you_mean
from harness.scenario.life.life_steps import BEGAN, BREAKS, Counts, LifeStep, TokenEvent
from harness.scenario.living.breaking import Breaking
from harness.scenario.model import Facts, Moment, Reproduces, Scenario, typed_password
from harness.taxonomy import least_retrying
from harness.texts import counted

StepFinding = tuple[KeyPath, str]
Changed = Callable[[int, Mapping[str, Any]], Facts | None]
"""The facts with a change laid over the present ones, by the number of the step; None: it is told
elsewhere what is wrong with it."""
_EXPECTATIONS: Final = ("says", "stays", "at-most", "seen", "sent")
_AT_FIRST: Final = frozenset({
    "CAPABILITY", "STARTTLS", "AUTHENTICATE", "LOGIN", "ENABLE", "ID", "NAMESPACE", "LIST", "LSUB",
    "SELECT", "EXAMINE",
})  # fmt: skip
"""The commands of who comes, not of who stays."""
_HURTS: Final = ("change", "cut", "down-s", "inbox", "tokens")


def moments(
    steps: Sequence[LifeStep],
    breaking: Breaking,
    failed: Scenario,
    changed: Changed,
) -> list[Moment]:
    """Each step with the facts from then on. A step whose facts are wrong changes none. `failed`:
    what the mailbox becomes."""
    found: list[Moment] = []
    for number, step in enumerate(steps):
        facts: Facts | None = None
        tokens: TokenEvent | None = step.tokens
        retyped = step.resettle is True
        if step.change == BREAKS:
            facts, tokens = breaking.broken, breaking.tokens
        elif step.change == BEGAN:
            facts = breaking.begins
        elif isinstance(step.change, Mapping):
            facts = changed(number, step.change)
        elif step.remedy:
            remedy = next((each for each in failed.remedies if each.advice == step.remedy), None)
            facts = remedy.facts if remedy else None
            retyped = facts is not None and _is_told(facts, breaking.broken, failed)
        found.append(Moment(step, facts, tokens, retyped))
    return found


def _is_told(cured: Facts, broken: Facts, failed: Scenario) -> bool:
    """Whether the product is given the settings anew: something else is typed, or it must not try
    again by itself."""
    typed = cured.customer != broken.customer or typed_password(cured) != typed_password(broken)
    if typed or failed.cause is None:
        return typed
    return least_retrying(failed.cause, failed.stage).manner == "not"


@dataclass(frozen=True)
class WhatFails:
    """What fails in a life. ``error``: the documented error, ``also`` others that are right, too.
    ``advices``: those of the remedies that can be shown. ``into``: it is named by `breaks-into`.
    ``at_once``: whoever connects anew meets it, without sending anything. ``anew``: nobody else
    does. ``sending``: only who sends meets it."""

    error: Reproduces
    also: frozenset[Reproduces]
    advices: tuple[str, ...]
    into: bool
    at_once: bool
    anew: bool
    sending: bool = False


def met_anew(failed: Scenario) -> bool:
    """Whether those only meet the failure who connect to IMAP anew: no rule strikes at a command
    that a connection which stands may give."""
    named = (rule.when.command for rule in failed.facts.imap.rules if rule.when.event == "command")
    stays = any(not _AT_FIRST.issuperset(commands or ["IDLE"]) for commands in named)
    return (failed.stage or "").startswith("imap") and not stays


@dataclass
class _SoFar:
    """What was done by a step."""

    kinds: set[str] = field(default_factory=set)
    stood: bool = False
    """The connector is connected at some time."""
    hurt: bool = False
    gone: bool = False
    broken: bool = False
    """It is what it breaks into by now, and nothing has cured it."""
    resettled: bool = False
    """The settings were given anew since then."""
    unsent: bool = False
    """There is something to send, or may be."""
    cut: bool = False
    """Its links have ended since then."""
    failing: bool = False
    """The connector has said so: it tries again by itself."""
    anew: bool = True
    """Since its facts changed, connectors come anew."""
    changed: bool = False
    """Its facts are not those of a mailbox that works."""
    owed: bool = False
    """Mail has come in since it keeps everybody out."""
    unseen: bool = False
    """Mail has come in since INBOX is gone."""
    there: int = 0
    """Messages in INBOX."""
    down_s: float = 0.0
    """For how long nobody answers at any service yet, at least."""

    @property
    def keeps_out(self) -> bool:
        return self.broken and self.cut

    def do(self, step: LifeStep) -> None:
        self.kinds.add(step.kind)
        self.stood = self.stood or {step.says, step.until} & {"connected", "idle"} != set()
        self.hurt = self.hurt or step.kind in _HURTS
        self.gone = step.inbox == "gone" or (self.gone and step.inbox != "back")
        self.unseen = self.gone and (self.unseen or step.deliver is not None)
        self.there += (step.deliver or 0) - (step.expunge or 0)
        self.down_s = self._down_s(step)
        if step.change == BREAKS:
            self.broken, self.cut, self.resettled = True, False, False
        elif step.change or step.remedy:
            self.broken = self.owed = False
        if step.change or step.remedy:
            self.changed = step.change not in (None, BEGAN)
            self.anew = self.failing or self.down_s > 0
        self.anew = self.anew or _brings_anew(step)
        self.resettled = self.resettled or step.resettle is True
        self.unsent = bool(step.send) or (self.unsent and "sent" not in (step.kind, step.until))
        if says := step.says or (step.until if step.until in ("connected", "failing") else None):
            self.failing = says != "connected"
        self.cut = self.cut or step.kind in ("cut", "down-s")
        if self.changed and step.says not in (None, "connected"):  # so it was met by then
            self.broken = self.cut = True
        self.owed = self.owed or (self.keeps_out and step.deliver is not None)

    def _down_s(self, step: LifeStep) -> float:
        if step.down_s and step.service is None:
            return step.down_s
        took_s = step.wait_s or step.within_s or step.for_s
        waits = step.kind in ("until", "wait-s", *_EXPECTATIONS)
        return max(0.0, self.down_s - (took_s or self.down_s if waits else 0.0))


def _brings_anew(step: LifeStep) -> bool:
    """Whether by then every connector has come to IMAP anew, or is about to."""
    ended = step.kind in ("cut", "down-s") and step.service in (None, "imap")
    return ended or step.kind == "resettle" or isinstance(step.until, Counts)


def step_findings(
    steps: Sequence[LifeStep], begins: Facts, what: WhatFails
) -> Iterator[StepFinding]:
    """What can never be, by the step at which it is written."""
    if not any(step.kind in _EXPECTATIONS for step in steps):
        yield (), "nothing is expected of the connector: says, stays, at-most, seen or sent"
    if what.into and not any(step.change == BREAKS for step in steps):
        yield (), f"it never breaks: no step has change: {BREAKS}"
    so_far = _SoFar(there=_in_inbox(begins))
    for number, step in enumerate(steps):
        if step.kind in _HURTS and not so_far.stood and not so_far.hurt:
            yield (number, step.kind), "nobody is connected by then: write `until: connected` first"
        for key, text in (
            *_of_change(step, so_far, what),
            *_of_place(step, so_far, begins),
            *_of_expectation(step, so_far, what),
        ):
            yield (number, key), text
        so_far.do(step)


def _of_change(step: LifeStep, so_far: _SoFar, what: WhatFails) -> Iterator[tuple[str, str]]:
    if step.change == BREAKS and not what.into:
        yield "change", "no scenario is named at the top by breaks-into"
    if step.change == BEGAN and not so_far.hurt:
        yield "change", "nothing has changed by then"
    if step.remedy is None:
        return
    if step.remedy not in what.advices:
        there = did_you_mean(step.remedy, what.advices) or "; it has none"
        yield "remedy", f"no remedy of the scenario that can be shown{there}"
    elif not so_far.hurt:
        yield "remedy", "nothing has changed by then that it could cure"


def _of_place(step: LifeStep, so_far: _SoFar, begins: Facts) -> Iterator[tuple[str, str]]:
    services = begins.all_services()
    if step.service is not None and step.service not in services:
        near = did_you_mean(step.service, services)
        yield "service", f"no service is called {step.service!r}{near}"
    if step.tokens and begins.customer.oauth2 is None:
        yield "tokens", "the customer has none: `customer` has no `oauth2`"
    if step.inbox == "back" and not so_far.gone:
        yield "inbox", "it is not gone by then"
    if step.expunge and step.expunge > so_far.there:
        yield "expunge", f"INBOX has {counted(so_far.there, 'message')} by then"
    if step.bye and not any(_bids_farewell(begins, name) for name in _meant(step, services)):
        yield "bye", "no words are known with which these servers shut down: take another dialect"


def _meant(step: LifeStep, services: Mapping[str, Service]) -> list[str]:
    """The services that a step is about."""
    return [name for name in services if step.service in (None, name)]


def _bids_farewell(facts: Facts, name: str) -> bool:
    service = facts.all_services()[name]
    try:
        dialect = load_dialect(service.dialect or facts.dialect)
    except UnknownName:  # which is told of the scenario
        return True
    return service.protocol in ("imap", "smtp") and bool(dialect.side(service.protocol).farewell)


def _in_inbox(facts: Facts) -> int:
    written = facts.mailbox.written(facts.account.address)
    return sum(message.folder == "INBOX" for message, _ in written)


def _of_expectation(step: LifeStep, so_far: _SoFar, what: WhatFails) -> Iterator[tuple[str, str]]:
    for key, needed in (("seen", "deliver"), ("sent", "send")):
        if key in (step.kind, step.until) and needed not in so_far.kinds:
            where = key if step.kind == key else "until"
            yield where, f"never so: no step {needed} comes before it"
    if step.until == "failing" and not so_far.hurt:
        yield "until", "never so: nothing has changed by then"
    elif (step.until == "failing" or step.says == what.error) and what.anew and not so_far.anew:
        yield step.kind, "only who connects anew meets it: write `cut: fin` before this step"
    elif (
        (step.until == "failing" or step.says == what.error) and what.sending and not so_far.unsent
    ):
        yield step.kind, "only who sends meets it: write `send: 1` before this step"
    if step.says not in (None, "connected"):
        if why := _never_said(step.says, so_far, what):
            yield "says", f"never {step.says!r}: {why}"
    elif "connected" in {step.says, step.stays} - what.also and so_far.keeps_out and what.at_once:
        yield step.kind, f"never so: it is broken by then, and {_uncured(so_far)}"
    elif _waits_for_it(step) and step.within_s and step.within_s < so_far.down_s:
        yield "within-s", f"never so: nobody answers for {so_far.down_s:g} s yet (down-s)"
    elif step.seen and so_far.owed and what.at_once:
        yield "seen", "never so: mail has come in while it is broken, and no remedy since"
    elif step.seen and so_far.unseen:
        yield "seen", "never so: mail has come in while INBOX is gone, and it is not back"


def _uncured(so_far: _SoFar) -> str:
    if so_far.resettled:
        return f"resettle cures nothing: write a remedy, or `change: {BEGAN}`, before this step"
    return "no remedy has come before it"


def _waits_for_it(step: LifeStep) -> bool:
    """Whether it cannot be so while nobody answers."""
    word = step.says or step.until
    return bool(step.seen or step.sent) or word in ("connected", "idle", "seen", "sent")


def _never_said(error: str, so_far: _SoFar, what: WhatFails) -> str:
    """Why nobody says this documented error; empty: it may be said."""
    if what.error == "connected":
        return "nothing fails here"
    if error not in {what.error, *what.also}:
        return f"what fails here is {' or '.join(sorted({what.error, *what.also}))}"
    return "" if so_far.hurt else "nothing has changed by then"
