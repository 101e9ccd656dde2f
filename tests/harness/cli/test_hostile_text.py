"""One hostile text through every output: what a server, a log, a connector or a file says is data
there, looked at as the bytes that are written."""

from __future__ import annotations

import json
import re
import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.checker import check
from harness.cli import main, record_command
from harness.cli.serve.serve_output import Live
from harness.contract.settings import ConnectionSettings, ServerSettings
from harness.judging.verdict import Judgement
from harness.recording.recorder import Upstream, recording
from harness.reports import junit
from harness.runner.background import Background
from harness.runner.events import RunFinished
from harness.runner.records import Line
from harness.serving.feed import FeedEvent
from harness.serving.page.panels import Inbox, Received
from harness.serving.page.rendering import render
from harness.texts.escaping import github_annotation
from tests.harness.checker.conftest import Server, imap_script, smtp_script
from tests.harness.conftest import HEADER
from tests.harness.reports.test_reports import FAULT

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\r\0\x7f\x9b31m </script><img src=x onerror=alert(1)> ]]> `a` ``` | b"
    " **c** [d](javascript:e) \u202eback\u2066\u200b \u3164 ::error::owned ::set-output name=a::b"
    " ##[error]owned ##vso[task.complete] <!--"
)
LONG = "A" * 100_000
SURROGATE = "\udc9b\ud800"
OURS = re.compile(r"::error title=badinbox%3A [\w%-]+::")


def shown(raw: bytes) -> str:
    """What a terminal, a log or an editor is given, in which nothing may be but what is seen."""
    text = raw.decode()
    strange = {c for c in text if not c.isprintable() and c != "\n"} | ({"\u3164"} & set(text))
    assert strange == set()
    for line in text.split("\n"):
        # GitHub's runner looks at the beginning for `::`, but for blanks, and anywhere for `##[`.
        assert not line.lstrip().startswith("::") or OURS.match(line), line[:200]
        assert not re.search(r"##\w*\[", line), line[:200]
    return text


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert not {name for name, _ in attrs} & {"onerror"}


def html(raw: bytes) -> None:
    text = shown(raw)
    assert "owned" in text and "<img" not in text and "img" not in _Tags(text).found


def markdown(raw: bytes) -> None:
    """Outside of fences and spans, nothing that is special stands unescaped."""
    text = shown(raw)
    assert "owned" in text
    prose = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", text)
    prose = re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)", "", prose)
    assert not re.search(r"(?<!\\)<(?!/?(?:details|summary)>)", prose)
    assert "**c**" not in prose and "[d](" not in prose


@pytest.fixture
def output(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., str]:
    """Run a command; what it printed, looked at."""

    def run(*arguments: str | Path, code: int) -> str:
        capfdbinary.readouterr()
        assert main(list(map(str, arguments))) == code
        out, err = capfdbinary.readouterr()
        return shown(out) + shown(err)

    return run


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is typed to reach a server whose words are hostile."""
    monkeypatch.setenv("MAIL_PASSWORD", "secret")
    reply = HOSTILE.replace("\r", "").encode() + b"\xff\x9b " + LONG[:1000].encode()
    imap = Server(imap_script(AUTHENTICATE=b"TAG NO [ALERT] " + reply + b"\r\n"))
    smtp = Server(smtp_script(greeting=b"220 " + reply[:300] + b"\r\n"))
    options = ["--email", "anna@example.test", "--password-env", "MAIL_PASSWORD", "--timeout", "5"]
    for name, server in (("imap", imap), ("smtp", smtp)):
        options += [f"--{name}-host", "127.0.0.1", f"--{name}-port", str(server.port)]
        options += [f"--{name}-security", "cleartext"]
    yield options
    imap.stop()
    smtp.stop()


def test_check(output: Callable[..., str], settings: list[str], tmp_path: Path) -> None:
    assert "owned" in output("check", *settings, code=1)
    output("check", *settings, "--for", "it", "--for", "customer", code=1)
    found = json.loads(output("check", *settings, "--json", code=1))
    assert any("\x1b]0;owned" in line for line in found["evidence"]["lines"])
    for name, look in {"report.html": html, "report.md": markdown}.items():
        output("check", *settings, "--report", tmp_path / name, code=1)
        look((tmp_path / name).read_bytes())


def quoted(text: str) -> str:
    """As YAML and JSON have it in common."""
    return json.dumps(text)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """Hostile in its reply, its title, its notes, its source."""
    reply = "{tag} NO [ALERT] Application-specific password required " + HOSTILE.replace("\r", "")
    file = tmp_path / "asks.yaml"
    file.write_text(
        f"{HEADER}title: {quoted(HOSTILE)}\n"
        "reproduces: unauthorized-app-password-required\nstage: imap-login\n"
        f"cause: app-password-required\nsource: [{quoted(HOSTILE)}]\nnotes: {quoted(HOSTILE)}\n"
        "imap:\n  rules:\n    - when: {event: login, password: account}\n"
        f"      then: {{text: {quoted(reply)}}}\n"
        "remedy:\n  - advice: use-app-password\n    apply: {customer: {password: app-password}}\n"
    )
    return file


CONNECTOR = """\
import json, sys
from harness.checker import check
from harness.contract.settings import ConnectionSettings
for line in sys.stdin:
    asked, said = json.loads(line), json.loads({said!r})
    typed = {{name: asked[name] for name in ConnectionSettings.model_fields if name in asked}}
    check(ConnectionSettings.model_validate(typed))
    sys.stderr.buffer.write(b"\\xff\\x9b" + said.encode() + b"\\n")
    sys.stderr.flush()
    print(json.dumps({{"error": said[:300], "message": said, "check": asked["check"]}}), flush=True)
