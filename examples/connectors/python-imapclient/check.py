"""A mailbox check by IMAPClient, and smtplib for the sending."""

import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from answers import Failed, imap_confirmation_error, imap_login_error, imap_token_error, serve
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError
from sending import check_smtp, tls_context
from tokens import Tokens, mechanism_of, with_token


def check(settings):
    tokens = Tokens(settings) if settings["oauth2"] else None
    if tokens:
        tokens.current()
    with connect(settings) as imap:  # logs out at the end
        secure(imap, settings)
        if tokens:
            with_token(tokens, lambda token: log_in_with_token(imap, settings, token))
        else:
            log_in(imap, settings)
        try:
            imap.select_folder("INBOX")
        except (IMAPClientError, OSError) as error:
            raise Failed(imap_confirmation_error(str(error)), error) from error
    check_smtp(settings, tokens)


def connect(settings):
    """IMAPClient cannot be told an address to connect from."""
    server = settings["imap"]
    implicit = server["security"] == "implicit-tls"
    context = tls_context(settings) if implicit else None
    options = {"ssl": implicit, "ssl_context": context, "timeout": settings["timeout_s"]}
    try:
        return IMAPClient(server["host"], server["port"], **options)
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from error
    except (IMAPClientAbortError, OSError) as error:
        raise Failed("imap-settings-incorrect", error) from error
    except IMAPClientError as error:
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
    except (IMAPClientError, OSError) as error:
        raise Failed("imap-settings-incorrect", error) from error


def log_in(imap, settings):
    try:
        imap.login(settings["username"] or settings["email"], settings["password"])
    except LoginError as error:  # also when the connection was lost
        raise Failed(imap_login_error(str(error)), error) from error
    except (IMAPClientError, OSError, UnicodeError) as error:
        raise Failed("imap-authentication-error", error) from error


def log_in_with_token(imap, settings, token):
    user = settings["username"] or settings["email"]
    try:
        offered = [each.decode().upper().removeprefix("AUTH=") for each in imap.capabilities()]
        if mechanism_of(offered) == "XOAUTH2":
            imap.oauth2_login(user, token)
        else:
            imap.oauthbearer_login(user, token)
    except LoginError as error:
        raise Failed(imap_token_error(str(error)), error) from error
    except (IMAPClientError, OSError) as error:
        raise Failed("imap-authentication-error", error) from error


serve(check)
