"""What comes of a life: all that happened, for people, and its result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from harness.contract.answer import Output
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking, masking
from harness.contract.staying import Failing, MessageSeen, MessageSent
from harness.judging.evidence import CheckEvidence, Place, Watch
from harness.judging.lives.armed import NONE, armed
from harness.judging.lives.diary import Diary, HeardState, LifeSight
from harness.judging.lives.life_verdict import life_judgement
from harness.judging.lives.steps_met import WATCHED
from harness.judging.own_words import OWN_WORDS
from harness.runner.events import CaseResult, Expected, LifeEvent, LifeEventKind, Said
from harness.runner.life.life_run import LifeRun
from harness.runner.outcome import Terms, secrets_of
from harness.runner.records import record
from harness.scenario.model import Scenario
from harness.texts import render

_AWAITED: Final = WATCHED | {"wait-s"}
"""Steps that take a while; the others happen at once."""


@dataclass(frozen=True)
class LifeEnding:
    """How things stood when a life was over. `sight`: what there was to see; `left_open`: the
    connections, by number, that nobody had ended; `output`: what the connector left behind."""

    sight: LifeSight
    left_open: set[int]
    output: Output


def life_result(run: LifeRun, watch: Watch, ending: LifeEnding, terms: Terms) -> CaseResult:
    """Judge a life that is over."""
    scenario, expected = run.scenario, run.expected
    hidden = masking(secrets_in(scenario))
    told = _told_secrets(run.diary, ending.output, hidden)
    saw = watch.evidence(ending.left_open, told_secrets=told, lapses=ending.output.lapses)
    assert scenario.life
    rules = armed(scenario.life) if expected.error == "connected" else NONE
    judgement = life_judgement(
        *(expected, run.unmet, ending.sight, saw, run.windows.pace, terms.policy), rules
    )
    diagnosis = _last_failure(run.diary)
    return CaseResult(
        id=scenario.id,
        reproduces=scenario.reproduces,
        phase="fault",
        remedy=None,
        expected=Expected(expected.error, expected.stage, expected.cause),
        diagnosis=hidden.diagnosis(diagnosis, render(diagnosis), OWN_WORDS) if diagnosis else None,
        said=_said(run.diary, ending.output, hidden),
        judgement=replace(judgement, why=hidden.reason(judgement.why)),
        fired=saw.fired,
        delivered=saw.delivered,
        transcript=tuple(record(transcript) for transcript in watch.connections()),
        life=life_events(run, saw, hidden),
    )


def life_events(run: LifeRun, saw: CheckEvidence, hidden: Masking) -> tuple[LifeEvent, ...]:
    """All that has happened by now, in order."""
    found = sorted(_events(run, saw, hidden), key=lambda each: each.at_s)
    return tuple(replace(each, at_s=round(each.at_s, 3)) for each in found)


def secrets_in(scenario: Scenario) -> frozenset[str]:
    """All that must not be shown of a life, at any of its steps."""
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


def _events(run: LifeRun, saw: CheckEvidence, hidden: Masking) -> Iterator[LifeEvent]:
    began_s = run.diary.began_s

    def event(at_s: float, kind: LifeEventKind, text: str, state: str = "") -> LifeEvent:
        return LifeEvent(at_s - began_s, kind, hidden.text(text), state)

    for heard in run.diary.heard:
        yield event(heard.at_s, "said", _in_words(heard), heard.state.state)
    for number, step in enumerate(run.diary.happened, 1):
        yield event(step.at_s, "step", step.about, _stands(run, number, step.kind))
    for login in saw.logins:
        yield event(login.at_s, "log-in", f"{login.service}: {login.outcome}", login.outcome)
    for connection in saw.connections:
        yield event(connection.began_s, "connection", connection.service)
    for message in saw.messages:
        yield event(message.at_s, "message", message.message_id)


def _stands(run: LifeRun, number: int, kind: str) -> str:
    """How a step stands: see `LifeEvent.state`."""
    if kind not in _AWAITED:
        return "done"
    if number < len(run.diary.happened):
        return "met"
    if run.unmet or run.diary.last:
        return "unmet"
    return "met" if run.over else "awaited"


def _in_words(heard: HeardState) -> str:
    state = heard.state
    if isinstance(state, MessageSeen | MessageSent):
        return f"{state.state} {state.message_id}"
    if not isinstance(state, Failing):
        return state.state
    again = "" if state.retry_at_s is None else f"; tries again in {state.retry_at_s:.3g} s"
    return f"failing: {state.error}{f' ({state.cause})' if state.cause else ''}{again}"