"""


def test_run(
    output: Callable[..., str], scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "connector.py"
    said = json.dumps(HOSTILE + LONG)
    program.write_text(CONNECTOR.format(said=said))
    files = {name: tmp_path / f"out.{name}" for name in ("json", "junit", "html", "markdown")}
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    reports = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    against = ("run", scenario, "--connector", f"{sys.executable} {program}", "--no-preflight")
    text = output(*against, "-v", *reports, code=1)
    assert "said        " in text and "owned" in text and OURS.search(text)
    output(*against, code=1)
    case = json.loads(shown(files["json"].read_bytes()))["cases"][0]
    assert "\x1b]0;owned" in case["said"]["error"]
    ElementTree.fromstring(shown(files["junit"].read_bytes()))
    html(files["html"].read_bytes())
    markdown(files["markdown"].read_bytes())
    markdown(summary.read_bytes())
    output("judge", files["json"], code=1)
    output("compare", files["json"], files["json"], code=0)


def test_what_a_scenario_says(output: Callable[..., str], scenario: Path) -> None:
    for arguments in (("show", scenario), ("list", scenario), ("list", scenario, "--json")):
        assert "owned" in output(*arguments, code=0)


def test_what_is_wrong_with_a_file(output: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    for text in (
        f"title: x\n{quoted(HOSTILE)}: {quoted(HOSTILE)}\nreproduces: {quoted(HOSTILE)}\n",
        f"title: {HOSTILE}\n",
    ):
        file.write_text(HEADER + text)
        output("validate", file, code=2)
    output("run", HOSTILE.replace("\0", ""), code=2)
    output(HOSTILE.replace("\0", ""), code=2)


def test_explain(output: Callable[..., str], tmp_path: Path) -> None:
    reply = f"a1 NO [ALERT] Application-specific password required {HOSTILE} \udc9b"
    for more in ((), ("--json",), ("--stage", "imap-login")):
        output("explain", reply, *more, code=0)
    output("explain", HOSTILE, code=2)
    output("explain", "--stage", HOSTILE, reply, code=2)
    lines = tmp_path / "replies.jsonl"
    asked = {"protocol": "imap", "stage": "imap-login", "reply": reply + SURROGATE}
    lines.write_text("\n".join(map(json.dumps, [asked, {**asked, "stage": HOSTILE}])))
    output("explain", "--jsonl", lines, code=2)


def test_reproduce(output: Callable[..., str], tmp_path: Path) -> None:
    log, file = tmp_path / "log", tmp_path / "made.yaml"
    said = HOSTILE.replace("\r", "")
    log.write_bytes(
        b"S: * OK ready\r\nC: a1 LOGIN anna ***\r\n"
        + f"S: a1 NO Application-specific password required {said} {LONG[:1000]}\r\n".encode()
    )
    assert "app-password-required" in output("reproduce", log, "--output", file, code=0)
    shown(file.read_bytes())
    output("reproduce", log, "--json", "--force", "--output", file, code=0)
    log.write_text(f"error of imap {HOSTILE}")
    output("reproduce", log, code=2)


def test_record(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    reply = HOSTILE.replace("\r", "").encode() + b"\xff " + LONG[:1000].encode()
    server = Server(imap_script(AUTHENTICATE=b"TAG NO [ALERT] " + reply + b"\r\n"))
    background = Background()
    upstream = Upstream("imap", "127.0.0.1", server.port, "cleartext", ssl.create_default_context())
    with background.hold(recording([(upstream, 0)], record_command._show)) as recorder:
        there = ServerSettings(host="127.0.0.1", port=recorder.ports["imap"], security="cleartext")
        typed = {"email": "anna@example.test", "password": "secret", "imap": there, "smtp": there}
        check(ConnectionSettings.model_validate(typed))
    background.close()
    server.stop()
    file = tmp_path / "recorded.yaml"
    record_command._write(recorder, [(upstream, 0)], file)
    assert "owned" in shown(capfdbinary.readouterr().out)
    assert "owned" in shown(file.read_bytes())


def test_serve(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    line = Line(0.0, "C", HOSTILE + SURROGATE + LONG, False)
    Live(named=True, quiet=False)(FeedEvent(1, "line", HOSTILE, "imap", 0, line=line))
    assert "owned" in shown(capfdbinary.readouterr().out)


def test_an_annotation_stays_one_line() -> None:
    line = github_annotation("badinbox: a:b,c", f"x\n::error::y {HOSTILE}")
    assert shown(line.encode()) == line and "\n" not in line and "%0A" in line
    assert line.startswith("::error title=badinbox%3A a%3Ab%2Cc::x%0A")


def test_reasons_and_acceptances_in_junit() -> None:
    wrong = replace(FAULT, id=HOSTILE, judgement=Judgement("crashed", (), HOSTILE + SURROGATE))
    for result in (wrong, replace(wrong, accepted=HOSTILE)):
        ElementTree.fromstring(shown(junit.report(RunFinished((result,), 1.0), "x")))


def test_messages_on_the_page_of_a_mailbox() -> None:
    message = Received(HOSTILE, "12:00:00", HOSTILE, HOSTILE, f"Subject: x\n\n{HOSTILE}\n")
    html(render("messages.html.j2", "en", inbox=Inbox([message], 0)).encode())
