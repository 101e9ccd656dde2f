"""Kinds of cases that curl's own test suite has (github.com/curl/curl, tests/data, IMAP and SMTP),
in the words of scenarios: each is served, and the real curl must say what it says to a server that
behaves so, and end with the same exit code. The kinds are theirs, the cases are ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from fakeservers.mailbox import open_mailbox
from harness.runner.background import Background
from harness.scenario.model import Facts
from tests.clients.world import RUN_S

WEIRD_REPLY, LOGIN_DENIED, SEND_FAILED, UPLOAD_FAILED, NOT_FOUND = 8, 67, 55, 25, 78
"""curl's exit codes (man curl, EXIT CODES)."""
MAIL = "--mail-from anna@example.test --mail-rcpt bcc@crm.example.test --upload-file -"
MESSAGE = "Subject: hi\r\n\r\nhello\r\n"
SENT = ["MAIL FROM:<anna@example.test>", "RCPT TO:<bcc@crm.example.test>", "DATA"]
SENT += [*MESSAGE.removesuffix("\r\n").split("\r\n"), ".", "QUIT"]
WHO = "--user anna:pw"
LOGGED_IN = ["A001 CAPABILITY", "A002 LOGIN anna ***"]


@dataclass(frozen=True)
class Kind:
    """`scenario`: what is said of the mailbox; `command`: curl's words, `{at}` is host and port.
    `said`: curl's lines, secrets masked. `output`: the beginning of what it prints."""

    scenario: str
    command: str
    said: list[str]
    exit_code: int = 0
    output: str = ""


