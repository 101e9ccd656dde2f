"""What people paste: a log in a mail, a web page, a terminal, a collector's JSON, a picture."""

from __future__ import annotations

import html
import json
import re
import textwrap

import pytest

from harness.reproducing.failure import find_failure
from harness.reproducing.material import lines_of, read

IMAP = [
    "< * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready",
    "> A001 CAPABILITY",
    "< * CAPABILITY IMAP4rev1 AUTH=PLAIN",
    "< A001 OK done",
    "> A002 LOGIN anna secret",
    '< A002 NO [AUTHENTICATIONFAILED] Nobody <of this name>, or the "wrong" password',
]
SMTP = [
    "SERVER -> CLIENT: 220 mx ESMTP",
    "CLIENT -> SERVER: EHLO me",
    "SERVER -> CLIENT: 250-mx",
    "250 AUTH PLAIN",
    "CLIENT -> SERVER: MAIL FROM:<anna@example.test>",
    "SERVER -> CLIENT: 550-5.7.1 You may not send as this, for the account is not that of anna",
    "550 5.7.1 Ask (mx-7) why",
]
SAID = {
    "imap-login": (IMAP, (IMAP[-1][2:],)),
    "smtp-mail": (SMTP, (SMTP[-2].partition("CLIENT: ")[2], SMTP[-1])),
}


def _collected(line: str, depth: int) -> str:
    for _ in range(depth):
        line = json.dumps({"log": line + "\n", "stream": "stdout", "time": "2026-11-24T08:15:02Z"})
    return line


WAYS = {
    "a mail that answers a mail": lambda lines: [f"> > {line}" for line in lines],
    "a web page's source": lambda lines: [html.escape(line) for line in lines],
    "a web page with marks": lambda lines: [
        "<pre>" + "<br>".join(html.escape(line) for line in lines) + "</pre>"
    ],
    "a code block": lambda lines: ["```text", *lines, "```"],
    "a code block by indentation": lambda lines: [f"    {line}" for line in lines],
    "Docker's JSON": lambda lines: [_collected(line, 1) for line in lines],
    "JSON in JSON": lambda lines: [_collected(line, 3) for line in lines],
    "one list of JSON": lambda lines: json.dumps(
        [{"message": line} for line in lines], indent=1
    ).split("\n"),
    "syslog": lambda lines: [f"Nov 24 08:15:02 mx3 app[12]: {line}" for line in lines],
    "syslog, RFC 5424": lambda lines: [
        f"<14>1 2026-11-24T08:15:02.003Z mx3 app 12 - - {line}" for line in lines
    ],
    "Docker Compose": lambda lines: [f"mailer-1  | {line}" for line in lines],
    "Kubernetes": lambda lines: [f"2026-11-24T08:15:02.118Z stdout F {line}" for line in lines],
    "logcat": lambda lines: [f"11-24 08:15:02.118  7651  7671 D Mail: {line}" for line in lines],
    "Log4j": lambda lines: [
        f"2026-11-24 08:15:02,118 DEBUG [main] com.firma.Mail - {line}" for line in lines
    ],
    "Apache's times": lambda lines: [f"[24/Nov/2026:08:15:02 +0100] {line}" for line in lines],
    "American times": lambda lines: [f"11/24/2026 08:15:02 AM {line}" for line in lines],
    "German times": lambda lines: [f"24.11.2026 08:15:02 {line}" for line in lines],
    "Unix times": lambda lines: [f"1795694851.225 {line}" for line in lines],
}


@pytest.mark.parametrize("stage", SAID)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_round_a_log_is_taken_off(way, stage):
    lines, reply = SAID[stage]
    assert _found("\n".join(WAYS[way](lines))) == (stage, reply)


def test_lines_that_a_terminal_broke_are_whole_again():
    long = [
        f"2026-11-24 08:15:02 a word of the connection to the server, number {n}" for n in (1, 2)
    ]
    text = "\n".join([*long, *IMAP])
    broken = [part for line in text.split("\n") for part in re.findall(".{1,61}", line)]
    stage, reply = _found("\n".join(broken))
    assert (stage, reply) == ("imap-login", SAID["imap-login"][1])


NO = "NO [AUTHENTICATIONFAILED] Nobody of this name"
IN_PARTS = {
    "responseStatus": "NO",
    "responseText": "Nobody of this name",
    "executedCommand": "3 LOGIN",
    "serverResponseCode": "AUTHENTICATIONFAILED",
}
ERRORS = {
    "pino": json.dumps({"msg": "cannot connect", "err": {"message": "No", **IN_PARTS}}),
    "Nextcloud": json.dumps(
        {"message": "no", "exception": {"Message": "no", "Previous": {"details": NO[3:]}}}
    ),
    "structlog": json.dumps(
        {"event": "no", "exception": f"Traceback:\nimaplib.IMAP4.error: b'{NO[3:]}'"}
    ),
    "Node, printed": "\n".join(
        ["Error: Command failed {", "  response: { tag: '3', command: 'NO' },"]
        + [f"  {name}: '{value}'," for name, value in IN_PARTS.items()]
        + ["}"]
    ),
    "PHP": f"PHP Notice:  Unknown: Can not authenticate: {NO[3:]} (errflg=2) in Unknown on line 0",
}


