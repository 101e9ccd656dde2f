"""A life from its beginning to its verdict."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from fakeservers.mailbox import open_mailbox
from harness.connectors.staying import Staying
from harness.contract.answer import Output
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking, masking
from harness.contract.staying import Failing, MessageSeen, MessageSent, Pace
from harness.judging.evidence import CheckEvidence, Place, Watch
from harness.judging.expectation import fault_expectation
from harness.judging.lives.diary import Diary, HeardState
from harness.judging.lives.life_verdict import life_judgement
from harness.judging.lives.steps_met import Unmet
from harness.judging.own_words import OWN_WORDS
from harness.judging.verdict import Verdict
from harness.runner.events import CaseResult, Expected, LifeEvent, LifeEventKind, Said
from harness.runner.life.life_run import LifeRun
from harness.runner.life.step_windows import Windows
from harness.runner.outcome import Terms, record, secrets_of
from harness.runner.trial import Lateness, lateness
from harness.scenario.model import Scenario
from harness.texts import render

GRACE_S: Final = 3.0
"""How long a connector may take to stop once it is told to, besides two of its own longest waits:
the other end may be silent."""
SETTLE_S: Final = 0.5
TRIES_WHEN_LATE: Final = 2
SLOWER: Final = 3.0
"""Where this process was late, a life is lived again, so many times slower."""
TOO_LATE_S: Final = 0.25
_BY_TIME: Final[frozenset[Verdict]] = frozenset(
    {"not-exercised", "unnoticed", "late", "wrong", "lost-mail", "not-recovered"}
)
"""Verdicts that a busy machine could bring about."""


async def run_life(
    connector: Staying, scenario: Scenario, terms: Terms, factor: float = 1.0
) -> CaseResult:
    """Live it, `factor` times slower than usual, with a connector that stays, and judge that.

    No verdict depends on how busy the machine is: where this process was late, it is lived again,
    slower.
    """
    began = time.monotonic()
    for attempt in range(TRIES_WHEN_LATE):
        async with lateness() as late:
            result = await _once(connector, scenario, terms, factor * SLOWER**attempt, late)
        if late.worst_s < TOO_LATE_S or result.judgement.verdict not in _BY_TIME:
            break
    return replace(result, seconds=time.monotonic() - began)


async def _once(
    connector: Staying, scenario: Scenario, terms: Terms, factor: float, late: Lateness
) -> CaseResult:
    assert scenario.life
    expected = fault_expectation(scenario, terms.does)
    windows = Windows(Pace().slower(factor), scenario.timeout_s * factor, factor)
    run = LifeRun(scenario, expected, windows, late, terms.meanings, terms.does.fetches)
    unmet: Unmet | None = None
    async with open_mailbox(scenario.life.begins.mailbox_spec(), on_news=run.news) as mailbox:
        run.begin(mailbox)
        watch = Watch(mailbox, whole=True)
        run.stay = await connector.stay(run.settings, windows.pace, run.heard)
        try:
            unmet = await run.live()
        finally:
            output = await run.stay.end(GRACE_S + 2 * windows.timeout_s)
        await mailbox.settle(SETTLE_S)
        sight = run.sight()
        left_open = mailbox.left_open()
    hidden = masking(_secrets(scenario))
    saw = watch.evidence(
        left_open, told_secrets=_told_secrets(run.diary, output, hidden), lapses=output.lapses
    )
    judgement = life_judgement(expected, unmet, sight, saw, windows.pace, terms.policy)
    diagnosis = _last_failure(run.diary)
    return CaseResult(
        id=scenario.id,
        reproduces=scenario.reproduces,
        phase="fault",
        remedy=None,
        expected=Expected(expected.error, expected.stage, expected.cause),
        diagnosis=hidden.diagnosis(diagnosis, render(diagnosis), OWN_WORDS) if diagnosis else None,
        said=_said(run.diary, output, hidden),
        judgement=replace(judgement, why=hidden.reason(judgement.why)),
        fired=saw.fired,
        delivered=saw.delivered,
        transcript=tuple(record(transcript) for transcript in watch.connections()),
        life=tuple(sorted(_events(run.diary, saw, hidden), key=lambda each: each.at_s)),
    )


def _secrets(scenario: Scenario) -> frozenset[str]:
    assert scenario.life
    every = [scenario.facts, scenario.life.begins]
    every += [each.facts for each in scenario.life.moments if each.facts]
    return frozenset().union(*map(secrets_of, every))


def _last_failure(diary: Diary) -> Diagnosis | None:
    told = [each.read for each in diary.heard if isinstance(each.read, Diagnosis)]
    return told[-1] if told else None


def _said(diary: Diary, output: Output, hidden: Masking) -> Said | None:
    """The last failure in the connector's own words."""
    told = [each.state for each in diary.heard if isinstance(each.state, Failing)]
    stderr = hidden.text(output.stderr)
    if not told:
        return Said("", exit_code=output.exit_code, stderr=stderr) if stderr else None
    error, message = hidden.word(told[-1].error, OWN_WORDS), hidden.text(told[-1].message or "")
    return Said(error, message, "", output.exit_code, stderr)


def _told_secrets(diary: Diary, output: Output, hidden: Masking) -> frozenset[Place]:
    said = json.dumps([each.state.model_dump() for each in diary.heard], default=str)
    texts: dict[Place, str] = {"answer": said, "output": output.stderr}
    return frozenset(place for place, text in texts.items() if hidden.finds(text))


def _events(diary: Diary, saw: CheckEvidence, hidden: Masking) -> Iterator[LifeEvent]:
    """All that happened, for people."""
    began_s = diary.began_s

    def event(at_s: float, kind: LifeEventKind, text: str, state: str = "") -> LifeEvent:
        return LifeEvent(round(at_s - began_s, 3), kind, hidden.text(text), state)

    for heard in diary.heard:
        yield event(heard.at_s, "said", _in_words(heard), heard.state.state)
    for step in diary.happened:
        yield event(step.at_s, "step", step.about)
    for login in saw.logins:
        yield event(login.at_s, "log-in", f"{login.service}: {login.outcome}", login.outcome)
    for connection in saw.connections:
        yield event(connection.began_s, "connection", connection.service)
    for message in saw.messages:
        yield event(message.at_s, "message", message.message_id)


def _in_words(heard: HeardState) -> str:
    state = heard.state
    if isinstance(state, MessageSeen | MessageSent):
        return f"{state.state} {state.message_id}"
    if not isinstance(state, Failing):
        return state.state
    again = "" if state.retry_at_s is None else f"; tries again in {state.retry_at_s:.3g} s"
    return f"failing: {state.error}{f' ({state.cause})' if state.cause else ''}{again}"
