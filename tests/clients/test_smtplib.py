"""smtplib of the standard library."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.clients.world import ACCOUNT, RUN_S, World, outgoing


def connect(world: World) -> smtplib.SMTP:
    if world.implicit:
        context = world.context()
        return smtplib.SMTP_SSL(world.host, world.smtp, context=context, timeout=RUN_S)
    smtp = smtplib.SMTP(world.host, world.smtp, timeout=RUN_S)
    if world.starttls:
        smtp.starttls(context=world.context())
    return smtp


def send(world: World, mechanism: str, mail: EmailMessage) -> None:
    with connect(world) as smtp:
        smtp.ehlo()
        smtp.user, smtp.password = ACCOUNT.login, ACCOUNT.password
        if mechanism == "XOAUTH2":
            token = f"user={ACCOUNT.login}\x01auth=Bearer {ACCOUNT.token}\x01\x01"
            smtp.auth("XOAUTH2", lambda challenge=None: token)
        else:
            respond = getattr(smtp, f"auth_{mechanism.lower().replace('-', '_')}")
            smtp.auth(mechanism, respond)
        assert smtp.send_message(mail) == {}


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_send(world: World, mechanism: str) -> None:
    send(world, mechanism, outgoing())
    world.assert_logged_in(mechanism, service="smtp")
    world.assert_sent()


def test_an_impostor_is_told_nothing(impostor: World) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(impostor)
    impostor.assert_told_nothing()


def test_no_log_in_is_wanted(open_world: Callable[..., World]) -> None:
    world = open_world("starttls", authentication="not-required")
    with connect(world) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("AUTH")
        assert smtp.send_message(outgoing()) == {}
    assert world.settled_logins() == []
    world.assert_sent()