KINDS = {
    "a command is refused, and the client goes on": Kind(
        """
        imap:
          security: cleartext
          rules: [{when: {event: command, command: CAPABILITY}, then: {text: '{tag} BAD what?'}}]
        """,
        f"imap://{{at}} {WHO} --request NOOP",
        [*LOGGED_IN, "A003 NOOP", "A004 LOGOUT"],
    ),
    "LOGIN is refused by a rule": Kind(
        """
        imap:
          security: cleartext
          mechanisms: []
          rules: [{when: {event: command, command: LOGIN}, then: {text: '{tag} NO not you'}}]
        """,
        f"imap://{{at}} {WHO}",
        [*LOGGED_IN],
        LOGIN_DENIED,
    ),
    "a mechanism that the fakes cannot do": Kind(
        """
        imap:
          security: cleartext
          mechanisms: [EXTERNAL]
          rules:
            - when: {event: command, command: AUTHENTICATE, mechanism: EXTERNAL, logged-in: false}
              then: [{challenge: ""}, {text: '{tag} OK come in'}]
            - when: {event: command, command: CAPABILITY}
              then: {text: "* CAPABILITY IMAP4 AUTH=EXTERNAL\\n{tag} OK"}
        """,
        "imap://anna;AUTH=EXTERNAL@{at} --request NOOP",
        ["A001 CAPABILITY", "A002 AUTHENTICATE EXTERNAL", "***", "A003 NOOP", "A004 LOGOUT"],
    ),
    "an exchange that the client breaks off, and another that works": Kind(
        """
        imap:
          security: cleartext
          mechanisms: [CRAM-MD5, PLAIN]
          rules:
            - when: {event: command, command: AUTHENTICATE, mechanism: CRAM-MD5}
              then: [{challenge: Rubbish}, {text: '{tag} OK'}]
        """,
        f"imap://{{at}} {WHO} --request NOOP",
        [
            "A001 CAPABILITY",
            "A002 AUTHENTICATE CRAM-MD5",
            "*",
            "A003 AUTHENTICATE PLAIN ***",
            "A004 NOOP",
            "A005 LOGOUT",
        ],
    ),
    "no log-in is wanted": Kind(
        "imap: {security: cleartext, authentication: not-required}",
        f"imap://{{at}} {WHO} --request NOOP",
        ["A001 CAPABILITY", "A002 NOOP", "A003 LOGOUT"],
    ),
    "a message of a folder": Kind(
        """
        mailbox:
          folders: [{name: Lists/Gärten, uid-validity: 5}]
          messages:
            - {folder: Lists/Gärten, headers: {Subject: first}, text: One}
            - {folder: Lists/Gärten, literal: "Subject: second\\n\\nTwo\\n"}
        imap: {security: cleartext, mechanisms: []}
        """,
        f"imap://{{at}}/Lists%2FG%26AOQ-rten;UIDVALIDITY=5;UID=2 {WHO}",
        [*LOGGED_IN, "A003 SELECT Lists/G&AOQ-rten", "A004 UID FETCH 2 BODY[]", "A005 LOGOUT"],
        output="Subject: second\r\n\r\nTwo\r\n",
    ),
    "the folder is another one now": Kind(
        """
        mailbox: {folders: [{name: INBOX, uid-validity: 6}]}
        imap: {security: cleartext, mechanisms: []}
        """,
        f"imap://{{at}}/INBOX;UIDVALIDITY=5;UID=1 {WHO}",
        [*LOGGED_IN, "A003 SELECT INBOX", "A004 LOGOUT"],
        NOT_FOUND,
    ),
    "more is said than was asked": Kind(
        """
        imap:
          security: cleartext
          mechanisms: []
          rules:
            - when: {event: command, command: SELECT}
              then: {say: "* 1 EXPUNGE\\n* 9 EXISTS"}
        """,
        f"imap://{{at}}/INBOX;MAILINDEX=1 {WHO}",
        [*LOGGED_IN, "A003 SELECT INBOX", "A004 FETCH 1 BODY[]", "A005 LOGOUT"],
        output="From: Postmaster",
    ),
    "an upload is refused before it is sent": Kind(
        """
        imap:
          security: cleartext
          mechanisms: []
          rules:
            - when: {event: command, command: APPEND}
              then: {text: '{tag} NO [OVERQUOTA] full'}
        """,
        f"imap://{{at}}/Nowhere {WHO} --upload-file mail",
        [*LOGGED_IN, f"A003 APPEND Nowhere (\\Seen) {{{len(MESSAGE)}}}", "A004 LOGOUT"],
        UPLOAD_FAILED,
    ),
    "STARTTLS is refused, and what follows is made up": Kind(
        """
        imap:
          security: starttls
          rules:
            - when: {event: command, command: STARTTLS}
              then: {text: "{tag} BAD no\\nA003 OK you are in\\nA004 OK done"}
        """,
        f"imap://{{at}} {WHO} --ssl",
        ["A001 CAPABILITY", "A002 STARTTLS"],
        WEIRD_REPLY,
    ),
    "the server speaks first inside TLS": Kind(
        """
        imap:
          mechanisms: [PLAIN]
          rules: [{when: {event: tls-established}, then: {text: '* OK who knocks'}}]
        """,
        f"imaps://{{at}} --insecure {WHO} --request NOOP",
        ["A001 CAPABILITY", "A002 AUTHENTICATE PLAIN ***", "A003 NOOP", "A004 LOGOUT"],
    ),
    "lines of another protocol": Kind(
        """
        smtp:
          security: cleartext
          rules: [{when: {event: no-command}, then: [{text: 421 not here}, close]}]
        """,
        "--http0.9 gopher://{at}/_%80",
        ["***"],
        output="220 mail.example.test ESMTP Service ready\r\n421 not here\r\n",
    ),
    "sending without a log-in": Kind(
        "smtp: {security: cleartext, authentication: not-required}",
        f"smtp://{{at}}/client.test {MAIL}",
        ["EHLO client.test", *SENT],
    ),
    "EHLO is unknown, HELO is not": Kind(
        """
        smtp:
          security: cleartext
          authentication: not-required
          rules: [{when: {event: command, command: EHLO}, then: {text: 500 what}}]
        """,
        f"smtp://{{at}}/client.test {MAIL}",
        ["EHLO client.test", "HELO client.test", *SENT],
    ),
    "a rule lets anybody in, and asks for the message": Kind(
        """
        smtp:
          security: cleartext
          mechanisms: [PLAIN]
          rules:
            - {when: {event: command, command: AUTH}, then: [{challenge: go on}, {text: 235 in}]}
            - {when: {event: command, command: DATA}, then: {text: 354 say it}}
        """,
        f"smtp://{{at}}/client.test {WHO} {MAIL} --login-options AUTH=PLAIN",
        ["EHLO client.test", "AUTH PLAIN", "***", *SENT],
    ),
    "a token is refused in two steps": Kind(
        """
        smtp:
          security: cleartext
          mechanisms: [OAUTHBEARER]
          rules:
            - when: {event: command, command: AUTH, mechanism: OAUTHBEARER}
              then:
                - challenge: ''
                - challenge: {base64: '{"status":"invalid_token"}'}
                - text: "535-no\\n535 https://example.test/oauth"
        """,
        f"smtp://{{at}}/client.test --user anna --oauth2-bearer t0ken {MAIL}",
        ["EHLO client.test", "AUTH OAUTHBEARER", "***", "***"],
        LOGIN_DENIED,
    ),
    "the sender is refused": Kind(
        """
        smtp:
          security: cleartext
          authentication: not-required
          rules: [{when: {event: command, command: MAIL, logged-in: false}, then: {text: 501 no}}]
        """,
        f"smtp://{{at}}/client.test {MAIL}",
        ["EHLO client.test", SENT[0], "QUIT"],
        SEND_FAILED,
    ),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_curl_says(
    tool: Callable[[str], str], background: Background, tmp_path: Path, kind: Kind
) -> None:
    written = yaml.safe_load(kind.scenario)
    facts = Facts.model_validate({"account": {"username": "anna", "password": "pw"}, **written})
    (tmp_path / "mail").write_text(MESSAGE, newline="")
    with background.hold(open_mailbox(facts.mailbox_spec())) as mailbox:
        service = mailbox.services["smtp" if "smtp" in written else "imap"]
        words = kind.command.replace("{at}", f"127.0.0.1:{service.port}").split()
        done = subprocess.run(
            [tool("curl"), "--silent", "--show-error", "--max-time", "10", *words],
            input=MESSAGE.encode(),
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
            timeout=RUN_S,
            check=False,
        )
        background.submit(mailbox.settle(5)).result()
    [connection] = mailbox.evidence.connections
    lines = connection.lines()
    dialogue = "\n".join(f"{entry.direction}: {entry.text}" for entry in lines)
    assert [entry.text for entry in lines if entry.direction == "C"] == kind.said, dialogue
    assert done.returncode == kind.exit_code, f"{done.stderr.decode()}\n{dialogue}"
    assert done.stdout.decode().startswith(kind.output)
    assert mailbox.evidence.faults == []
