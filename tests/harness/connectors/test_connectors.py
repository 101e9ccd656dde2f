"""What a connector may do to us: raise, hang, die, return rubbish, print, read standard input."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from harness.connectors import Connector, UnknownConnector, connector_named
from harness.connectors.inprocess import InProcess
from harness.diagnosis import Diagnosis
from harness.settings import ConnectionSettings, ServerSettings
from harness.verdict import Answer, NoAnswer

SETTINGS = ConnectionSettings(
    email="anna@example.test",
    password='a "quoted" \\ pässword',
    imap=ServerSettings(host="127.0.0.1", port=1),
    smtp=ServerSettings(host="127.0.0.1", port=2),
)
OURS = """\
import asyncio, os, subprocess, sys, time
from harness.diagnosis import Diagnosis

PID = "pid"

def right(settings):
    assert settings.password == 'a "quoted" \\\\ pässword'
    return {"error": "unauthorized", "stage": "imap-login", "of-their-own": 1}

async def slow(settings):
    await asyncio.sleep(0)
    return Diagnosis(error="connected")

class Product:
    @staticmethod
    def check(settings):
        return {"error": "connected"}

def process(settings):
    return {"error": "connected", "rule": str(os.getpid())}

def talks(settings):
    print("x" * 100000)
    print("y" * 100000, file=sys.stderr)
    return {"error": "connected", "rule": repr(sys.stdin.read())}

def raises(settings): raise ValueError("no\\nidea")
def leaves(settings): sys.exit(3)
def dies(settings): print("the last word"); sys.stdout.flush(); os._exit(7)
def hangs(settings):
    child = subprocess.Popen(["sleep", "1000"])
    with open(PID, "w") as file: print(os.getpid(), child.pid, file=file)
    time.sleep(1000)
def nothing(settings): return None
def word(settings): return "connected"
def thing(settings): return object()
def empty(settings): return {}
def unknown(settings): return {"error": "unauthorised"}
def unknown_stage(settings): return {"error": "unauthorized", "stage": "login"}
def huge(settings): return {"error": "connected", "rule": "x" * 5_000_000}
NOT_CALLABLE = 1
"""

Folder = Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The current folder, where a project's own connector lies. Its `harness` is not ours."""
    (tmp_path / "ours.py").write_text(OURS, encoding="utf-8")
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    (tmp_path / "json.py").write_text("raise RuntimeError('not the standard library')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def asked(connector: Connector, times: int = 1, deadline_s: float = 30.0) -> list[Answer]:
    try:
        await connector.start()
        return [await connector.check(SETTINGS, deadline_s) for _ in range(times)]
    finally:
        await connector.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others


def answers(name: str, times: int = 1, deadline_s: float = 30.0) -> list[Answer]:
    return asyncio.run(asked(connector_named(f"ours:{name}"), times, deadline_s))


def diagnosis(name: str) -> Diagnosis:
    [answer] = answers(name)
    assert isinstance(answer, Diagnosis), answer
    return answer


def no_answer(name: str, **options: Any) -> NoAnswer:
    [answer] = answers(name, **options)
    assert isinstance(answer, NoAnswer)
    return answer


def test_a_function_gets_the_settings_and_may_say_more_than_we_know() -> None:
    assert diagnosis("right").stage == "imap-login"


@pytest.mark.parametrize("name", ["slow", "Product.check"])
def test_a_coroutine_function_and_a_method(name: str) -> None:
    assert diagnosis(name).error == "connected"


def test_one_worker_serves_many_checks() -> None:
    pids = {answer.rule for answer in answers("process", times=3) if isinstance(answer, Diagnosis)}
    assert len(pids) == 1


def test_what_it_prints_and_reads_is_not_ours() -> None:
    assert diagnosis("talks").rule == "''"


def test_concurrent_checks_have_a_worker_each() -> None:
    async def both() -> set[str | None]:
        connector = connector_named("ours:process")
        await connector.start()
        try:
            found = await asyncio.gather(*[connector.check(SETTINGS, 30.0) for _ in range(2)])
        finally:
            await connector.close()
        return {answer.rule for answer in found if isinstance(answer, Diagnosis)}

    assert len(asyncio.run(both())) == 2


def test_it_raises_and_the_next_check_is_unaffected() -> None:
    said = NoAnswer("crashed", "the connector raised ValueError: no\nidea")
    assert answers("raises", times=2) == [said, said]


def test_it_calls_exit() -> None:
    assert no_answer("leaves").why == "the connector raised SystemExit: 3"


def test_its_process_dies() -> None:
    why = "the connector crashed: its process ended with exit status 7; last printed: the last word"
    assert answers("dies", times=2) == [NoAnswer("crashed", why)] * 2


def test_it_hangs_and_is_killed_with_its_children(folder: Folder) -> None:
    assert no_answer("hangs", deadline_s=2.0).verdict == "timed-out"
    for pid in (folder / "pid").read_text().split():
        assert _gone(int(pid))


def _gone(pid: int) -> bool:
    """Whether the process has ended; an orphan that init has not collected yet has, too."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        os.sched_yield()
    return False


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing", "returned nothing; expected a Diagnosis or a dict with `error`"),
        ("word", "returned a value of type str; expected a Diagnosis or a dict with `error`"),
        ("thing", "returned a value of type object that JSON cannot hold"),
        ("empty", "returned a dict without the key `error`"),
        ("unknown", "error = 'unauthorised': no such word"),
        ("unknown_stage", "stage = 'login': no such word"),
    ],
)
def test_it_returns_rubbish(name: str, why: str) -> None:
    answer = no_answer(name)
    assert answer.verdict == "unclear" and why in answer.why


def test_its_answer_is_too_long() -> None:
    answer = no_answer("huge")
    assert answer.verdict == "crashed" and "longer than" in answer.why


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no_such:check", "No module named 'no_such'"),
        ("broken:check", "No module named 'no_such_module'"),
        ("ours:no_such", "has no attribute 'no_such'"),
        ("ours:NOT_CALLABLE", "is not callable"),
    ],
)
def test_it_cannot_be_loaded(name: str, why: str) -> None:
    with pytest.raises(UnknownConnector, match=why):
        asyncio.run(asked(connector_named(name)))


@pytest.mark.parametrize("name", ["", "bultin", "a b:c", "module:", ":callable", "./x.py:check"])
def test_a_name_without_meaning(name: str) -> None:
    with pytest.raises(UnknownConnector, match="expected `builtin` or `module:callable`"):
        connector_named(name)


def test_in_process_it_raises() -> None:
    def timeout(settings: object) -> None:
        raise TimeoutError("its own")

    def leaves(settings: object) -> None:
        raise SystemExit(3)

    assert asyncio.run(asked(InProcess(timeout))) == [
        NoAnswer("crashed", "the connector raised TimeoutError: its own")
    ]
    [left] = asyncio.run(asked(InProcess(leaves)))
    assert isinstance(left, NoAnswer) and left.verdict == "crashed"


def test_in_process_it_misses_its_deadline() -> None:
    release = threading.Event()

    async def late() -> Answer:
        connector = InProcess(lambda settings: release.wait())
        answer = await connector.check(SETTINGS, 0.05)
        release.set()
        await connector.close()
        return answer

    assert asyncio.run(late()) == NoAnswer("timed-out", "no answer within 0.05 s")
    assert "badinbox-check" not in [thread.name for thread in threading.enumerate()]
