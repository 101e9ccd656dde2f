"""What a connector may do to us: raise, hang, die, return rubbish, print, read standard input."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from harness.connectors import UnknownConnector, connector_named
from harness.connectors.connector import read_text
from harness.connectors.inprocess import InProcess
from harness.contract.answer import Answer, NoAnswer, Report, Reported
from harness.contract.diagnosis import Diagnosis

from . import conftest
from .conftest import SETTINGS, asked, gone

OURS = """\
import asyncio, os, subprocess, sys, time
from harness.contract.diagnosis import Diagnosis

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


def answers(name: str, times: int = 1, deadline_s: float = 30.0) -> list[Answer]:
    return conftest.answers(f"ours:{name}", times, deadline_s)


def report(name: str) -> Report:
    [answer] = answers(name)
    assert isinstance(answer, Reported), answer
    return answer.report


def rules(found: list[Answer]) -> set[object]:
    """What the connector put into `rule`, which is no key of an answer's own."""
    return {answer.report.model_extra["rule"] for answer in found if isinstance(answer, Reported)}


def no_answer(name: str, **options: Any) -> NoAnswer:
    [answer] = answers(name, **options)
    assert isinstance(answer, NoAnswer)
    return answer


def test_a_function_gets_the_settings_and_may_say_more_than_we_know() -> None:
    assert report("right").stage == "imap-login"


@pytest.mark.parametrize("name", ["slow", "Product.check"])
def test_a_coroutine_function_and_a_method(name: str) -> None:
    assert report(name).error == "connected"


def test_one_worker_serves_many_checks() -> None:
    assert len(rules(answers("process", times=3))) == 1


def test_what_it_prints_and_reads_is_not_ours() -> None:
    [answer] = answers("talks")
    assert rules([answer]) == {"''"}
    assert isinstance(answer, Reported) and answer.output.stderr.endswith("y" * 100)


def test_concurrent_checks_have_a_worker_each() -> None:
    async def both() -> set[object]:
        connector = connector_named("ours:process")
        await connector.start()
        try:
            found = await asyncio.gather(*[connector.check(SETTINGS, 30.0) for _ in range(2)])
        finally:
            await connector.close()
        return rules(found)

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
        assert gone(int(pid))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nothing", "answered nothing; expected an object with `error`"),
        ("word", "answered a value of type str; expected an object with `error`"),
        ("thing", "answered a value of type object that JSON cannot hold"),
        ("empty", "answered an object without the key `error`"),
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


@pytest.mark.parametrize("name", ["", "bultin", "module:", ":callable"])
def test_a_name_without_meaning(name: str) -> None:
    with pytest.raises(UnknownConnector, match="expected `builtin`, `module:callable`, a command"):
        connector_named(name)


def test_in_process_it_raises() -> None:
    def timeout(settings: object) -> Diagnosis:
        raise TimeoutError("its own")

    def leaves(settings: object) -> Diagnosis:
        raise SystemExit(3)

    assert asyncio.run(asked(InProcess(timeout))) == [
        NoAnswer("crashed", "the connector raised TimeoutError: its own")
    ]
    [left] = asyncio.run(asked(InProcess(leaves)))
    assert isinstance(left, NoAnswer) and left.verdict == "crashed"


def test_in_process_it_misses_its_deadline() -> None:
    release = threading.Event()

    async def late() -> Answer:
        def wait(settings: object) -> Diagnosis:
            release.wait()
            return Diagnosis(error="connected")

        connector = InProcess(wait)
        answer = await connector.check(SETTINGS, 0.05)
        release.set()
        await connector.close()
        return answer

    why = "no answer within 0.05 s; raise --timeout where its own are longer"
    assert asyncio.run(late()) == NoAnswer("timed-out", why)
    for thread in threading.enumerate():
        if thread.name == "badinbox-check":
            thread.join(10)
            assert not thread.is_alive()


def test_a_byte_order_mark_before_the_answer_is_taken() -> None:
    said = read_text(b'\xef\xbb\xbf{"error": "unauthorized"}', "1")
    assert isinstance(said, Reported) and said.report.error == "unauthorized"
