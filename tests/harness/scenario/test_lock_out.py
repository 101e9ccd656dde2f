"""Whoever repeats a wrong password is locked out, with the right one, too."""

from __future__ import annotations

import imaplib
import ssl

import pytest

import badinbox


def _log_in(mailbox: badinbox.Mailbox, password: str) -> None:
    server, context = mailbox.settings.imap, ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context) as client:
        client.login(mailbox.settings.username or mailbox.settings.email, password)


@pytest.mark.parametrize(("tries", "locked"), [(2, False), (3, True)])
def test_the_right_password_after_wrong_ones(tries: int, locked: bool) -> None:
    (scenario,) = badinbox.load_scenarios("unauthorized/locked-out-by-retries")
    with badinbox.mailbox(scenario) as mailbox:
        for _ in range(tries):
            with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
                _log_in(mailbox, mailbox.settings.password)
        if locked:
            with pytest.raises(imaplib.IMAP4.error, match="lock"):
                _log_in(mailbox, scenario.facts.account.password)
        else:
            _log_in(mailbox, scenario.facts.account.password)
