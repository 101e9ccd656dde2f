"""Programs that stay: what they are told, what they say, and all the ways in which they may not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from harness.connectors.command import OneShot
from harness.connectors.process import KEPT_FIRST, KEPT_LAST
from harness.contract.answer import NoAnswer
from harness.contract.staying import MOST_STATES, Failing, Order, ToSend

from ..conftest import SETTINGS, gone
from .conftest import AGAIN, PACE, begun, connecting, ended, failure

LIVES = """\
import json, os, signal, subprocess, sys, time

asked = json.loads(sys.stdin.readline())
def say(state, **keys): print(json.dumps({"state": state, **keys}), flush=True)
def orders():
    for line in sys.stdin: yield json.loads(line)
def hidden(pid, *more):
    with open("pids", "w") as file: print(pid, *more, file=file)
def forever():
    while True: time.sleep(1000)

def as_asked(): globals()[asked["username"]]()
def right():
    print("for people", file=sys.stderr)
    say("failing", error="EAUTH", raw=[asked, os.environ["SSL_CERT_FILE"], os.getpid()])
    for order in orders():
        if order.get("stop"): return say("stopped", check=order["check"])
        say("failing", error="told", raw=order)

def to_the_end():
    say("connected")
    for order in orders(): pass
    say("stopped")
def patient(): say("connected"); sys.stdin.readline(); say("stopped"); sys.stdin.read()
def speechless(): say("connected"); sys.stdin.readline()
def lingers():
    say("connected"); sys.stdin.readline(); say("stopped"); hidden(os.getpid()); forever()
def ignores():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "1000"])
    hidden(os.getpid(), child.pid); say("connected"); forever()
def crashes_at_the_end():
    say("connected"); sys.stdin.readline(); say("stopped")
    raise OSError("too late")
def gives_up(): say("stopped")
def unfinished(): sys.stdout.write('{"state": "stopped"}')
def deaf(): say("connected"); forever()

def dies():
    say("connected"); print("the last word", file=sys.stderr); sys.exit(4)
def raises(): raise KeyError("token")
def killed(): say("connected"); os.kill(os.getpid(), signal.SIGKILL)
def ends(): say("connected")
def silent(): pass
def leaves():
    child = subprocess.Popen(["sleep", "1000"])
    free = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    hidden(child.pid, free.pid); say("connected")
def one_check(): print('{"error": "connected"}')
def word(): print('"connected"')
def log(): print("connecting..."); forever()
def empty(): print(flush=True); forever()
def half(): say("connected"); sys.stdout.write('{"state": "conn')
def half_and_dies(): say("connected"); sys.stdout.write('{"state": "conn'); sys.exit(4)
def binary(): os.write(1, b"\\xff\\xfe\\x00\\n"); forever()
def deep(): print("[" * 100000, flush=True); forever()
def unknown(): say("conected"); forever()
def nothing(): say(None); forever()
def other(): say("connected", check="another"); forever()
def newer(): say("connected", version=2); forever()
def nameless(): say("message"); forever()
def contradicts(): say("failing", error="connected"); forever()
def endless(): say("failing", error="x", retry_at_s=float("inf")); forever()
def after(): say("stopped"); say("connected"); forever()
def closes():
    os.close(1); forever()
def huge():
    while True: os.write(1, b"x" * 65536)
def big():
    for _ in range(20): say("connected", raw="x" * 4000000)
def flood():
    hidden(os.getpid())
    lines = b'{"state": "connected"}\\n' * 1000
    for _ in range(1000): os.write(1, lines)
    with open("written", "w"): pass

globals()[sys.argv[1]]()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "stay.py").write_text(LIVES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(name: str) -> str:
    return f"{sys.executable} stay.py {name}"


def pids(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "pids").read_text().split()]