@pytest.mark.parametrize("way", ERRORS)
@pytest.mark.parametrize("before", ["", "a line before it\n"])
def test_an_error_beside_the_message_is_read(way, before):
    stage, [reply] = _found(before + ERRORS[way])
    assert (stage, reply.partition(" ")[2]) == ("imap-login", NO)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"short_message": "no", "full_message": "SMTPError: 535 5.7.8 Nobody"}),
        "<answer><status>error</status><text>535 5.7.8 Nobody</text></answer>",
    ],
)
def test_what_stands_in_a_field_is_a_reply_and_no_more(text):
    assert _found(text) == ("smtp-login", ("535 5.7.8 Nobody",))


def test_a_log_that_a_browser_made_one_paragraph():
    lines = [f"2026-11-24 08:15:0{n} {line}" for n, line in enumerate(SMTP) if "->" in line]
    text = " ".join([*lines, SMTP[-1]])
    assert _found(text) == ("smtp-mail", SAID["smtp-mail"][1])


@pytest.mark.parametrize("mark", ["[2f963b14]", "conn-17", "pool-1-thread-3", "#229"])
def test_two_connections_line_by_line(mark):
    good = [
        *IMAP[:5],
        "< A002 OK Logged in",
        "> A003 NOOP",
        "< A003 OK",
    ]
    other = mark.replace("1", "2").replace("2", "3", 1)
    lines = []
    for number in range(max(len(good), len(IMAP))):
        lines += [f"08:15:02 [{mark.strip('[]')}] {line}" for line in IMAP[number : number + 1]]
        lines += [f"08:15:02 [{other.strip('[]')}] {line}" for line in good[number : number + 1]]
    assert _found("\n".join(lines)) == ("imap-login", SAID["imap-login"][1])


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("55O 5.7.l Relaying denied", "550 5.7.1 Relaying denied"),
        ("S35 5.7.8 Error: authentication failed", "535 5.7.8 Error: authentication failed"),
        ("A1 NO \uff3bAUTHENTICATIONFAILED\uff3d Nope", "A1 NO [AUTHENTICATIONFAILED] Nope"),
    ],
)
def test_what_a_machine_misread_is_understood(text, reply):
    _, lines = _found(f"Screenshot\n\n{text}\n")
    assert lines == (reply,)


def test_a_stack_trace_alone_tells_where():
    trace = textwrap.dedent(
        """\\
        Exception in thread "main" com.sun.mail.smtp.SMTPSendFailedException: 550-5.7.1 Not yours
        550 5.7.1 Ask (mx-7) why
        ;
          nested exception is:
                com.sun.mail.smtp.SMTPSenderFailedException: 550-5.7.1 Not yours
        550 5.7.1 Ask (mx-7) why
                at com.sun.mail.smtp.SMTPTransport.mailFrom(SMTPTransport.java:1808)
        Caused by: com.sun.mail.smtp.SMTPSenderFailedException: 550-5.7.1 Not yours
        550 5.7.1 Ask (mx-7) why
        """
    )
    assert _found(trace) == ("smtp-mail", ("550-5.7.1 Not yours", "550 5.7.1 Ask (mx-7) why"))


@pytest.mark.parametrize(
    "text",
    [
        "GET /mail/accounts 503 Service Unavailable",
        "the mailer moved 550 messages in 421 ms",
        "INFO mail: worker 554 started, user 535",
        "HTTP/1.1 500 Internal Server Error while sending mail",
        "mail.example.test:587 - 250 connections",
        "imap: 12 NO new messages",
        "<p>IMAP is NO longer supported</p>",
    ],
)
def test_a_number_or_a_no_that_is_no_reply(text):
    failure = find_failure(read([text]))
    assert failure is None or failure.lines == ()


def _found(text: str) -> tuple[str, tuple[str, ...]]:
    failure = find_failure(read(lines_of(text.encode())))
    assert failure is not None
    return failure.stage, failure.lines


@pytest.mark.parametrize(("sent", "heard"), [(">>", "<<"), ("->", "<-"), ("C:", "S:")])
@pytest.mark.parametrize(
    ("said", "stage"),
    [
        ("C EHLO me S 250-mx S 250 HELP C MAIL FROM:<a@b.test> S 550 5.7.1 Not now", "smtp-mail"),
        ("C a1 LOGIN anna x S a1 OK in C a2 SELECT INBOX S a2 NO Not now", "imap-confirm"),
    ],
)
def test_a_dialogue_on_one_line(sent, heard, said, stage):
    line = re.sub(r"\b[CS] ", lambda who: f"{sent if who[0] == 'C ' else heard} ", said)
    found = find_failure(read([f"It says: {line}"]))
    assert found is not None
    assert (found.stage, found.notes) == (stage, ())
    assert found.lines[-1].endswith("Not now")
