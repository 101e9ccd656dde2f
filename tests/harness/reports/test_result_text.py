"""Which lines of what a process printed are shown: those that say what went wrong."""

from __future__ import annotations

import pytest

from harness.contract.answer import Output
from harness.reports.result_text import SHOWN_STDERR, telling_lines

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
