"""Mail::IMAPClient, for Perl."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.world import ACCOUNT, WELCOMES, World

SCRIPT = str(Path(__file__).with_name("mail_imapclient.pl"))


@pytest.fixture
def mail_imapclient(perl: Callable[..., str]) -> Callable[..., str]:
    """Runs the script, with this mechanism."""

    def run(world: World, mechanism: str, fails: bool = False) -> str:
        return world.run(
            perl("Mail::IMAPClient", "IO::Socket::SSL", "Digest::HMAC_MD5"),
            SCRIPT,
            *(world.host, str(world.imap), world.security, world.ca_file, ACCOUNT.login),
            ACCOUNT.token if mechanism == "XOAUTH2" else ACCOUNT.password,
            mechanism,
            world.path(""),
            fails=fails,
        )

    return run


def test_an_impostor_is_told_nothing(mail_imapclient: Callable[..., str], impostor: World) -> None:
    mail_imapclient(impostor, "LOGIN", fails=True)
    impostor.assert_told_nothing()


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN", "CRAM-MD5", "XOAUTH2"])
def test_all_in_turn(mail_imapclient: Callable[..., str], world: World, mechanism: str) -> None:
    told = mail_imapclient(world, mechanism)
    assert told.splitlines() == [
        "Archive,Drafts,INBOX,Junk,Sent,Trash",
        ",".join(WELCOMES),
        "3",
        "x",
        "1",
    ]
    world.assert_logged_in(mechanism, service="imap")
    inbox = [(each.uid, each.flags) for each in world.mail("INBOX").messages]
    assert inbox == [(1, {"\\Seen"}), (3, {"\\Flagged", "\\Seen"})]
    assert [len(world.mail(name).messages) for name in ("Archive", "Trash")] == [1, 1]
    assert world.mail("Plans").messages == []


def test_elsewhere(mail_imapclient: Callable[..., str], elsewhere: World) -> None:
    mail_imapclient(elsewhere, "LOGIN")
    elsewhere.assert_logged_in_once(service="imap")
    assert elsewhere.mail("Plans").messages == []
