"""Twisted, held to what the engine relies on."""

import subprocess
import sys

import pytest
from talk import spec, talk
from twisted.mail import imap4

from fakeservers.imap.engine import EngineFault, ImapEngine
from fakeservers.imap.view import View
from fakeservers.spec import Account
from fakeservers.store import Folder, StoredAccount


def engine():
    return ImapEngine(StoredAccount(Account()))


def test_no_reactor_is_ever_imported():
    code = (
        "import sys, fakeservers.imap; from fakeservers.imap.engine import ImapEngine;"
        "from fakeservers.store import Folder, StoredAccount; from fakeservers.spec import Account;"
        "e = ImapEngine(StoredAccount(Account())); e.run('SELECT', b'INBOX');"
        "e.run('CLOSE', b'');"
        "sys.exit('twisted.internet.reactor' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "name",
    ["_respond", "_cbSelectWork", "_IMAP4Server__ebDispatch", "lookupCommand"],
)
def test_the_names_that_are_overridden_exist(name):
    assert hasattr(imap4.IMAP4Server, name)
    assert hasattr(ImapEngine, name)


@pytest.mark.parametrize(
    ("command", "text", "broken"),
    [
        ("SELECT", b"INBOX", (StoredAccount, "folder")),
        ("CLOSE", b"", (View, "expunge")),
        ("CREATE", b"x", (StoredAccount, "create")),
        ("DELETE", b"Sent", (StoredAccount, "folder")),
        ("RENAME", b"Sent x", (StoredAccount, "folder")),
        ("SUBSCRIBE", b"Sent", (StoredAccount, "folder")),
    ],
)
@pytest.mark.filterwarnings("default")
def test_a_failure_inside_is_a_fault_and_never_an_answer(command, text, broken, monkeypatch):
    tested = engine()
    tested.run("SELECT", b"INBOX")

    def fail(*_args, **_kwargs):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(*broken, fail)
    with pytest.raises((EngineFault, RuntimeError)):
        tested.run(command, text)


@pytest.mark.parametrize(
    ("command", "broken"),
    [
        (b"FETCH 1 FLAGS", (View, "flags_of")),
        (b"STORE 1 FLAGS ()", (Folder, "set_flags")),
        (b"SEARCH RECENT", (View, "flags_of")),
        (b"COPY 1 Sent", (Folder, "copy")),
        (b"EXPUNGE", (View, "removed")),
    ],
)
@pytest.mark.filterwarnings("default")
def test_the_client_of_a_failed_command_sees_no_text(command, broken, monkeypatch):
    monkeypatch.setattr(*broken, lambda *_args, **_kwargs: 1 / 0)

    async def dialogue(client):
        await client.log_in()
        await client.ask(b"SELECT INBOX")
        client.send(b"t " + command + b"\r\n")
        with pytest.raises(ConnectionResetError):
            await client.rest()

    talk(dialogue, spec(), faults=["imap: ZeroDivisionError: division by zero"])
