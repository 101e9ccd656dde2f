"""What the five have in common: the steps of a check, and what each failure of them means.

Each answers a line of settings with a line, as with `--connector 'jsonl:python3 FILE'`.
"""

from __future__ import annotations

import imaplib
import json
import smtplib
import ssl
import sys
from collections.abc import Callable
from typing import Any

Settings = dict[str, Any]
TIMEOUT_S = 20.0


class Failed(Exception):
    """The check failed; the documented error, and what the server or the library said."""

    def __init__(self, error: str, message: object) -> None:
        super().__init__(error)
        self.error, self.message = error, str(message)


def context(asked: Settings) -> ssl.SSLContext:
    trusted = ssl.create_default_context(cafile=asked["ca_file"])
    if asked["allow_insecure_certificates"]:
        trusted.check_hostname, trusted.verify_mode = False, ssl.CERT_NONE
    return trusted


def refused(text: str, otherwise: str) -> Failed:
    """What a refused log-in means, by the words of the server."""
    words = text.lower()
    if "application-specific" in words or "app password" in words:
        return Failed("unauthorized-app-password-required", text)
    known = ("authenticationfailed", "invalid credentials", "bad username", "535", "not accepted")
    if any(word in words for word in known) and "disabled" not in words:
        return Failed("unauthorized", text)
    return Failed(otherwise, text)


def open_imap(asked: Settings) -> imaplib.IMAP4:
    """A connection, secured, with the greeting read."""
    server = asked["imap"]
    place, trusted = (server["host"], server["port"]), context(asked)
    try:
        if server["security"] == "implicit-tls":
            return imaplib.IMAP4_SSL(*place, ssl_context=trusted, timeout=TIMEOUT_S)
        imap = imaplib.IMAP4(*place, timeout=TIMEOUT_S)
        if server["security"] == "starttls":
            imap.starttls(trusted)
        return imap
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from None
    except imaplib.IMAP4.error as error:
        settings = "EOF" in str(error) or "STARTTLS" in str(error).upper()
        name = "imap-settings-incorrect" if settings else "imap-confirmation-error"
        raise Failed(name, error) from None
    except OSError as error:
        raise Failed("imap-settings-incorrect", error) from None


def log_in_imap(imap: imaplib.IMAP4, asked: Settings) -> None:
    """Log in and open the inbox."""
    try:
        imap.login(asked["username"] or asked["email"], asked["password"])
    except (imaplib.IMAP4.error, OSError) as error:
        raise refused(str(error), "imap-authentication-error") from None
    try:
        status, said = imap.select("INBOX", readonly=True)
    except (imaplib.IMAP4.error, OSError) as error:
        raise Failed("imap-confirmation-error", error) from None
    if status != "OK":
        raise Failed("imap-confirmation-error", said)


def open_smtp(asked: Settings) -> smtplib.SMTP:
    """A connection, secured and logged in."""
    server = asked["smtp"]
    place, trusted = (server["host"], server["port"]), context(asked)
    try:
        if server["security"] == "implicit-tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*place, context=trusted, timeout=TIMEOUT_S)
        else:
            smtp = smtplib.SMTP(*place, timeout=TIMEOUT_S)
            if server["security"] == "starttls":
                smtp.starttls(context=trusted)
        smtp.ehlo_or_helo_if_needed()
        smtp.user, smtp.password = asked["username"] or asked["email"], asked["password"]
        # One mechanism: `login` goes on to the next with a password that was refused.
        plain = "PLAIN" in smtp.esmtp_features.get("auth", "PLAIN")
        smtp.auth("PLAIN", smtp.auth_plain) if plain else smtp.auth("LOGIN", smtp.auth_login)
    except ssl.SSLCertVerificationError as error:
        raise Failed("unauthorized-untrusted-certificate", error) from None
    except smtplib.SMTPAuthenticationError as error:
        raise refused(
            f"{error.smtp_code} {error.smtp_error!r}", "smtp-settings-incorrect"
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise Failed("smtp-settings-incorrect", error) from None
    return smtp


def send(smtp: smtplib.SMTP, asked: Settings) -> None:
    """The test e-mail."""
    text = f"From: {asked['email']}\r\nTo: {asked['bcc_address']}\r\n\r\nIt works.\r\n"
    try:
        smtp.sendmail(asked["email"], [asked["bcc_address"]], text)
    except (smtplib.SMTPException, OSError) as error:
        raise Failed("test-email-failed", error) from None


def serve(check: Callable[[Settings], None], afterwards: Callable[[], None] = lambda: None) -> None:
    """Answer each line of settings; `check` raises `Failed`. `afterwards`: once it has answered."""
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"check": asked["check"], "error": "connected"}
        try:
            check(asked)
        except Failed as failed:
            answer |= {"error": failed.error, "message": failed.message}
        print(json.dumps(answer), flush=True)
        afterwards()
