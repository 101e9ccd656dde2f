"""Which lines of what a process printed are shown: those that say what went wrong."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.contract.answer import Output
from harness.contract.diagnosis import Diagnosis, Signals
from harness.judging.verdict import Judgement
from harness.reports.console import closing_lines, every_case
from harness.reports.findings import about_codes
from harness.reports.result_text import SHOWN_STDERR, telling_lines
from harness.runner.events import CaseResult, Expected, RunFinished, Said
from tests.harness.reports.test_tables import WRONG

FRAMES = "".join(f"    at frame{number} (/app/lib.js:{number}:1)\n" for number in range(40))
NODE = f"""\
/app/node_modules/nodemailer/lib/smtp-connection/index.js:700
        this._auth.oauth2.getToken(false, (err, token) => {{
                          ^

TypeError: Cannot read properties of undefined (reading 'getToken')
{FRAMES}
Node.js v20.20.2
"""
NODE_CODE = f"node:internal/errors:540\nError [ERR_X]: not that\n{FRAMES}\nNode.js v20.20.2"
JAVA = f"""\
Picked up JAVA_TOOL_OPTIONS: -Djavax.net.ssl.trustStore=x
Exception in thread "main" jakarta.mail.MessagingException: no greeting;
{FRAMES}Caused by: java.net.SocketTimeoutException: Read timed out
{FRAMES}"""
PYTHON = """\
Traceback (most recent call last):
  File "check.py", line 3, in <module>
    imap.login()
KeyError: 'anna'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "check.py", line 5, in <module>
    raise ValueError("no idea")
ValueError: no idea
"""
RUBY = f"check.rb:3:in `login': no idea (Net::IMAP::NoResponseError)\n{FRAMES}"
PHP = f"PHP Fatal error:  Uncaught Error: Call to a member function write() on null\n{FRAMES}"
GO = f"panic: runtime error: index out of range\n\ngoroutine 1 [running]:\n{FRAMES}exit status 2"
ENDS = {
    "node": (NODE, "TypeError: Cannot read properties of undefined (reading 'getToken')"),
    "node-code": (NODE_CODE, "Error [ERR_X]: not that"),
    "java": (JAVA, 'Exception in thread "main" jakarta.mail.MessagingException: no greeting;'),
    "python": (PYTHON, "ValueError: no idea"),
    "ruby": (RUBY, "check.rb:3:in `login': no idea (Net::IMAP::NoResponseError)"),
    "php": (PHP, "PHP Fatal error:  Uncaught Error: Call to a member function write() on null"),
    "go": (GO, "panic: runtime error: index out of range"),
    "none": ("connecting\nthe last word", "the last word"),
    "nothing": ("", ""),
}


def test_what_was_named_wrongly_after_a_reply_can_be_asked_about_as_it_is_printed() -> None:
    """By pasting the line, be the terminal narrow."""
    reply = "a1 NO [ALERT] It's `locked`; $HOME is shut, and whoever asks is told so at some length"
    diagnosis = Diagnosis(
        error="unauthorized", stage="imap-login", evidence=Signals(lines=("* OK hi", reply))
    )
    wrong = replace(WRONG, said=None, diagnosis=diagnosis, transcript=())
    told = closing_lines(RunFinished((wrong,), 1.0), width=60)
    [line] = [each for each in told if "badinbox explain" in each]
    command = shlex.split(line.partition("see why")[2])
    assert command[-1] == f"* OK hi\\n{reply}"
    done = CliRunner().invoke(cli, command[1:])
    assert done.exit_code == 0 and "imap-login\n" in done.output
    right = replace(wrong, judgement=Judgement("misbehaved", ("no-logout",)))
    assert not [each for each in every_case(RunFinished((right,), 1.0)) if "explain" in each]


OWN = replace(WRONG, diagnosis=None, judgement=Judgement("unclear"), said=Said("EAUTH"))
OTHER = replace(OWN, expected=Expected("unauthorized"), said=Said("unauthorized"))


@pytest.mark.parametrize(
    ("results", "told"),
    [
        (
            [OWN, replace(OTHER, diagnosis=WRONG.diagnosis)],
            "Codes of its own, EAUTH: `badinbox mapping init ",
        ),
        (
            [
                replace(OTHER, diagnosis=WRONG.diagnosis),
                replace(OWN, diagnosis=WRONG.diagnosis, said=Said("unauthorized")),
            ],
            "It says unauthorized whatever is wrong: `badinbox mapping init ",
        ),
        ([WRONG], ""),
        ([replace(OTHER, diagnosis=WRONG.diagnosis), replace(WRONG, said=Said("other"))], ""),
    ],
)
def test_codes_that_say_too_little_are_named_with_what_to_do(
    results: list[CaseResult], told: str
) -> None:
    said = about_codes(results)
    assert said.startswith(told) and bool(said) == bool(told)
    lines = " ".join(closing_lines(RunFinished(tuple(results), 1.0), width=200))
    assert said in lines


@pytest.mark.parametrize(("stderr", "line"), ENDS.values(), ids=ENDS)
def test_the_line_that_names_the_error(stderr: str, line: str) -> None:
    assert Output(1, stderr).decisive == line


@pytest.mark.parametrize(("stderr", "line"), ENDS.values(), ids=ENDS)
def test_it_is_shown_with_the_first_and_the_last_in_their_order(stderr: str, line: str) -> None:
    shown, printed = telling_lines(stderr), stderr.splitlines()
    assert line in shown or not line
    assert len([each for each in shown if each != "…"]) == min(SHOWN_STDERR, len(printed))
    assert shown[:1] == printed[:1] and shown[-1:] == printed[-1:]
    rest = iter(printed)
    assert all(each in rest for each in shown if each != "…")
    assert ("…" in shown) == (len(printed) > SHOWN_STDERR)
