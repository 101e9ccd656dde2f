"""A mailbox check by Python's own imaplib and smtplib."""

import contextlib
import imaplib
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from answers import Failed, imap_confirmation_error, imap_login_error, imap_token_error, serve
from sending import check_smtp, tls_context
from tokens import Tokens, answers_to, mechanism_of, with_token


def check(settings):
    tokens = Tokens(settings) if settings["oauth2"] else None
    if tokens:
        tokens.current()
    check_imap(settings, tokens)
    check_smtp(settings, tokens)


def check_imap(settings, tokens):
    imap = connect(settings)
    try:
        secure(imap, settings)
        if tokens:
            with_token(tokens, lambda token: log_in_with_token(imap, settings, token))
        else:
            log_in(imap, settings)
        select(imap)
    finally:
        log_out(imap)


def connect(settings):
    """imaplib cannot be told an address to connect from."""
    server = settings["imap"]
    options = {"timeout": settings["timeout_s"]}
    try:
        if server["security"] == "implicit-tls":
            context = tls_context(settings)
            return imaplib.IMAP4_SSL(server["host"], server["port"], ssl_context=context, **options)
        return imaplib.IMAP4(server["host"], server["port"], **options)
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from error
    except (imaplib.IMAP4.abort, OSError) as error:
        raise Failed("imap-settings-incorrect", error) from error
    except imaplib.IMAP4.error as error:
        refused = "BYE" in str(error)  # an IMAP server that does not want us
        name = "imap-confirmation-error" if refused else "imap-settings-incorrect"
        raise Failed(name, error) from error


def secure(imap, settings):
    if settings["imap"]["security"] != "starttls":
        return
    try:
        imap.starttls(tls_context(settings))
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from error
    except (imaplib.IMAP4.error, OSError) as error:
        raise Failed("imap-settings-incorrect", error) from error


def log_in(imap, settings):
    try:
        imap.login(settings["username"] or settings["email"], settings["password"])
    except (imaplib.IMAP4.abort, OSError, UnicodeError) as error:
        # The connection was lost, or the password has letters that imaplib cannot send.
        raise Failed("imap-authentication-error", error) from error
    except imaplib.IMAP4.error as error:
        raise Failed(imap_login_error(str(error)), error) from error


def log_in_with_token(imap, settings, token):
    offered = [each.removeprefix("AUTH=") for each in imap.capabilities]
    mechanism = mechanism_of(offered)
    answer = answers_to(mechanism, settings["username"] or settings["email"], token)
    try:
        imap.authenticate(mechanism, lambda challenge: answer(challenge).encode())
    except (imaplib.IMAP4.abort, OSError) as error:
        raise Failed("imap-authentication-error", error) from error
    except imaplib.IMAP4.error as error:
        raise Failed(imap_token_error(str(error)), error) from error


def select(imap):
    try:
        status, data = imap.select()
    except (imaplib.IMAP4.error, OSError) as error:
        raise Failed(imap_confirmation_error(str(error)), error) from error
    if status != "OK":
        raise Failed("imap-confirmation-error", data)


def log_out(imap):
    try:
        imap.logout()
    except (imaplib.IMAP4.error, OSError):
        with contextlib.suppress(OSError):
            imap.shutdown()


serve(check)
