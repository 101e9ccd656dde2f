"""What a check leaves behind in a process that stays: whose fault it is when that process dies."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar, NoReturn

import pytest

from harness.connectors import http
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario.model import Scenario
from tests.harness.conftest import REFUSED, WORKING

from .conftest import OUTAGE, Write

PYTHON = """\
import imaplib, json, os, ssl, sys, threading

def leftover(imap):
    imap.sock.recv(1)
    print("the leftover raised", file=sys.stderr, flush=True)
    os._exit(1)

for line in sys.stdin:
    asked = json.loads(line)
    context = ssl.create_default_context(cafile=asked["ca_file"])
    imap = imaplib.IMAP4_SSL("127.0.0.1", asked["imap"]["port"], ssl_context=context)
    error = "connected"
    try:
        imap.login(asked["email"], asked["password"])
        imap.logout()
    except imaplib.IMAP4.error:
        error = "unauthorized-app-password-required"
        threading.Thread(target=leftover, args=(imap,), daemon=True).start()
    print(json.dumps({"error": error}), flush=True)
"""
NODE = """\
const tls = require('tls');
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { imap, email, password, ca_file } = JSON.parse(line);
  const ca = require('fs').readFileSync(ca_file);
  const socket = tls.connect({ host: imap.host, port: imap.port, ca });
  let read = '', said = false, leaving = false;
  const say = (error) => { said = true; console.log(JSON.stringify({ error })); };
  socket.on('close', () => { if (!leaving) throw new TypeError('the leftover raised'); });
  socket.on('data', (data) => {
    read += data;
    if (!read.endsWith('\\n') || said) return;
    if (/^\\* OK/.test(read)) socket.write(`a LOGIN ${email} ${password}\\r\\n`);
    if (/^a NO/m.test(read)) say('unauthorized-app-password-required');
    if (/^a OK/m.test(read)) {
      leaving = true;
      socket.write('b LOGOUT\\r\\n', () => say('connected'));
    }
    read = '';
  });
});
"""
LATE = PYTHON.replace("    imap.sock.recv(1)", "    doomed.append(imap); return").replace(
    "for line in sys.stdin:", "doomed = []\nfor line in sys.stdin:\n    if doomed: sys.exit(1)"
)
"""It dies as soon as the next check is asked."""


def results(connector: str, scenarios: list[Scenario]) -> list[CaseResult]:
    async def run() -> list[CaseResult]:
        async with Runner(connector, jobs=1, timeout_s=30.0) as runner:
            return [(await runner.run_case(each, "fault"))[0] for each in scenarios]

    return asyncio.run(run())


def command(folder: Path, program: str, text: str) -> str:
    file = folder / "check"
    file.write_text(text)
    return f"jsonl:{program} {file}"


@pytest.mark.parametrize(("program", "text"), [(sys.executable, PYTHON), ("node", NODE)])
def test_who_dies_of_leftovers_is_told_of_the_check_they_belonged_to(
    write: Write, tmp_path: Path, absent: Callable[[str], NoReturn], program: str, text: str
) -> None:
    if shutil.which(program) is None:
        absent(f"{program} is not installed")
    scenarios = [*write(REFUSED), *write(WORKING), *write(REFUSED)]
    guilty, innocent, again = results(command(tmp_path, program, text), scenarios)
    for each in (guilty, again):
        assert "died-afterwards" in each.judgement.violations, each.judgement
        assert each.judgement.verdict == "misbehaved"
        assert each.said is not None and "the leftover raised" in each.said.stderr
        assert each.said.exit_code
    assert "died-afterwards" not in innocent.judgement.violations
    assert innocent.diagnosis is not None and innocent.diagnosis.error == "connected"
    assert innocent.said is not None and not innocent.said.before


def test_a_python_callable_dies_of_leftovers(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _, body = PYTHON.partition("for line in sys.stdin:\n")
    body = body.replace("json.loads(line)", "settings.model_dump()")
    body = body.replace(
        'print(json.dumps({"error": error}), flush=True)', 'return {"error": error}'
    )
    (tmp_path / "callable_with_leftovers.py").write_text(f"{head}def check(settings):\n{body}")
    monkeypatch.chdir(tmp_path)
    scenarios = [*write(REFUSED), *write(WORKING)]
    guilty, innocent = results("callable_with_leftovers:check", scenarios)
    assert guilty.judgement.violations == ("died-afterwards",)
    assert innocent.diagnosis is not None and innocent.diagnosis.error == "connected"
    assert innocent.said is not None and not innocent.said.before


def test_who_dies_of_them_when_the_next_is_asked_is_asked_again_afresh(
    write: Write, tmp_path: Path
) -> None:
    connector = command(tmp_path, sys.executable, LATE)
    guilty, innocent = results(connector, [*write(REFUSED), *write(WORKING)])
    assert guilty.judgement.verdict == "passed"
    assert innocent.diagnosis is not None and innocent.diagnosis.error == "connected"
    assert innocent.said is not None and "exit status 1" in innocent.said.before


def test_who_dies_of_the_check_itself_crashed(write: Write, tmp_path: Path) -> None:
    text = "import sys\nfor line in sys.stdin: sys.exit('no' + 'thing') if 'x' in sys.argv else 0"
    connector = command(tmp_path, sys.executable, text) + " x"
    first, second = results(connector, [*write(REFUSED), *write(WORKING)])
    assert [first.judgement.verdict, second.judgement.verdict] == ["crashed", "crashed"]


def test_who_ends_in_good_order_after_each_answer_did_not_die(write: Write, tmp_path: Path) -> None:
    text = PYTHON + "    sys.exit()\n"
    found = results(command(tmp_path, sys.executable, text), [*write(WORKING), *write(WORKING)])
    for each in found:
        assert each.diagnosis is not None and each.diagnosis.error == "connected"
        assert "died-afterwards" not in each.judgement.violations


class Product(BaseHTTPRequestHandler):
    """It ends every other connection without a word, and answers the others."""

    asked: ClassVar[list[int]]

    def do_POST(self) -> None:
        self.asked.append(1)
        if len(self.asked) % 2:
            return
        answer = b'{"error": "connected"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def test_who_loses_the_connection_behind_http_is_asked_again(write: Write) -> None:
    handler = type("Here", (Product,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            [first, second] = results(url, [*write(WORKING), *write(WORKING)])
        finally:
            server.shutdown()
    for each in (first, second):
        assert each.diagnosis is not None and each.diagnosis.error == "connected"
        assert each.said is not None and each.said.before.startswith(url)


def test_who_is_gone_behind_http_crashed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_RESTART_LOOKS", 1)
    [result] = results("http://127.0.0.1:1/", write(WORKING))
    assert result.judgement.verdict == "crashed"


def test_a_remedy_on_the_running_mailbox_does_not_die_of_what_the_fault_left(
    write: Write, tmp_path: Path
) -> None:
    async def run() -> list[CaseResult]:
        async with Runner(connector, jobs=1, timeout_s=30.0) as runner:
            return await runner.run_case(write(OUTAGE)[0])

    text = PYTHON.replace("unauthorized-app-password-required", "imap-authentication-error")
    connector = command(tmp_path, sys.executable, text)
    fault, remedy = asyncio.run(run())
    assert "died-afterwards" in fault.judgement.violations
    assert remedy.diagnosis is not None and remedy.diagnosis.error == "connected"
    assert "died-afterwards" not in remedy.judgement.violations
    assert "connection-left-open" not in remedy.judgement.notes
