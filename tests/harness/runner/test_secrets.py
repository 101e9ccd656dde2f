"""No secret is in anything that is told of a run, and no word of ours has a hole where it stood:
what is told is the same, whatever the password is."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest

from fakeservers.wire.secrets import SHORTEST_ANYWHERE
from harness.contract.answer import NoAnswer, Output, Reported, read_report
from harness.contract.diagnosis import Diagnosis
from harness.mapping.first import first_mapping
from harness.reports import REPORTS
from harness.reports.console import closing_lines, every_case
from harness.reports.github import annotation_lines
from harness.runner.events import CaseResult, RunFinished
from harness.serving.api.views import verdict_view
from tests.harness.runner.conftest import Write
from tests.harness.runner.test_runner import results_of, run

NEUTRAL = "Qx7-Qx7-Qx7"
PASSWORDS = [
    *("mail", "error", "a", "imap", "no", "NO", "passwort", "***", "password", "unauthorized"),
    *('p"q{}', "imap-login", "expected", "connector", "the", "<b>&", "LOGIN", "ä%/", "service"),
]
WAYS = ["report", "unknown", "raises", "diagnosis"]
FORMS = {
    "clear": str,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "url": lambda secret: quote(secret, safe=""),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "html": html.escape,
}
SCENARIO = """\
title: tells it
reproduces: unauthorized
stage: imap-login
cause: bad-credentials
source: [RFC 9051]
account: {{password: {password}}}
customer: {{password: account, imap: {{security: cleartext}}, smtp: {{security: cleartext}}}}
imap:
  security: cleartext
  rules:
    - when: {{event: greeting}}
      then: {{text: "* OK hello"}}
    - when: {{event: login}}
      then: {{text: {said}}}
smtp: {{security: cleartext}}
remedy:
  - {{advice: confirm-address-and-password, unproven: not here}}
"""


def told(results: list[CaseResult]) -> Iterator[tuple[str, str]]:
    """Each output, without what differs from run to run."""
    finished = RunFinished(tuple(results), 1.0)
    for module, _ in REPORTS.values():
        made = import_module(f"harness.reports.{module}").report(finished, "x")
        yield module, made.decode()
    yield "console", "\n".join(closing_lines(finished))
    yield "every case", "\n".join(every_case(finished))
    yield "annotations", "\n".join(annotation_lines(finished.results))
    yield "mapping", first_mapping(results, "x")
    yield "api", "\n".join(verdict_view(each).model_dump_json() for each in results)


def plain(text: str) -> str:
    """Without clocks, ports and lengths."""
    return re.sub(r"\d[\d.:TZ+-]*", "N", text)


def outputs(write: Write, stub: Any, secret: str, form: str, way: str) -> dict[str, str]:
    shown = FORMS[form](secret)

    async def answer(settings: Any) -> Any:
        await client(settings.imap.port, settings.password)
        if way == "raises":
            why = f"the connector raised ValueError: zqx {shown} zqx"
            return NoAnswer("crashed", why, Output(stderr=f"Error: zqx {shown}"))
        if way == "diagnosis":
            return Diagnosis(error="unauthorized", rule=f"zqx {shown}", warnings=[f"zqx {shown}"])
        error = "unauthorized" if way == "report" else f"zqx {shown} zqx"
        said = {"error": error, "message": f"zqx {shown} zqx", "raw": {f"zqx {shown}": shown}}
        report = read_report(said)
        return report if isinstance(report, NoAnswer) else Reported(report, Output())

    text = SCENARIO.format(password=json.dumps(secret), said=json.dumps(server_says(shown)))
    results = results_of(run(stub(answer), write(text)))
    return {name: plain(text) for name, text in told(results)}


def server_says(shown: str) -> str:
    return "{tag} NO [AUTHENTICATIONFAILED] zqx " + shown.replace("{", "{{").replace("}", "}}")


async def client(port: int, password: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    literal = password.encode()
    writer.write(b"x1 LOGIN u@v.w {%d+}\r\n%b\r\n" % (len(literal), literal))
    await reader.readline()
    writer.close()


@pytest.mark.parametrize("secret", PASSWORDS)
def test_what_is_told_is_the_same_whatever_the_password_is(
    write: Write, stub: Any, secret: str
) -> None:
    place = PASSWORDS.index(secret)
    way, form = WAYS[place % len(WAYS)], sorted(FORMS)[place % len(FORMS)]
    neutral = NEUTRAL if len(secret.encode()) >= SHORTEST_ANYWHERE else NEUTRAL[:3]
    wanted = outputs(write, stub, neutral, form, way)
    for name, text in outputs(write, stub, secret, form, way).items():
        assert text == wanted[name], (name, way, form)
        assert "zqx ***" in text or name in ("annotations", "mapping"), name
