"""Every form of the folder: its examples, its near miss, and where refusals are."""

from __future__ import annotations

import re

import pytest

from harness.files.mistakes import read_model
from harness.reproducing.failure import find_failure
from harness.reproducing.forms.form import Form, form_files, forms
from harness.reproducing.material import read
from tests.harness.reproducing.writing import can_be_written, client, server, write
from tests.table import each_row

FORMS = forms()
EXAMPLES = [(name, number) for name, form in FORMS.items() for number in range(len(form.examples))]
SENDER = ("550-5.7.1 <anna@example.test>: you may not send as this", "550 5.7.1 Ask (mx-7) why")
RECIPIENT = ("554 5.7.1 <kunde@firma.example>: Relay access denied",)
LOGIN = ("A2 NO [AUTHENTICATIONFAILED] Nobody of this name, or the wrong password",)
SELECT = ("A3 NO [SERVERBUG] The index of this folder is damaged (x17)",)
HELLO = [server("220 mx ESMTP"), client("EHLO me"), server("250-mx", "250 AUTH PLAIN")]
MAIL = client("MAIL FROM:<anna@example.test>")
GREETING = [server("* OK [CAPABILITY IMAP4rev1] ready"), client("A1 CAPABILITY"),
            server("* CAPABILITY IMAP4rev1", "A1 OK done"),
            client('A2 LOGIN "anna@example.test" "secret"')]  # fmt: skip
REFUSED = {
    "smtp-mail": (SENDER, [*HELLO, MAIL, server(*SENDER)]),
    "smtp-rcpt": (
        RECIPIENT,
        [*HELLO, MAIL, server("250 ok"), client("RCPT TO:<kunde@firma.example>"),
         server(*RECIPIENT)],
    ),
    "imap-login": (LOGIN, [*GREETING, server(*LOGIN)]),
    "imap-confirm": (
        SELECT,
        [*GREETING, server("A2 OK Logged in"), client("A3 SELECT INBOX"), server(*SELECT)],
    ),
}  # fmt: skip
WRITTEN = [
    (name, stage)
    for name, form in FORMS.items()
    for stage in REFUSED
    if can_be_written(form) and stage[:4] in form.speaks
]


@each_row((file.stem, file) for file in form_files())
def test_each_file_is_a_form(file):
    form = read_model(file, Form)
    assert all(re.search(r"[\w.-]+/[\w.-]+|https?://|\w", source) for source in form.source)
    assert form.heard or form.headings or form.fields or form.tells


@each_row((f"{name}-{number}", name, number) for name, number in EXAMPLES)
def test_its_examples_are_read(name, number):
    example = FORMS[name].examples[number]
    failure = find_failure(read(example.log.splitlines()))
    assert failure is not None
    assert failure.stage == example.stage
    if example.reply is not None:
        assert failure.lines == example.reply


@each_row((name, name) for name in FORMS)
def test_in_its_near_miss_nobody_speaks(name):
    material = read(FORMS[name].near_miss.splitlines())
    said = [line for dialogue in material.dialogues for line in dialogue.said]
    assert [line for line in [*said, *material.quoted] if line.direction == "S"] == []


@each_row((f"{name}-{stage}", name, stage) for name, stage in WRITTEN)
def test_a_refusal_is_at_the_command_that_it_answers(name, stage):
    reply, said = REFUSED[stage]
    failure = find_failure(read(write(FORMS[name], said, stage[:4])))
    assert failure is not None
    assert (failure.stage, failure.lines) == (stage, reply)


@pytest.mark.parametrize("stage", REFUSED)
@pytest.mark.parametrize(
    ("heard", "sent"),
    [
        ("<<IN>> {}", "<<OUT>> {}"),
        ("peer says {}", "we say {}"),
        ('08:15:02 conn=17 rx="{}"', '08:15:02 conn=17 tx="{}"'),
        ("[net] srv~ {}", "[net] cli~ {}"),
    ],
)
def test_a_form_that_nobody_described_is_found_by_its_structure(heard, sent, stage):
    reply, said = REFUSED[stage]
    lines = [
        (heard if turn.who == "S" else sent).format(line) for turn in said for line in turn.lines
    ]
    failure = find_failure(read(lines))
    assert failure is not None
    assert (failure.stage, failure.lines) == (stage, reply)
