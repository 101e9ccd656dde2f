"""IMAPClient."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import imapclient
import pytest

from tests.clients.test_smtplib import send
from tests.clients.world import ACCOUNT, MESSAGE, RUN_S, WELCOMES, World, outgoing


def connect(world: World) -> imapclient.IMAPClient:
    context = world.context() if world.implicit else None
    imap = imapclient.IMAPClient(
        world.host, world.imap, timeout=RUN_S, ssl=world.implicit, ssl_context=context
    )
    if world.starttls:
        imap.starttls(world.context())
    return imap


def test_all_in_turn(world: World) -> None:
    with connect(world) as imap:
        imap.login(ACCOUNT.login, ACCOUNT.password)
        assert imap.find_special_folder(imapclient.imapclient.SENT) == "Sent"
        imap.create_folder("Grüße/Ünter")
        assert "Grüße/Ünter" in [name for _, _, name in imap.list_folders()]
        assert imap.select_folder("INBOX")[b"EXISTS"] == 2
        imap.append("INBOX", MESSAGE)
        assert imap.search(["SUBJECT", "client"]) == [3]
        fetched = imap.fetch([1, 3], ["ENVELOPE", "BODYSTRUCTURE", "BODY[]", "INTERNALDATE"])
        assert fetched[3][b"BODY[]"] == MESSAGE
        assert fetched[1][b"ENVELOPE"].subject == WELCOMES[0].encode()
        imap.add_flags([3], [imapclient.DELETED])
        imap.uid_expunge([3])
        imap.copy([1], "Grüße/Ünter")
        imap.move([1], "Archive")
        assert imap.folder_status("Archive")[b"MESSAGES"] == 1
        imap.idle()
        assert imap.idle_check(timeout=0) == []
        assert imap.idle_done()[0] == b"IDLE completed"
        assert imap.namespace().personal == (("", "/"),)
        imap.unselect_folder()
        imap.logout()
    world.assert_logged_in("LOGIN", service="imap")
    held = {name: len(world.mail(name).messages) for name in ("INBOX", "Archive", "Grüße/Ünter")}
    assert held == {"INBOX": 1, "Archive": 1, "Grüße/Ünter": 1}


NAMES = ["INBOX", "[Gmail]", "[Gmail]/All Mail", "Spam"]
CONTENT = {
    "folders": ["[Gmail]/All Mail", {"name": "Spam", "special-use": "\\Junk", "subscribed": False}],
    "messages": [
        {"headers": {"Subject": "Grüße"}, "text": "Hallo\n", "flags": ["\\Seen", "$Own"]},
        {"folder": "Spam", "literal": "Subject: x\n\ny\n", "received": "2026-01-02T03:04:05Z"},
    ],
}


@pytest.mark.parametrize("dialect", ["plain", "courier"])
def test_what_a_scenario_puts_into_the_mailbox(
    open_world: Callable[..., World], dialect: str
) -> None:
    world = open_world("implicit-tls", CONTENT, dialect=dialect)
    with connect(world) as imap:
        imap.login(ACCOUNT.login, ACCOUNT.password)
        flags = {name: found for found, _, name in imap.list_folders()}
        names = [world.path(name.replace("/", world.delimiter)) for name in NAMES]
        assert set(flags) == set(names)
        assert [name for name in names if b"\\Noselect" in flags[name]] == [names[1]]
        assert names[3] not in [name for _, _, name in imap.list_sub_folders()]
        with pytest.raises(imapclient.exceptions.IMAPClientError):
            imap.select_folder(names[1])
        imap.select_folder("INBOX", readonly=True)
        [first] = imap.fetch(imap.search(), ["FLAGS", "BODY.PEEK[]"]).values()
        assert {b"\\Seen", b"$Own"} <= set(first[b"FLAGS"])
        assert "\r\nSubject: Grüße\r\n" in first[b"BODY[]"].decode()
        imap.select_folder(names[3])
        [second] = imap.fetch(imap.search(), ["INTERNALDATE", "BODY.PEEK[]"]).values()
        assert second[b"BODY[]"] == b"Subject: x\r\n\r\ny\r\n"
        assert second[b"INTERNALDATE"].year == 2026


def test_no_log_in_is_wanted(open_world: Callable[..., World]) -> None:
    world = open_world("implicit-tls", authentication="not-required")
    with connect(world) as imap:
        assert imap.select_folder("INBOX")[b"EXISTS"] == 2
    assert world.settled_logins() == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "XOAUTH2", "OAUTHBEARER"])
def test_other_mechanisms(world: World, mechanism: str) -> None:
    with connect(world) as imap:
        if mechanism == "PLAIN":
            imap.plain_login(ACCOUNT.login, ACCOUNT.password)
        elif mechanism == "XOAUTH2":
            imap.oauth2_login(ACCOUNT.login, ACCOUNT.token)
        else:
            imap.oauthbearer_login(ACCOUNT.login, ACCOUNT.token)
        imap.logout()
    world.assert_logged_in(mechanism, service="imap")


def test_what_is_sent_is_told_of_and_read(world: World) -> None:
    """smtplib sends to the account's own address while IMAPClient waits in IDLE."""
    mail = outgoing()
    mail.replace_header("To", ACCOUNT.address)
    with connect(world) as imap:
        imap.login(ACCOUNT.login, ACCOUNT.password)
        imap.select_folder("INBOX")
        imap.idle()
        send(world, "PLAIN", mail)
        assert (3, b"EXISTS") in imap.idle_check(timeout=RUN_S)
        imap.idle_done()
        body = imap.fetch([3], ["BODY[]"])[3][b"BODY[]"]
        assert body.endswith(b"the last line\r\n") and b"\r\nReceived: from " in body
        imap.logout()
    world.assert_logged_in("LOGIN", service="imap")
    world.assert_logged_in("PLAIN", service="smtp")


def test_an_impostor_is_told_nothing(impostor: World) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(impostor)
    impostor.assert_told_nothing()
