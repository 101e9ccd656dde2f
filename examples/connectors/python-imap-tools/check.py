"""A mailbox check by imap_tools, and smtplib for the sending."""

import contextlib
import imaplib
import ssl
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from answers import Failed, imap_login_error, serve
from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from sending import check_smtp, tls_context


def check(settings):
    mailbox = connect(settings)
    try:
        log_in(mailbox, settings)
    finally:
        with contextlib.suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            mailbox.logout()
    check_smtp(settings)


def connect(settings):
    """imap_tools cannot be told an address to connect from."""
    server = settings["imap"]
    where = {"host": server["host"], "port": server["port"], "timeout": settings["timeout_s"]}
    try:
        if server["security"] == "implicit-tls":
            return MailBox(**where, ssl_context=tls_context(settings))
        if server["security"] == "starttls":
            return MailBoxStartTls(**where, ssl_context=tls_context(settings))
        return MailBoxUnencrypted(**where)
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from error
    except (ImapToolsError, imaplib.IMAP4.abort, OSError) as error:
        raise Failed("imap-settings-incorrect", error) from error
    except imaplib.IMAP4.error as error:
        refused = "BYE" in str(error)  # an IMAP server that does not want us
        name = "imap-confirmation-error" if refused else "imap-settings-incorrect"
        raise Failed(name, error) from error


def log_in(mailbox, settings):
    """Log in and select the INBOX, which is one step in imap_tools."""
    try:
        mailbox.login(settings["username"] or settings["email"], settings["password"])
    except MailboxLoginError as error:
        raise Failed(imap_login_error(str(error)), error) from error
    except MailboxFolderSelectError as error:
        raise Failed("imap-confirmation-error", error) from error
    except (ImapToolsError, imaplib.IMAP4.error, OSError, UnicodeError) as error:
        logged_in = mailbox.client.state in ("AUTH", "SELECTED")
        name = "imap-confirmation-error" if logged_in else "imap-authentication-error"
        raise Failed(name, error) from error


serve(check)