@pytest.mark.parametrize("prefix", ["", "jsonl:"])
def test_a_life(prefix: str) -> None:
    async def lived() -> None:
        async with connecting(prefix + command("right")) as connector:
            life = await begun(connector)
            first = await life.state()
            assert isinstance(first, Failing) and first.error == "EAUTH"
            asked, authority, pid = first.raw
            given = {"version": 1, "check": "1", "stay": True, "pace": PACE.model_dump()}
            assert asked == given | SETTINGS.model_dump(mode="json")
            assert authority == "/tmp/ca.pem"
            send = Order(send=ToSend(to="you@example.test", message_id="<1@example.test>"))
            for order in (AGAIN, send):
                await life.stay.tell(order)
                told = await life.state()
                assert isinstance(told, Failing) and told.raw.pop("check") == "1"
                assert Order.model_validate(told.raw) == order
            output = await life.stay.end(60.0)
            assert [said.state for said in life.said] == ["failing"] * 3 + ["stopped"]
            assert (output.exit_code, output.stderr, output.lapses) == (0, "for people", set())
            assert gone(pid)
            again = await begun(connector)
            another = await again.state()
            assert isinstance(another, Failing) and another.raw[0]["check"] == "2"
            assert another.raw[2] != pid, "a process for each life"

    asyncio.run(lived())


@pytest.mark.parametrize("name", ["to_the_end", "patient", "speechless"])
def test_it_ends_by_its_input(name: str) -> None:
    said, output = ended(command(name), 10.0)
    assert not any(isinstance(each, NoAnswer) for each in said)
    assert (output.exit_code, output.lapses) == (0, set())


@pytest.mark.parametrize("name", ["gives_up", "unfinished"])
def test_it_gives_up_by_itself(name: str) -> None:
    said, output = ended(command(name), 60.0)
    assert [each.state for each in said] == ["stopped"]
    assert (output.exit_code, output.lapses) == (0, set())


@pytest.mark.parametrize("name", ["lingers", "ignores"])
def test_one_that_does_not_end_is_killed_with_its_children(name: str, folder: Path) -> None:
    said, output = ended(command(name), 1.0)
    assert output.lapses == {"did-not-end"} and output.exit_code is None
    assert not any(isinstance(each, NoAnswer) for each in said)
    assert all(map(gone, pids(folder)))


def test_it_dies_at_the_end() -> None:
    said, output = ended(command("crashes_at_the_end"), 60.0)
    assert [each.state for each in said] == ["connected", "stopped"]
    assert (output.exit_code, output.lapses) == (1, {"died-afterwards"})
    assert output.decisive == "OSError: too late"


DIED = {
    "dies": "its process ended with exit status 4; last printed: the last word",
    "raises": "its process ended with exit status 1; printed: KeyError: 'token'",
    "killed": "its process ended with signal 9",
    "ends": "its process ended with exit status 0",
    "leaves": "its process ended with exit status 0",
    "half_and_dies": "its process ended with exit status 4",
}


@pytest.mark.parametrize(("name", "how"), DIED.items(), ids=DIED)
def test_it_dies_in_the_middle_of_its_life(name: str, how: str) -> None:
    assert failure(command(name)) == NoAnswer("crashed", f"the connector crashed: {how}")


def test_what_it_leaves_running_is_ended_before_the_end_is_told(folder: Path) -> None:
    async def lived() -> None:
        async with connecting(command("leaves")) as connector:
            others = await begun(connector)
            await others.failed()
            assert all(map(gone, pids(folder)))

    asyncio.run(lived())


BAD = {
    "silent": "it ended without a word; expected states, a line each",
    "one_check": "said an object without the key `state`; one with `error` answers a check",
    "word": "said what is no object with `state`: 'connected'",
    "log": "a line that it wrote is not JSON: Expecting value at character 0: 'connecting...'",
    "empty": "said an empty line",
    "half": "a line that it wrote is not JSON: Unterminated string",
    "binary": "a line that it wrote is not UTF-8: byte 0xff at 0",
    "deep": "a line that it wrote is too deeply nested",
    "unknown": "said a state that does not exist: 'conected'; there are connected, failing, ",
    "nothing": "said a state that does not exist: None; there are",
    "other": "spoke of another life than '1': 'another'",
    "newer": "said a state that cannot be read: connected.version = 2: no such word",
    "nameless": "said a state that cannot be read: message.message_id = ",
    "contradicts": "said a state that cannot be read: failing.error = 'connected': Value error, "
    "expected an error",
    "endless": "said a state that cannot be read: failing.retry_at_s = inf: ",
    "after": "said a state that comes after `stopped`: connected",
    "closes": "it closed its standard output, and did not end",
    "huge": "said a line that is longer than 4194304 bytes",
    "big": "said more than 67108864 bytes in one life",
    "flood": f"said more than {MOST_STATES} states in one life",
}


