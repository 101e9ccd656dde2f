"""`check --watch`: after the check, connected to INBOX until Ctrl-C, and told of what changes."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import datetime
from threading import Thread
from typing import Any, Final, Protocol

from harness.check_report import CheckFindings
from harness.check_report.explanation import advice_texts
from harness.checker.access import secrets_of
from harness.cli import NOT_PASSED, PASSED
from harness.cli.shared.ending import HEARD_WITHIN_S, rest
from harness.cli.shared.printing import say, say_json
from harness.contract.diagnosis import Diagnosis
from harness.contract.masking import Masking
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import Connected, Failing, MessageSeen, Order, Pace, State
from harness.reports.result_text import said
from harness.stayer import stay
from harness.stayer.waits import Waits
from harness.taxonomy import protocol_of
from harness.texts import load_check_texts
from harness.texts.escaping import visible

POLL_S: Final = 60.0
IDLE_S: Final = 29 * 60.0
"""RFC 2177: servers may end connections that say nothing for half an hour."""
RETRY_FIRST_S, RETRY_LONGEST_S = 1.0, 15 * 60.0


class Show(Protocol):
    """How it is told."""

    def begins(self) -> None: ...

    def state(self, state: State) -> None: ...

    def waits(self, seconds: float | None) -> None:
        """Before the first try, as the check failed; None: there is none."""


def watch(findings: CheckFindings, poll_s: float, show: Show) -> int:
    """Stay connected, after a check, until Ctrl-C or until trying on would be in vain. 0 if INBOX
    was connected in the end, and the check found nothing wrong with SMTP; else 1."""
    pace = Pace(
        poll_s=poll_s, idle_s=IDLE_S, retry_first_s=RETRY_FIRST_S, retry_longest_s=RETRY_LONGEST_S
    )
    checked, well = findings.diagnosis, False
    try:
        show.begins()
        if checked.stage and protocol_of(checked.stage) != "smtp":
            wait_s = Waits(pace).after(checked, worked=False)
            show.waits(wait_s)
            if wait_s is None:
                return NOT_PASSED
            rest(wait_s)
        with contextlib.closing(_staying(findings.settings, pace)) as staying:
            for state in staying:
                if isinstance(state, Connected | Failing):
                    well = isinstance(state, Connected)
                show.state(state)
                if isinstance(state, Failing) and state.retry_at_s is None:
                    break
    except KeyboardInterrupt:
        pass  # the usual end of a watch
    return PASSED if well and checked.error == "connected" else NOT_PASSED


def _staying(settings: ConnectionSettings, pace: Pace) -> Generator[State, None, None]:
    """What the stayer says. Whoever asks no more has it take its leave."""
    orders: queue.Queue[Order] = queue.Queue()
    # Not a `Queue`, which is written in Python: Ctrl-C may come where it has just taken its lock.
    states: queue.SimpleQueue[State | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            stay(settings, pace, states.put, orders)
        except Exception as error:
            states.put(error)
        states.put(None)

    thread = Thread(target=work, name="badinbox-watch", daemon=True)
    thread.start()
    try:
        while (state := _next(states)) is not None:
            if isinstance(state, BaseException):
                raise state
            yield state
    finally:
        orders.put(Order(stop=True))
        thread.join()


def _next(states: queue.SimpleQueue[State | BaseException | None]) -> State | BaseException | None:
    while True:
        with contextlib.suppress(queue.Empty):
            return states.get(timeout=HEARD_WITHIN_S)


def diagnosis_of(failing: Failing) -> Diagnosis:
    """What the built-in stayer says of a failure, as the checker would."""
    return Diagnosis.model_validate(failing.model_dump(include=set(Diagnosis.model_fields)))


class WatchLines:
    """For people: the moment, and what it means."""

    def __init__(self, findings: CheckFindings, language: str) -> None:
        self._findings = findings
        self._language = language
        self._texts = load_check_texts(language)["watch"]
        self._masking = Masking(secrets_of(findings.settings))

    def begins(self) -> None:
        say(f"\n{self._texts['begins']}")

    def state(self, state: State) -> None:
        for line in self._lines(state):
            say(line)

    def waits(self, seconds: float | None) -> None:
        say(self._next(seconds))

    def _lines(self, state: State) -> Iterator[str]:
        now = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
        if isinstance(state, Failing):
            yield from self._failing(diagnosis_of(state), state.retry_at_s, now)
        elif isinstance(state, MessageSeen):
            shown = visible(self._masking.text(state.message_id))
            yield self._texts["message"].format(time=now, message_id=shown)
        else:
            yield self._texts[state.state].format(time=now)

    def _failing(self, diagnosis: Diagnosis, again_s: float | None, now: str) -> Iterator[str]:
        what = said(diagnosis, self._language)
        yield self._texts["failing"].format(time=now, what=what)
        yield f"    {visible(diagnosis.text[self._language])}"
        for line in diagnosis.evidence.lines:
            yield self._texts["said"].format(line=visible(line))
        for advice in advice_texts(replace(self._findings, diagnosis=diagnosis), self._language):
            yield self._texts["advice"].format(advice=advice)
        yield self._next(again_s)

    def _next(self, seconds: float | None) -> str:
        key = "stopped" if seconds is None else "next"
        text: str = self._texts[key].format(seconds=f"{seconds or 0:.0f}")
        return text


class JsonWatchLines:
    """For programs: a state each, and when."""

    def begins(self) -> None:
        """The diagnosis of the check comes before."""

    def state(self, state: State) -> None:
        self._say(state.model_dump(mode="json", exclude={"check"}))

    def waits(self, seconds: float | None) -> None:
        """The diagnosis says as much."""

    def _say(self, data: dict[str, Any]) -> None:
        say_json({"time": datetime.now().astimezone().isoformat(timespec="seconds"), **data})
