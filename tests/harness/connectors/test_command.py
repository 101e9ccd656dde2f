"""Programs as connectors: what they are given, and all the ways in which they may not answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.connectors import UnknownConnector, connector_named
from harness.contract.answer import NoAnswer, Reported

from .conftest import SETTINGS, answers, gone

CONNECTOR = """\
import json, os, subprocess, sys, time

def right(text):
    asked = json.loads(text)
    keys = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "JAVA_TOOL_OPTIONS")
    print("for people", file=sys.stderr)
    print(json.dumps({"error": "EAUTH", "message": asked["password"], "check": asked["check"],
                      "raw": {"pid": os.getpid(), "env": [os.environ[key] for key in keys]}}))

def fails(text): right(text); sys.exit(3)
def lingers(text): right(text); sys.stdout.flush(); time.sleep(1000)
def forgets(text): right(text); sys.stdout.flush(); os.close(1); time.sleep(1000)
def thinks(text): right(text); sys.stdout.flush(); time.sleep(0.2); right(text)
def silent(text): pass
def dies(text): print("the last word", file=sys.stderr); sys.exit(4)
def chatters(text):
    print("/app/check.js:17\\n\\nTypeError: no 'getToken'", file=sys.stderr)
    for number in range(10000): print(f"    at call{number}", file=sys.stderr)
    print("\\nNode.js v20.20.2", file=sys.stderr)
    sys.exit(5)
def half(text): print('{"error": "conn')
def two(text): print('{"error": "connected"} {"error": "connected"}')
def log(text): print('connecting...'); print('{"error": "connected"}')
def other(text): print('{"error": "connected", "check": "another"}')
def binary(text): os.write(1, b'\\xff\\xfe\\x00')
def surrogate(text): print('{"error": "connected", "message": "\\\\ud800"}')
def deep(text): print("[" * 100000)
def digits(text): print('{"error": ' + "1" * 5000 + "}")
def word(text): print('"connected"')
def newer(text): print('{"version": 2, "error": "connected"}')
def huge(text):
    while True: os.write(1, b"x" * 65536)
def leaves(text):
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    with open("pids", "w") as file: print(child.pid, file=file)
    print('{"error": "connected"}')
def hangs(text):
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "1000"])
    with open("pids", "w") as file: print(os.getpid(), child.pid, file=file)
    time.sleep(1000)

name, stays = sys.argv[1], len(sys.argv) > 2
if stays:
    for line in sys.stdin: globals()[name](line); sys.stdout.flush()
else:
    globals()[name](sys.stdin.read())
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "check.py").write_text(CONNECTOR)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(name: str) -> str:
    return f"{sys.executable} check.py {name}"


def lines(name: str) -> str:
    return f"jsonl:{command(name)} stay"


@pytest.mark.parametrize("form", [command, lines])
def test_it_is_given_the_settings_and_an_environment_that_trusts(form) -> None:
    [answer] = answers(form("right"))
    assert isinstance(answer, Reported)
    assert (answer.report.error, answer.report.message) == ("EAUTH", SETTINGS.password)
    *pem, java = answer.report.raw["env"]
    assert pem == ["/tmp/ca.pem"] * 3 and "trustStore=/tmp/ca.p12" in java
    assert answer.output.stderr == "for people"


@pytest.mark.parametrize(("form", "processes"), [(command, 3), (lines, 1)])
def test_how_many_processes_it_takes(form, processes: int) -> None:
    found = answers(form("right"), times=3)
    assert len({answer.report.raw["pid"] for answer in found}) == processes


@pytest.mark.parametrize("name", ["lingers", "forgets"])
def test_it_has_answered_and_does_not_end(name: str, folder: Path) -> None:
    [answer] = answers(command(name), deadline_s=600.0)
    assert isinstance(answer, Reported) and answer.report.error == "EAUTH"
    assert answer.output.lapses == {"did-not-end"} and answer.output.exit_code is None
    assert gone(answer.report.raw["pid"])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (f"jsonl:{command('right')}", "it does not answer a line before its input has ended"),
        (lines("lingers"), "it answered one line, and reads no other"),
    ],
)
def test_one_made_for_one_check_is_not_waited_for(name: str, why: str) -> None:
    *_, answer = answers(name, times=2, deadline_s=600.0)
    assert isinstance(answer, NoAnswer) and answer.verdict == "crashed"
    assert answer.why == f"{why}; is it made for one check? Then leave `jsonl:` out"


def test_what_it_says_before_it_ends_is_its_answer() -> None:
    [answer] = answers(command("thinks"))
    assert isinstance(answer, NoAnswer) and answer.why.startswith("its answer has more than one")


def test_its_exit_code_is_kept_and_does_not_matter_where_it_answered() -> None:
    [answer] = answers(command("fails"))
    assert isinstance(answer, Reported) and answer.output.exit_code == 3


