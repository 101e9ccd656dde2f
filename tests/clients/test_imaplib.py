"""imaplib of the standard library."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable

import pytest

from tests.clients.world import ACCOUNT, MESSAGE, RUN_S, World


def connect(world: World) -> imaplib.IMAP4:
    if world.implicit:
        return imaplib.IMAP4_SSL(world.host, world.imap, timeout=RUN_S, ssl_context=world.context())
    imap = imaplib.IMAP4(world.host, world.imap, timeout=RUN_S)
    if world.starttls:
        imap.starttls(world.context())
    return imap


def test_all_in_turn(world: World) -> None:
    with connect(world) as imap:
        imap.login(ACCOUNT.login, ACCOUNT.password)
        assert b'() "/" "INBOX"' in imap.list()[1]
        assert imap.select()[1] == [b"2"]
        assert imap.append("INBOX", r"(\Seen)", None, MESSAGE)[0] == "OK"
        assert imap.search(None, "SEEN")[1] == [b"3"]
        fetched = imap.fetch("3", "(RFC822)")[1][0]
        assert fetched and fetched[1] == MESSAGE
        assert imap.store("3", "+FLAGS", r"(\Deleted)")[0] == "OK"
        assert imap.expunge()[1] == [b"3"]
        assert imap.status("Sent", "(MESSAGES)")[1] == [b'"Sent" (MESSAGES 0)']
    world.assert_logged_in("LOGIN", service="imap")
    assert len(world.mail("INBOX").messages) == 2


def bearer(token: str) -> bytes:
    return f"user={ACCOUNT.login}\1auth=Bearer {token}\1\1".encode()


def test_other_mechanisms(world: World) -> None:
    with connect(world) as imap:
        assert imap.login_cram_md5(ACCOUNT.login, ACCOUNT.password)[0] == "OK"
    with connect(world) as imap:
        assert imap.authenticate("XOAUTH2", lambda _: bearer(ACCOUNT.token))[0] == "OK"
    world.assert_logged_in("CRAM-MD5", "XOAUTH2", service="imap")


def test_a_token_is_refused_in_two_steps(open_world: Callable[..., World]) -> None:
    world, challenges = open_world(), []

    def answer(challenge: bytes) -> bytes:
        challenges.append(challenge)
        return b"" if len(challenges) > 1 else bearer("expired")

    with connect(world) as imap, pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        imap.authenticate("XOAUTH2", answer)
    assert [b"401" in challenge for challenge in challenges] == [False, True]
    logins = world.settled_logins(refused=["NO [AUTHENTICATIONFAILED] Authentication failed"])
    assert [each.outcome for each in logins] == ["refused"]


def test_an_impostor_is_told_nothing(impostor: World) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(impostor)
    impostor.assert_told_nothing()
