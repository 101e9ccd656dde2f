"""imap-tools."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable

import imap_tools
import pytest

from tests.clients.world import ACCOUNT, MESSAGE, RUN_S, WELCOMES, World


def connect(world: World) -> imap_tools.BaseMailBox:
    if world.implicit:
        return imap_tools.MailBox(
            world.host, world.imap, timeout=RUN_S, ssl_context=world.context()
        )
    if world.starttls:
        return imap_tools.MailBoxStartTls(
            world.host, world.imap, timeout=RUN_S, ssl_context=world.context()
        )
    return imap_tools.MailBoxUnencrypted(world.host, world.imap, timeout=RUN_S)


def test_all_in_turn(world: World) -> None:
    with connect(world).login(ACCOUNT.login, ACCOUNT.password) as box:
        assert {"INBOX", "Sent"} <= {folder.name for folder in box.folder.list()}
        assert box.folder.status("INBOX")["MESSAGES"] == 2
        assert [mail.subject for mail in box.fetch(mark_seen=False)] == list(WELCOMES)
        assert [mail.subject for mail in box.fetch(imap_tools.AND(subject="program"))] == [
            WELCOMES[1]
        ]
        box.append(MESSAGE, "Sent", flag_set=[imap_tools.MailMessageFlags.SEEN])
        box.flag("1", imap_tools.MailMessageFlags.FLAGGED, True)
        box.copy("1", "Archive")
        box.move("2", "Trash")
        box.folder.create("Projects/2026")
        box.folder.rename("Projects/2026", "Projects/2027")
        box.folder.set("Sent")
        assert [mail.flags for mail in box.fetch()] == [("\\Seen", "\\Recent")]
        box.delete(box.uids())
    world.assert_logged_in("LOGIN", service="imap")
    assert [each.flags for each in world.mail("INBOX").messages] == [{"\\Flagged"}]
    assert [len(world.mail(name).messages) for name in ("Archive", "Trash", "Sent")] == [1, 1, 0]
    assert world.mail("Projects/2027").messages == []


def test_xoauth2(world: World) -> None:
    with connect(world).xoauth2(ACCOUNT.login, ACCOUNT.token) as box:
        assert len(box.uids()) == 2
    world.assert_logged_in("XOAUTH2", service="imap")


@pytest.mark.parametrize("dialect", ["gmail", "outlook"])
def test_a_token_that_is_refused(open_world: Callable[..., World], dialect: str) -> None:
    world = open_world("implicit-tls", dialect=dialect)
    box = connect(world)
    with pytest.raises(imaplib.IMAP4.error, match=r"Invalid credentials|AUTHENTICATE failed"):
        box.xoauth2(ACCOUNT.login, f"{ACCOUNT.token}.expired")
    box.client.shutdown()
    [login] = world.mailbox.evidence.logins
    assert (login.password, login.outcome) == ("token-expired", "refused")


def test_idle(world: World) -> None:
    with connect(world).login(ACCOUNT.login, ACCOUNT.password) as box:
        box.idle.start()
        world.deliver(MESSAGE)
        told = box.idle.poll(timeout=RUN_S)
        box.idle.stop()
    assert told == [b"* 3 EXISTS", b"* 3 RECENT"]
    world.assert_logged_in("LOGIN", service="imap")


def test_an_impostor_is_told_nothing(impostor: World) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(impostor)
    impostor.assert_told_nothing()
