"""Whether the password may be asked for: only where the server's words blame what was typed.

Variants of what servers say, labelled before the rules were looked at. The code beside the words is
the same in both lists: it is the usual one for every refusal.
"""

import pytest

from harness.classify import explain

CLEARED = [
    "a1 NO Password correct, user not found in group imap-users",
    "a1 NO User authenticated but account error 5 in storage",
    "a1 NO Cannot verify credentials: invalid certificate of LDAP server",
    "a1 NO [AUTHENTICATIONFAILED] Token has been expired or revoked",
    "a1 NO [AUTHENTICATIONFAILED] Credentials are valid, mailbox is in migration",
    "a1 NO [AUTHENTICATIONFAILED] Authentication backend is down",
    "a1 NO [AUTHENTICATIONFAILED] LDAP bind failed: server certificate invalid",
    "a1 NO [AUTHENTICATIONFAILED] could not connect to saslauthd",
    "a1 NO Login failed: unable to contact the authentication database",
    "a1 NO Invalid token supplied",
    "a1 NO The security certificate of the directory is not valid",
    "a1 NO Password accepted, but the license does not include IMAP",
    "a1 NO Login failed: radius timeout",
    "a1 NO Authentication successful, mailbox cannot be opened",
    "a1 NO The account is valid, the maildrop is locked by another session",
    "a1 NO Le mot de passe est correct, mais le service IMAP est suspendu",
    "a1 NO Passwort ok, aber das Postfach wird gerade umgezogen",
    "535 5.7.8 SMTP was disabled from the control panel by its user",
    "535 5.7.8 Your user is not valid for SMTP",
    "535 5.7.8 password ok, second factor missing",
    "535 5.7.8 Error: authentication failed: database connection lost",
    "535 5.7.8 The migration of your mailbox is not complete, wait",
    "535 5.7.8 Your session was invalidated, log in again",
    "535 5.7.8 Password verified but two-step verification is pending",
    "535 5.7.8 Your account was suspended by administrator",
    "535 5.7.8 authentication failed: can't connect to the directory server",
    "535 5.7.8 Authentication failed: internal error, code 17",
    "535 5.7.8 Mailbox user is not enabled for this protocol",
    "535 5.7.8 Unable to check password: LDAP server is down",
    "535 5.7.0 (#AUTH005) Too many bad auth attempts.",
    "535 5.7.8 Access token is invalid",
    "535 5.7.8 Login ok, but you are not a member of the smtp group",
    "535 5.7.8 Authentication is not possible from your country",
    "535 5.7.8 Failed to verify the password: backend timeout",
]
BLAMED = [
    "a1 NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    "a1 no [authenticationfailed] Invalid credentials",
    "a1 NO Login failed: authentication failure",
    "a1 NO [AUTHENTICATIONFAILED] Authentication failed.",
    "a1 NO LOGIN failed. Invalid user name or password",
    "a1 NO The password is not correct",
    "a1 NO [AUTHENTICATIONFAILED] wrong password or not accepted username",
    "a1 NO Mot de passe incorrect",
    "a1 NO Benutzername oder Passwort ist falsch",
    "535 5.7.8 Username and Password not accepted",
    "535 5.7.3 Authentication unsuccessful",
    "535 Incorrect authentication data",
    "535 5.7.8 Error: authentication failed: authentication failure",
    "535 5.7.8 Your username or password is not valid",
    "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.",
    "535 Usuario o clave incorrectos",
]


def asked(line):
    protocol = "smtp" if line[0].isdecimal() else "imap"
    return explain(protocol, f"{protocol}-login", line).ask_password


@pytest.mark.parametrize("line", CLEARED)
def test_what_clears_the_credentials_asks_for_no_password(line):
    assert not asked(line)


@pytest.mark.parametrize("line", BLAMED)
def test_what_blames_them_does(line):
    assert asked(line)


def test_a_status_is_read_in_any_case_but_a_word_of_a_sentence_is_none():
    assert explain("imap", "imap-login", "* bye too many connections").cause == (
        explain("imap", "imap-login", "* BYE too many connections").cause
    )
    assert explain("imap", "imap-login", "Password no longer valid").ask_password


def test_a_name_that_is_not_found_backwards_is_temporary_where_the_code_says_so():
    """RFC 7372 section 3.3 has 4.7.25 and 5.7.25."""
    passing = explain("smtp", "smtp-rcpt", "451 4.7.25 Client host rejected: cannot find hostname")
    assert passing.retryable