BAD = {
    "silent": "it answered nothing; expected one JSON object",
    "half": "its answer is not JSON: Unterminated string starting at at character 10: "
    '\'{"error": "conn\'',
    "two": 'its answer has more than one JSON value: \'{"error": "connected"}\'',
    "log": "its answer is not JSON: Expecting value at character 0: 'connecting...",
    "other": "answered another check than '1': 'another'",
    "binary": "its answer is not UTF-8: byte 0xff at 0",
    "deep": "its answer is too deeply nested",
    "digits": "its answer has a number of too many digits",
    "word": "answered a value of type str; expected an object with `error`",
    "newer": "its answer cannot be read: version = 2: no such word",
    "huge": "its answer is longer than 4194304 bytes",
}


@pytest.mark.parametrize(("name", "why"), BAD.items(), ids=BAD)
def test_it_answers_rubbish_and_the_next_check_is_asked_all_the_same(name: str, why: str) -> None:
    found = answers(command(name), times=2)
    for answer in found:
        assert isinstance(answer, NoAnswer) and answer.verdict == "unclear"
    assert found[0].why.startswith(why)
    assert "\n" not in found[0].why


@pytest.mark.parametrize("name", sorted(BAD.keys() - {"silent", "huge", "binary", "log"}))
def test_one_that_stays_answers_rubbish(name: str) -> None:
    [answer] = answers(lines(name))
    assert isinstance(answer, NoAnswer) and answer.verdict == "unclear"
    assert answer.why.startswith(BAD[name])


def test_a_lone_surrogate_is_an_answer() -> None:
    [answer] = answers(command("surrogate"))
    assert isinstance(answer, Reported) and answer.report.message == "\ud800"


def test_it_dies() -> None:
    ended = "its process ended with exit status 4; last printed: the last word"
    crashed = [NoAnswer("crashed", f"it answered nothing; {ended}")] * 2
    assert answers(command("dies"), times=2) == crashed
    assert (
        answers(lines("dies"), times=2)
        == [NoAnswer("crashed", f"the connector crashed: {ended}")] * 2
    )


def test_the_first_and_the_last_of_what_it_prints_are_kept() -> None:
    [answer] = answers(command("chatters"))
    assert isinstance(answer, NoAnswer)
    assert answer.why.endswith("exit status 5; printed: TypeError: no 'getToken'")
    first, *_, last = answer.output.stderr.splitlines()
    assert (first, last) == ("/app/check.js:17", "Node.js v20.20.2")
    assert "…" in answer.output.stderr.splitlines() and len(answer.output.stderr) < 2010


@pytest.mark.parametrize("form", [command, lines])
def test_it_hangs_ignores_sigterm_and_is_killed_with_its_children(form, folder: Path) -> None:
    [answer] = answers(form("hangs"), deadline_s=2.0)
    assert isinstance(answer, NoAnswer) and answer.verdict == "timed-out"
    assert all(gone(int(pid)) for pid in (folder / "pids").read_text().split())


@pytest.mark.parametrize("form", [command, lines])
def test_what_it_leaves_running_is_ended_wherever_it_went(form, folder: Path) -> None:
    [answer] = answers(form("leaves"))
    assert isinstance(answer, Reported)
    assert gone(int((folder / "pids").read_text()))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no-such-program check.js", "there is no program 'no-such-program'"),
        ("./no-such-file", "there is no program './no-such-file'"),
        ("python3 'check.py", "No closing quotation"),
        ("jsonl:", "the connector's command is empty"),
        ("jsonl:no-such-program", "there is no program 'no-such-program'"),
    ],
)
def test_there_is_no_such_command(name: str, why: str) -> None:
    with pytest.raises(UnknownConnector, match=why):
        connector_named(name)


@pytest.mark.parametrize(
    ("program", "text", "executable", "why"),
    [
        ("./check.py", "#!/bin/sh", False, "is not executable: chmod"),
        ("./check.py", "#!/nowhere/python", True, "names a program that is not there: '/nowhere/p"),
        ("./check.py", "#!/bin/sh\r\n", True, "the line ends in CR LF"),
        ("./check.py", "import json", True, "a text without a first line such as '#!"),
        ("./chekc.py", "#!/bin/sh", True, "did you mean './check.py'?"),
        ("check.py --all", "#!/bin/sh", True, "did you mean './check.py'?"),
        ("nodd check.py", "", True, "did you mean 'node'?"),
        (".", "", True, "'./' is a folder"),
    ],
)
def test_why_a_program_cannot_be_started(
    program: str,
    text: str,
    executable: bool,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    for file, mode in ((tmp_path / "check.py", executable), (tmp_path / "bin" / "node", True)):
        file.write_text(text)
        file.chmod(0o755 if mode else 0o644)
    with pytest.raises(UnknownConnector) as refused:
        connector_named(f"jsonl:{program}/" if program == "." else f"jsonl:{program}")
    assert why in str(refused.value)


def test_a_file_without_its_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("check.mjs").touch()
    with pytest.raises(UnknownConnector, match=r"did you mean 'node check\.mjs'"):
        connector_named("check.mjs")


def test_the_request_is_as_the_schema_says() -> None:
    import jsonschema

    from harness.connectors.connector import request, settings_schema

    jsonschema.validate(json.loads(request(SETTINGS, "1")), settings_schema())
