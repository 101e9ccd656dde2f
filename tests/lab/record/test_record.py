"""What is recorded of a server is what the dialects have, and can be played again."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest
import yaml

from fakeservers.dialects.dialect import load_dialect
from fakeservers.mailbox import open_mailbox
from fakeservers.spec import MailboxSpec
from tests.lab.cases import PASSWORD
from tests.lab.compare import mask
from tests.lab.record import main
from tests.lab.world import SERVERS

RECORDED = {
    "dovecot: account disabled, no reason": "imap-disabled",
    "dovecot: temporary authentication failure": "temporary-failure",
    "postfix: address denied for now, at the greeting": "server-unavailable-at-greeting-3",
    "postfix: too many connections from an address": "too-many-connections-at-greeting",
    "postfix: sender not owned": "sender-not-allowed-at-rcpt",
    "exim: address dropped, at the greeting": "greeting-refused",
    "exim: sender not owned": "sender-not-allowed",
    "courier: mail store unusable": "temporary-failure",
}
REFUSES = {
    "imap": {
        "dialect": "dovecot",
        "rules": [{"when": {"event": "login"}, "then": ["close"]}],
    },
    "smtp": {
        "security": "starttls",
        "dialect": "postfix",
        "rules": [
            {"when": {"event": "login"}, "then": [{"text": f"535 not {PASSWORD}\n"}, "close"]}
        ],
    },
}


@pytest.mark.parametrize("case", RECORDED)
def test_a_real_server_says_what_its_dialect_says(server, capsys, case):
    software = case.partition(":")[0]
    server(software)  # ends the test where there is none
    assert main(["--case", case]) == 0
    entry = SERVERS[software]
    (replies,) = yaml.safe_load(capsys.readouterr().out)[entry.protocol].values()
    ((name, found),) = replies.items()
    reply = load_dialect(software).reply(entry.protocol, RECORDED[case], ())
    assert name == RECORDED[case]
    said, written = (mask([text], capabilities=False) for text in (found["text"], reply.text))
    assert said == written
    assert found.get("close", False) == reply.close
    assert found["source"].startswith(f"recorded from {entry.title} {entry.version}")


@pytest.fixture
def fake():
    """A function that opens a mailbox with these services and returns them by name."""
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_forever)
    running.start()
    stack = contextlib.AsyncExitStack()

    def opened(**services):
        described = {name: {"protocol": name, **service} for name, service in services.items()}
        spec = MailboxSpec.model_validate({"services": described})
        mailbox = asyncio.run_coroutine_threadsafe(
            stack.enter_async_context(open_mailbox(spec)), loop
        ).result()
        return mailbox.services

    yield opened
    asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    running.join()
    loop.close()


@pytest.fixture
def script(tmp_path):
    """A function that writes a file of steps."""

    def written(text):
        (tmp_path / "steps.yaml").write_text(text, encoding="utf-8")
        return str(tmp_path / "steps.yaml")

    return written


@pytest.fixture
def hurried(monkeypatch):
    """Fakes that stay open are not waited for as long as real servers."""
    monkeypatch.setattr("tests.lab.client.STAYS_OPEN_S", 0.2)


def at(service, *more):
    """Arguments that name a service, which is called after its protocol."""
    where = ("--port", str(service.port), "--protocol", service.name)
    return [*where, "--server", "Example 1.2", *more]


def test_every_named_answer_is_recorded(fake, script, capsys, hurried):
    steps = script(
        "- greeting: greeting\n"
        "- a1 LOGIN {user} wrong: bad-credentials\n"
        "- a2 LOGIN {user} {password}\n"
        "- a3 SELECT INBOX.Nowhere: no-such-mailbox\n"
    )
    assert main(at(fake(imap={"dialect": "dovecot"})["imap"], "--steps", steps)) == 0
    found = yaml.safe_load(capsys.readouterr().out)["imap"]["manners"]
    assert list(found) == ["greeting", "bad-credentials", "no-such-mailbox"]
    dialect = load_dialect("dovecot")
    for name in ("greeting", "bad-credentials"):
        assert found[name]["text"] == dialect.reply("imap", name, ()).text
    assert found["no-such-mailbox"]["text"].startswith("{tag} NO ")
    assert {one["source"] for one in found.values()} == {"recorded from Example 1.2"}


def test_secrets_are_masked_and_the_end_is_noted(fake, script, capsys, monkeypatch):
    monkeypatch.setenv("SECRET", PASSWORD)
    steps = script("- EHLO me\n- AUTH PLAIN {plain}: bad-credentials\n")
    service = fake(smtp=REFUSES["smtp"])["smtp"]
    secured = ("--security", "starttls", "--password-env", "SECRET", "--steps", steps)
    assert main(at(service, *secured)) == 0
    out = capsys.readouterr().out
    assert PASSWORD not in out
    reply = yaml.safe_load(out)["smtp"]["manners"]["bad-credentials"]
    assert (reply["text"], reply["close"]) == ("535 not ***", True)


def test_a_scenario_that_is_recorded_says_the_same_again(fake, script, capsys, hurried):
    steps = script("- greeting: greeting\n- EHLO me: ehlo\n- MAIL FROM:<x@y.test>: mail\n")
    arguments = ("--security", "cleartext", "--as", "scenario", "--steps", steps)
    first = {"dialect": "exim", "security": "cleartext", "max-message-bytes": 1}
    assert main(at(fake(smtp=first)["smtp"], *arguments)) == 0
    recorded = capsys.readouterr().out
    again = {"security": "cleartext", "rules": yaml.safe_load(recorded)["smtp"]["rules"]}
    assert main(at(fake(smtp=again)["smtp"], *arguments)) == 0
    assert mask([capsys.readouterr().out], capabilities=True) == mask([recorded], capabilities=True)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "either --case or --steps"),
        (["--case", "dovecot: unknwon user"], "did you mean 'dovecot: unknown user'"),
        (["--case", "dovecot: unknown user"], "give a --name"),
        (["--steps", "SCRIPT"], "--port and --protocol"),
        (["--steps", "SCRIPT", "--port", "0"], "--port"),
        (["--steps", "SCRIPT", "--port", "9", "--protocol", "imap"], "--server must say"),
        (["--steps", "nowhere.yaml", "--port", "9", "--protocol", "imap"], "nowhere.yaml"),
        (["--host", "192.0.2.1"], "not an address of this machine"),
        (["--host", "imap.example.com"], "not an address of this machine"),
        (["--password-env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_bad_input_is_told_in_one_line(script, capsys, arguments, complaint):
    steps = script("- a1 NOOP: noop-ok\n")
    assert main([steps if word == "SCRIPT" else word for word in arguments]) == 2
    error = capsys.readouterr().err
    assert complaint.lower() in error.lower()
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "a: b", "- [x]", "- a1 NOOP\n", "- {a: b, c: d}", "- \x00", "{"]
)
def test_a_bad_script_is_told_in_one_line(script, capsys, text):
    steps = script(text)
    arguments = ["--port", "9", "--protocol", "imap", "--server", "x", "--steps", steps]
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_server_that_leaves_before_is_told_in_one_line(fake, script, capsys):
    steps = script("- a1 LOGIN {user} {password}\n- a2 NOOP: noop-ok\n")
    assert main(at(fake(imap=REFUSES["imap"])["imap"], "--steps", steps)) == 2
    error = capsys.readouterr().err
    assert "'noop-ok' was not said" in error
    assert error.count("\n") == 1
