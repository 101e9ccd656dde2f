"""`badinbox check --watch`: after the check it stays, says what changes, and takes its leave."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

import pytest

from harness.check_report import CheckFindings
from harness.classify import explain
from harness.cli import check_watch, main
from harness.cli.check_watch import Show, WatchLines, watch
from harness.contract.diagnosis import Diagnosis
from harness.contract.settings import ConnectionSettings
from harness.contract.staying import (
    Connected,
    Failing,
    MessageSeen,
    Order,
    Pace,
    SayState,
    State,
    Stopped,
)
from tests.harness.cli.conftest import command, environment
from tests.harness.cli.test_check import APP_PASSWORD, WORKS, typed

WAITS = (queue.__file__, threading.__file__)
MOST_STEPS = 2000
CONNECTED = Diagnosis(error="connected")
NO_SMTP = Diagnosis(error="smtp-settings-incorrect", stage="smtp-connect", cause="refused")


class Shown(Show):
    """Remembers what is told, and ends the watch as Ctrl-C does once it is connected."""

    def __init__(self) -> None:
        self.told: list[State] = []
        self.waited: list[float | None] = []

    def begins(self) -> None:
        pass

    def state(self, state: State) -> None:
        self.told.append(state)
        if isinstance(state, Connected):
            raise KeyboardInterrupt

    def waits(self, seconds: float | None) -> None:
        self.waited.append(seconds)


@pytest.mark.parametrize(("checked", "code"), [(CONNECTED, 0), (NO_SMTP, 1)])
def test_it_stays_in_inbox_and_takes_its_leave(
    badinbox_mailbox: Any, checked: Diagnosis, code: int
) -> None:
    mailbox = badinbox_mailbox(WORKS)
    shown = Shown()
    assert watch(CheckFindings(mailbox.settings, checked), 60.0, shown) == code
    assert [state.state for state in shown.told] == ["connected"] and shown.waited == []
    [transcript] = mailbox.evidence.connections
    assert transcript.commands()[-1] == "LOGOUT" and transcript.ended_how == "FIN"


def test_where_trying_on_is_in_vain_it_does_not_begin(
    badinbox_mailbox: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox = badinbox_mailbox(APP_PASSWORD)
    monkeypatch.setenv("MAIL_PASSWORD", mailbox.settings.password)
    code = main(["check", *typed(mailbox.settings), "--watch"])
    output = capsys.readouterr().out
    assert code == 1 and len(mailbox.evidence.logins) == 1
    assert "unauthorized-app-password-required" in output and "Not tried again" in output


def test_a_password_that_is_refused_meanwhile_ends_it(badinbox_mailbox: Any) -> None:
    mailbox = badinbox_mailbox(APP_PASSWORD)
    shown = Shown()
    assert watch(CheckFindings(mailbox.settings, CONNECTED), 60.0, shown) == 1
    [failing] = shown.told
    assert isinstance(failing, Failing) and failing.retry_at_s is None
    assert len(mailbox.evidence.logins) == 1


def test_ctrl_c_and_json(badinbox_mailbox: Any, tmp_path: Path) -> None:
    mailbox = badinbox_mailbox(WORKS)
    process = subprocess.Popen(
        command("check", *typed(mailbox.settings), "--watch", "--json"),
        cwd=tmp_path,
        env=environment(MAIL_PASSWORD=mailbox.settings.password),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout
        checked, state = (json.loads(process.stdout.readline()) for _ in range(2))
        assert checked["error"] == "connected" and state["state"] == "connected" and state["time"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0 and process.stdout.read() == b""
    finally:
        process.kill()
        process.communicate()
    assert mailbox.evidence.connections[-1].commands()[-1] == "LOGOUT"


def says_goodbye(
    _settings: ConnectionSettings, _pace: Pace, say: SayState, orders: queue.Queue[Order]
) -> None:
    """A stayer that is connected, and takes its leave when it is told to, or soon."""
    say(Connected())
    with contextlib.suppress(queue.Empty):
        orders.get(timeout=0.2)
    say(Stopped())


def interrupted_at(number: int, settings: ConnectionSettings) -> bool:
    """Watch in this thread; as soon as it was connected, Ctrl-C comes at this step of Python's own
    code that waits for what comes next. Whether there were so many steps."""
    steps, armed = 0, False

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps, armed
        frame.f_trace_opcodes = True
        armed = armed and frame.f_code is not queue.Queue.put.__code__  # it takes its leave
        if armed and event == "opcode" and frame.f_code.co_filename in WAITS:
            steps += 1
            if steps == number:
                raise KeyboardInterrupt
        return trace

    class Arms(Shown):
        def state(self, state: State) -> None:
            nonlocal armed
            armed = True

    sys.settrace(trace)
    try:
        watch(CheckFindings(settings, CONNECTED), 60.0, Arms())
    finally:
        sys.settrace(None)
    return steps >= number


def test_ctrl_c_at_any_moment_ends_it(
    badinbox_mailbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_watch, "stay", says_goodbye)
    settings = badinbox_mailbox(WORKS).settings
    came: list[bool] = [True]
    for number in range(1, MOST_STEPS):
        watching = Thread(
            target=lambda at=number: came.append(interrupted_at(at, settings)), daemon=True
        )
        watching.start()
        watching.join(10)
        assert not watching.is_alive(), f"it hangs where Ctrl-C comes at step {number}"
        if not came[-1]:
            return
    raise AssertionError("it never waits without Ctrl-C")


def failing(settings: ConnectionSettings, retry_at_s: float | None) -> Failing:
    words = f"a NO [AUTHENTICATIONFAILED] Not with \x1b[31m{settings.login}"
    found = explain("imap", "imap-login", words)
    return Failing(**found.model_dump(mode="json"), retry_at_s=retry_at_s)


@pytest.mark.parametrize(
    ("language", "headline", "next_try"),
    [
        ("en", "NOT CONNECTED: unauthorized", "the next try is in 61 s"),
        ("fr", "PAS CONNECTÉE : unauthorized", "prochain essai dans 61 s"),
    ],
)
def test_lines_for_people(
    badinbox_mailbox: Callable[[str], Any],
    capsys: pytest.CaptureFixture[str],
    language: str,
    headline: str,
    next_try: str,
) -> None:
    settings = badinbox_mailbox(WORKS).settings
    lines = WatchLines(CheckFindings(settings, CONNECTED), language)
    lines.begins()
    lines.state(Connected())
    lines.state(failing(settings, 61.2))
    lines.state(MessageSeen(message_id=f"<{settings.password}\x1b[31m@example.test>"))
    lines.state(failing(settings, None))
    output = capsys.readouterr().out
    assert headline in output and next_try in output
    assert settings.password not in output and "\x1b" not in output
    assert output.count("AUTHENTICATIONFAILED") == 2
