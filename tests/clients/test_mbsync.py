"""mbsync (isync): a folder of this machine and the mailbox are brought to the same state."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.world import ACCOUNT, MESSAGE, World

TYPES = {"implicit-tls": "IMAPS", "starttls": "STARTTLS", "cleartext": "None"}

CONFIGURATION = """\
IMAPStore far
Host {host}
Port {port}
User {user}
Pass {password}
AuthMechs {mechanism}
SSLType {type}
SystemCertificates no
CertificateFile {ca_file}

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""


def configuration(world: World, mechanism: str) -> str:
    (world.folder / "mail").mkdir()
    return world.write(
        "mbsyncrc",
        CONFIGURATION.format(
            host=world.host,
            port=world.imap,
            user=ACCOUNT.login,
            password=ACCOUNT.password,
            mechanism=mechanism,
            type=TYPES[world.security],
            ca_file=world.ca_file,
            folder=world.folder,
        ),
    )


def test_an_impostor_is_told_nothing(tool: Callable[[str], str], impostor: World) -> None:
    impostor.run(tool("mbsync"), "-c", configuration(impostor, "PLAIN"), "all", fails=True)
    impostor.assert_told_nothing()


def age(mail: Path) -> None:
    """Date the folders back: where one was changed in this second, mbsync waits for the next."""
    for folder in mail.glob("*/*/"):
        os.utime(folder, (0, 0))


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_both_ways(tool: Callable[[str], str], world: World, mechanism: str) -> None:
    mbsync = tool("mbsync")
    command = (mbsync, "-c", configuration(world, mechanism), "all")
    near = world.folder / "mail"

    world.run(*command)
    assert {each.name for each in near.iterdir() if each.is_dir()} == {
        *("INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive")
    }
    fetched = sorted((near / "INBOX").glob("*/*"))
    assert len(fetched) == 2

    # Near: one is read, one is deleted, one is new. Far: one is new, a folder is new.
    read, deleted = only(near, "INBOX/new/*U=1*"), only(near, "INBOX/new/*U=2*")
    read.rename(near / "INBOX" / "cur" / f"{read.name.partition(':')[0]}:2,S")
    deleted.rename(near / "INBOX" / "cur" / f"{deleted.name.partition(':')[0]}:2,T")
    (near / "Sent" / "cur" / "1.1.client:2,S").write_bytes(MESSAGE.replace(b"\r\n", b"\n"))
    (near / "Neu/cur").mkdir(parents=True)
    (near / "Neu/new").mkdir()
    (near / "Neu/tmp").mkdir()
    world.mail("Archive").append(MESSAGE, ["\\Flagged"])
    age(near)
    world.run(*command)
    assert [(each.uid, each.flags) for each in world.mail("INBOX").messages] == [(1, {"\\Seen"})]
    (sent,) = world.mail("Sent").messages
    assert sent.content.endswith(MESSAGE.partition(b"\r\n")[2]) and sent.flags == {"\\Seen"}
    assert world.mail("Neu").messages == []
    archived = only(near, "Archive/*/*")
    assert archived.name.endswith(":2,F")
    assert b"Subject: from a client\n" in archived.read_bytes()

    age(near)
    before = len(world.mailbox.evidence.connections)
    world.run(*command)  # nothing is left to do
    world.assert_logged_in(*[mechanism] * 3, service="imap")
    last = world.mailbox.evidence.connections[before].lines()
    assert not [entry for entry in last if " STORE " in entry.text or " APPEND " in entry.text]


def test_elsewhere(tool: Callable[[str], str], elsewhere: World) -> None:
    elsewhere.run(tool("mbsync"), "-c", configuration(elsewhere, "*"), "all")
    elsewhere.assert_logged_in_once(service="imap")
    assert len(list((elsewhere.folder / "mail/INBOX/new").iterdir())) == 2