@pytest.mark.parametrize(("name", "why"), BAD.items(), ids=BAD)
def test_it_says_what_cannot_be_read(name: str, why: str) -> None:
    answer = failure(command(name))
    assert answer.verdict == "unclear" and answer.why.startswith(why)


def test_a_flood_is_stopped_before_it_is_read(folder: Path) -> None:
    async def lived() -> None:
        async with connecting(command("flood")) as connector:
            life = await begun(connector)
            await life.failed()
            assert (await life.stay.end(60.0)).lapses == set(), "it was killed for the flood"
            assert len(life.said) == MOST_STATES + 1

    asyncio.run(lived())
    assert all(map(gone, pids(folder))) and not (folder / "written").exists()


def test_only_that_life_suffers() -> None:
    async def lived() -> None:
        async with connecting(command("as_asked")) as connector:
            right = await begun(connector, "right")
            await right.state()
            for name in ("flood", "leaves", "huge", "dies"):
                wrong = await begun(connector, name)
                await wrong.failed()
                await wrong.stay.end(0)
            leaving = SETTINGS.model_copy(update={"username": "leaves"})
            assert isinstance(connector, OneShot)
            assert isinstance(await connector.check(leaving, 600.0), NoAnswer)
            await right.stay.tell(AGAIN)
            assert isinstance(await right.state(), Failing)
            assert (await right.stay.end(60.0)).exit_code == 0

    asyncio.run(lived())


def test_one_that_reads_nothing_is_not_waited_for() -> None:
    """Far more than the kernel keeps for it."""

    async def lived() -> None:
        async with connecting(command("deaf")) as connector:
            life = await begun(connector)
            await life.state()
            text = Order(send=ToSend(to="you", message_id="<1@x>", text="x" * 100_000))
            for _ in range(50):
                await life.stay.tell(text)
            output = await life.stay.end(0.2)
            assert output.lapses == {"did-not-end"} and len(life.said) == 1

    asyncio.run(lived())


def test_one_that_speaks_before_it_has_read_its_settings(folder: Path) -> None:
    (folder / "early.sh").write_text(
        'echo $$ >pids; echo \'{"state": "connected"}\'; exec sleep 1000'
    )

    async def lived() -> None:
        async with connecting("sh early.sh") as connector:
            life = await begun(connector)
            assert await life.failed() == NoAnswer(
                "unclear", "said a state without having read what it was to connect"
            )
            [pid] = pids(folder)
            assert await asyncio.to_thread(gone, pid)

    asyncio.run(lived())


def test_a_connector_that_is_closed_ends_its_lives(folder: Path) -> None:
    async def lived() -> None:
        async with connecting(command("ignores")) as connector:
            await (await begun(connector)).state()

    asyncio.run(lived())
    assert all(map(gone, pids(folder)))


def test_it_cannot_be_started(folder: Path) -> None:
    program = folder / "program"
    program.write_bytes(b"\0 no program")
    program.chmod(0o755)
    why = "the connector could not be started: ./program: Exec format error (errno 8)"
    assert failure("./program") == NoAnswer("crashed", why)


def test_what_it_prints_is_kept_in_part(folder: Path) -> None:
    (folder / "loud.sh").write_text(
        'read asked; echo \'{"state": "connected"}\'; '
        'read order; seq 100000 >&2; echo \'{"state": "stopped"}\''
    )
    _, output = ended("sh loud.sh", 60.0)
    assert output.exit_code == 0 and output.stderr.splitlines()[-1] == "100000"
    assert output.stderr.startswith("1\n2\n") and len(output.stderr) < KEPT_FIRST + KEPT_LAST + 10
