"""Outlook's habits, as logs of servers show them: it cannot be run here.

IMAP: BenchmarkIMAPOutlook of Proton's bridge and github.com/ProtonMail/proton-bridge/issues/185
(messages are fetched whole, EXPUNGE without CLOSE); Office 365, which fetches for the new Outlook,
in github.com/modern-email/defects/issues/49 (ID comes before the log-in, FETCH goes by message
number). SMTP: AUTH LOGIN, and a space before the address, which RFC 5321 does not permit
(github.com/modern-email/defects/issues/14).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakeservers.dialects.dialect import dialect_names
from tests.clients.dialogue import PLAIN, Imap, Smtp
from tests.clients.world import ACCOUNT, MESSAGE, WELCOMES, World

APPENDED = MESSAGE.decode()
OFFICE_365 = (
    '"name" "Microsoft Office 365" "version" "15.20.9160.4" "vendor" "Microsoft Corporation" '
    '"support-url" "https://support.microsoft.com/"'
)


def secured(world: World) -> Imap:
    imap = Imap(world)
    imap.say("CAPABILITY")
    if world.starttls:
        imap.say("STARTTLS")
        imap.begin_tls()
        imap.say("CAPABILITY")
    return imap


def read_mail(world: World) -> None:
    with secured(world) as imap:
        imap.say(f'LOGIN "{ACCOUNT.login}" "{ACCOUNT.password}"')
        imap.say("CAPABILITY")
        imap.say('LIST "" "*"')
        imap.say('LSUB "" "*"')
        imap.say('SELECT "INBOX"')
        assert imap.say("UID SEARCH 1:* SINCE 01-Sep-2019")[0] == "* SEARCH 1 2"
        assert len(imap.say("UID FETCH 1:* (UID FLAGS)")) == 3
        items = "UID FLAGS RFC822.SIZE BODY.PEEK[] INTERNALDATE"
        fetched = imap.say(f"UID FETCH 1:2 ({items})")
        assert [subject in line for subject, line in zip(WELCOMES, fetched, strict=False)] == [
            True,
            True,
        ]
        imap.say("UID STORE 1 +FLAGS (\\Seen)")
        imap.say("UID STORE 2 +FLAGS (\\Deleted)")
        assert "* 2 EXPUNGE" in imap.say("EXPUNGE")
        sent = world.path("Sent")
        imap.say(f'APPEND "{sent}" (\\Seen) {{{len(APPENDED)}}}', APPENDED)
        imap.say("NOOP")
        imap.say("LOGOUT")
    world.assert_logged_in("LOGIN", service="imap")
    assert [(each.uid, each.flags) for each in world.mail("INBOX").messages] == [(1, {"\\Seen"})]
    assert [each.content for each in world.mail("Sent").messages] == [MESSAGE]


def test_mail_is_read(world: World) -> None:
    read_mail(world)


@pytest.mark.parametrize("dialect", dialect_names())
def test_mail_is_read_in_each_dialect(open_world: Callable[..., World], dialect: str) -> None:
    read_mail(open_world("implicit-tls", dialect=dialect))


def test_office_365_fetches_mail(world: World) -> None:
    with secured(world) as imap:
        imap.say(f"ID ({OFFICE_365})")
        imap.say(f"AUTHENTICATE PLAIN {PLAIN}")
        imap.say("CAPABILITY")
        imap.say("SELECT INBOX")
        assert len(imap.say("FETCH 1:* (UID FLAGS)")) == 3
        imap.say("LOGOUT")
    world.assert_logged_in("PLAIN", service="imap")


def send_mail(world: World) -> None:
    with Smtp(world, "DESKTOP-7Q2VK8L") as smtp:
        smtp.log_in_with_login()
        smtp.send_mail(space=" ")
    world.assert_logged_in("LOGIN", service="smtp")
    world.assert_sent()


def test_mail_is_sent(world: World) -> None:
    send_mail(world)
