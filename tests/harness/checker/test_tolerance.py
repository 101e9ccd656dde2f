"""Servers that are odd, and work all the same."""

import pytest

from tests.harness.checker.conftest import imap_script

LOWER = {
    "CAPABILITY": b"* capability imap4rev1 auth=plain\r\nTAG ok done\r\n",
    "AUTHENTICATE": b"TAG Ok in\r\n",
    "LOGIN": b"TAG ok in\r\n",
    "SELECT": b"* 0 exists\r\n* flags ()\r\n* ok [uidvalidity 1] x\r\nTAG ok [read-write] done\r\n",
    "LOGOUT": b"* bye bye\r\nTAG ok done\r\n",
}


def test_keywords_in_lower_case(checked):
    """RFC 9051 section 9: all alphabetic characters are case-insensitive."""
    assert checked(imap_script(b"* ok ready\r\n", capabilities=b"", **LOWER)).error == "connected"


def test_a_refusal_in_lower_case(checked):
    script = imap_script(LOGIN=b"TAG no wrong\r\n", AUTHENTICATE=b"TAG no wrong\r\n")
    assert checked(script).stage == "imap-login"


@pytest.mark.parametrize("greeting", [b"* OK ready\n", b"* PREAUTH ready\n", b"* ok ready\n"])
def test_lines_that_end_without_carriage_return(checked, greeting):
    """As programs behind inetd print them that take their lines from a shell."""
    script = imap_script(greeting, CAPABILITY=b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\nTAG OK done\n")
    assert checked(script).error == "connected"


def test_a_server_that_does_not_know_capability(checked):
    script = imap_script(b"* OK ready\r\n", CAPABILITY=b"TAG BAD unknown command\r\n")
    assert checked(script).error == "connected"
    commands = checked.imap.commands()
    assert commands.count("CAPABILITY") == 1 and "LOGIN" in commands


def test_it_may_still_refuse_to_begin_tls(checked):
    script = imap_script(
        b"* OK ready\r\n",
        CAPABILITY=b"TAG BAD unknown command\r\n",
        STARTTLS=b"TAG BAD unknown command\r\n",
    )
    diagnosis = checked(script, imap_typed={"security": "starttls"})
    assert diagnosis.stage == "imap-starttls" and "LOGIN" not in checked.imap.commands()


def test_a_server_that_refuses_capability_is_not_passed_over(checked):
    script = imap_script(b"* OK ready\r\n", CAPABILITY=b"TAG NO [UNAVAILABLE] later\r\n")
    assert checked(script).error != "connected"
