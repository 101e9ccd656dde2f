"""Thunderbird's habits, as its logs show them; `python -m tests.thunderbird` runs the real one.

IMAP: Thunderbird 52.4 against Dovecot (a capture of the contest Nuit du Hack 2018, "Kebab STO"),
115.7 (github.com/stalwartlabs/stalwart/issues/234), 68.2 (BenchmarkIMAPThunderbird of Proton's
bridge), and, without SASL and namespaces, github.com/andris9/hoodiecrow/issues/18.
Where the server knows LIST-EXTENDED it takes the place of LSUB (Mozilla's bug 495318).
SMTP: EHLO with an address, AUTH PLAIN with an initial response, BODY and SIZE behind the sender.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from fakeservers.dialects.dialect import dialect_names
from tests.clients.dialogue import MAIL, PLAIN, Imap, Smtp
from tests.clients.world import ACCOUNT, MESSAGE, WELCOMES, World

HEADERS = (
    "From To Cc Bcc Subject Date Message-ID Priority X-Priority References Newsgroups "
    "In-Reply-To Content-Type Reply-To"
)
INBOX = re.compile(r' "?INBOX"?$', re.IGNORECASE)
APPENDED = MESSAGE.decode()
SIZE = f"SIZE={len(MAIL.encode())}"


def log_in(world: World, imap: Imap) -> None:
    if not imap.knows_capabilities:
        imap.say("capability")
    if world.starttls:
        imap.say("STARTTLS")
        imap.begin_tls()
        imap.say("capability")
    if not imap.offers("AUTH=PLAIN"):
        imap.say(f'login "{ACCOUNT.login}" "{ACCOUNT.password}"')
    elif imap.offers("SASL-IR"):
        imap.say(f"authenticate PLAIN {PLAIN}")
    else:
        imap.say("authenticate PLAIN", PLAIN)


def look_round(world: World, imap: Imap) -> None:
    """What there is: after each log-in, and once for the account."""
    imap.say("capability")
    if imap.offers("ID"):
        imap.say('ID ("name" "Thunderbird" "version" "115.7.0")')
    if imap.offers("ENABLE"):
        imap.say("ENABLE UTF8=ACCEPT")
    if imap.offers("NAMESPACE"):
        imap.say("namespace")
    subscribed = (
        'list (subscribed) "" "*" return (special-use)'
        if imap.offers("LIST-EXTENDED") and imap.offers("SPECIAL-USE")
        else 'lsub "" "*"'
    )
    assert any(INBOX.search(line) for line in imap.say(subscribed))
    assert any(INBOX.search(line) for line in imap.say('list "" "%"'))
    imap.say('list "" "INBOX"')
    templates = world.path("Templates")
    imap.say(f'create "{templates}"')
    imap.say(f'subscribe "{templates}"')


def synchronise(imap: Imap) -> None:
    imap.say('select "INBOX" (CONDSTORE)' if imap.offers("CONDSTORE") else 'select "INBOX"')
    if imap.offers("QUOTA"):
        imap.say('getquotaroot "INBOX"')
    assert len(imap.say("UID fetch 1:* (FLAGS)")) == 3
    items = f"UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ({HEADERS})]"
    first, second, _ = imap.say(f"UID fetch 1:2 ({items})")
    assert f"Subject: {WELCOMES[0]}\r\n" in first and f"Subject: {WELCOMES[1]}\r\n" in second
    whole, _ = imap.say("UID fetch 1 (UID RFC822.SIZE BODY.PEEK[])")
    assert "\r\n\r\nYour mailbox is ready.\r\n" in whole
    imap.say("UID store 1 +Flags (\\Seen)")


def wait_for_mail(world: World, imap: Imap) -> None:
    if not imap.offers("IDLE"):
        world.deliver(MESSAGE)
        assert "* 3 EXISTS" in imap.say("noop")
        return
    assert imap.begin("IDLE").startswith("+")
    world.deliver(MESSAGE)
    assert imap.line() == "* 3 EXISTS"
    imap.send("DONE")
    imap.end(imap.line())
    imap.say("noop")
    arrived, _ = imap.say("UID fetch 3:* (FLAGS)")
    assert "UID 3" in arrived


def tidy(world: World, imap: Imap) -> None:
    sent, trash = world.path("Sent"), world.path("Trash")
    if imap.offers("LITERAL+"):
        imap.say(f'append "{sent}" (\\Seen) {{{len(APPENDED)}+}}\r\n{APPENDED}')
    else:
        imap.say(f'append "{sent}" (\\Seen) {{{len(APPENDED)}}}', APPENDED)
    if imap.offers("MOVE"):
        imap.say(f'uid move 2 "{trash}"')
    else:
        imap.say(f'uid copy 2 "{trash}"')
        imap.say("uid store 2 +Flags (\\Deleted \\Seen)")
    imap.say("close")
    imap.say(f'select "{sent}"')
    imap.say("logout")


def read_mail(world: World) -> None:
    with Imap(world) as imap:
        log_in(world, imap)
        look_round(world, imap)
        synchronise(imap)
        wait_for_mail(world, imap)
        tidy(world, imap)
    (login,) = world.settled_logins()
    assert (login.tls, login.outcome) == (world.security != "cleartext", "accepted")
    assert [each.uid for each in world.mail("INBOX").messages] == [1, 3]
    assert world.mail("INBOX").messages[0].flags == {"\\Seen"}
    assert [each.content for each in world.mail("Sent").messages] == [MESSAGE]
    assert len(world.mail("Trash").messages) == 1
    assert world.path("Templates") in world.mailbox.accounts.account.subscriptions


def test_mail_is_read(world: World) -> None:
    read_mail(world)


@pytest.mark.parametrize("dialect", dialect_names())
def test_mail_is_read_in_each_dialect(open_world: Callable[..., World], dialect: str) -> None:
    read_mail(open_world("implicit-tls", dialect=dialect))


def send_mail(world: World) -> None:
    with Smtp(world, "[127.0.0.1]") as smtp:
        mechanism = "PLAIN" if "PLAIN" in smtp.mechanisms else "LOGIN"
        if mechanism == "PLAIN":
            smtp.say(f"AUTH PLAIN {PLAIN}", "235")
        else:
            smtp.log_in_with_login()
        smtp.send_mail(parameters=smtp.parameters({"8BITMIME": "BODY=8BITMIME", "SIZE": SIZE}))
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_mail_is_sent(world: World) -> None:
    send_mail(world)


@pytest.mark.parametrize("dialect", dialect_names())
def test_mail_is_sent_in_each_dialect(open_world: Callable[..., World], dialect: str) -> None:
    send_mail(open_world("implicit-tls", dialect=dialect))
