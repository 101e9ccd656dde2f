"""What may be asked of `badinbox reproduce`: all failures, and what the person knows besides."""

from __future__ import annotations

import json

import pytest

TWICE = """\
C: a1 LOGIN anna secret
S: a1 NO [AUTHENTICATIONFAILED] Authentication failed.
S: * OK ready
C: a1 LOGIN anna secret
S: a1 OK done
C: a2 SELECT INBOX
S: a2 NO [NONEXISTENT] No such mailbox
"""


def test_every_failure_is_told_in_the_order_of_the_log(reproduce):
    made = reproduce(TWICE, "--all", "--json")
    assert made.code == 0, made.err
    told = json.loads(made.out)
    assert [(each["stage"], each["line"]) for each in told] == [
        ("imap-login", 2),
        ("imap-confirm", 7),
    ]
    assert not made.file.exists()
    assert "written" not in reproduce(TWICE, "--all").out


MESSAGES = """\
PHP Notice:  Request Shutdown: [AUTHENTICATIONFAILED] Authentication failed. (errflg=1) in Unknown
10:00:01 SMTP ERROR: RCPT TO command failed: 550 5.1.1 <x@example.test>: User unknown
10:00:04 SMTP ERROR: MAIL FROM command failed: 553 5.7.1 Sender address rejected: not owned by user
10:00:09 imap_open(): Can't connect to imap.example.test,993: Connection refused
"""


def test_every_failure_that_messages_tell_is_told(reproduce):
    told = json.loads(reproduce(MESSAGES, "--all", "--json").out)
    assert [(each["stage"], each["line"]) for each in told] == [
        ("imap-login", 1),
        ("smtp-rcpt", 2),
        ("smtp-mail", 3),
    ]
    below = "\n".join(MESSAGES.splitlines()[1:])
    told = json.loads(reproduce(below, "--all", "--json").out)
    assert [each["stage"] for each in told] == ["smtp-rcpt", "smtp-mail", "imap-connect"]


@pytest.mark.parametrize(
    ("title", "errors"),
    [
        ("HubSpot dit : Paramètres SMTP incorrects\n", ["smtp-settings-incorrect"]),
        ("It says Unauthorised\n", []),
        ("GET /v1/inbox 401 Unauthorized\n", []),
    ],
)
def test_a_title_beside_a_dialogue_is_told_where_it_is_another_error(reproduce, title, errors):
    refused = "C: a1 LOGIN anna secret\nS: a1 NO [AUTHENTICATIONFAILED] Authentication failed.\n"
    told = json.loads(reproduce(title + refused, "--all", "--json").out)
    assert [each["error"] for each in told] == ["unauthorized", *errors]


def test_without_it_the_last_counts(reproduce):
    told = json.loads(reproduce(TWICE, "--json").out)
    assert (told["stage"], told["line"]) == ("imap-confirm", 7)


@pytest.mark.parametrize(
    ("options", "stage"),
    [
        ([], "smtp-rcpt"),
        (["--stage", "smtp-mail"], "smtp-mail"),
        (["--stage", "smtp-end-of-data"], "smtp-end-of-data"),
    ],
)
def test_who_knows_the_stage_may_say_so(reproduce, options, stage):
    made = reproduce("550 5.7.1 Not here, not now", "--json", *options)
    told = json.loads(made.out)
    assert told["stage"] == stage == made.data["stage"]
    assumed = [each for each in told["assumed"] if each.startswith("the stage")]
    assert bool(assumed) == (not options)


def test_who_knows_the_protocol_may_say_so(reproduce):
    refused = "connect failed: Connection refused"
    assert json.loads(reproduce(refused, "--json").out)["stage"] == "smtp-connect"
    made = reproduce(refused, "--json", "--protocol", "imap", "--force")
    told = json.loads(made.out)
    assert told["stage"] == "imap-connect"
    assert not [each for each in told["assumed"] if each.startswith("the protocol")]


def test_a_stage_of_the_other_protocol_is_refused(reproduce):
    made = reproduce("550 no", "--protocol", "imap", "--stage", "smtp-mail")
    assert made.code == 2
    assert "smtp-mail is no stage of IMAP" in made.err


def test_where_nothing_is_found_it_says_what_came_nearest_and_what_to_paste(reproduce):
    made = reproduce("hello\nan error of the shop for kunde@firma.example\nbye")
    assert made.code == 2
    assert "line 2 comes nearest: an error of the shop" in made.err
    assert "paste the client's debug output" in made.err
    assert "kunde@firma.example" not in made.err
    assert made.err.count("\n") == 1


def test_a_password_that_smtp_refuses_is_typed_wrongly_and_imap_is_not_asked_about_it(reproduce):
    made = reproduce("535 5.7.8 Username and Password not accepted")
    assert made.data["customer"] == {"password": "wrong"}
    phases = {case["phase"]: case for case in made.run()}
    assert {case["verdict"] for case in phases.values()} == {"passed"}
    assert phases["fault"]["fired"][-1].startswith("smtp.")
