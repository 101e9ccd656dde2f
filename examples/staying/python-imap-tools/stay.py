"""imap-tools, the "reliable console notificator" of its examples/idle.py: what it catches, and that
it connects anew for ever after a wait that is always the same, are its own. It prints; here it says
states. Only its numbers are of the pace: 3 minutes of IDLE, a minute's wait."""

import imaplib
import socket
import ssl
import sys
import time
from pathlib import Path

from imap_tools import (
    A,
    MailBox,
    MailboxLoginError,
    MailboxLogoutError,
    MailBoxStartTls,
    MailBoxUnencrypted,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from states import failing, imap_login_error, say, settings, trusted, user

WAYS = {"implicit-tls": MailBox, "starttls": MailBoxStartTls, "cleartext": MailBoxUnencrypted}


def main():
    asked = settings()
    pace = asked["pace"]
    while True:
        connection_start_time = time.monotonic()
        connection_live_time = 0.0
        try:
            with opened(asked).login(user(asked), asked["password"], "INBOX") as mailbox:
                take_in(mailbox)
                say("connected")
                while connection_live_time < pace["idle_s"] * 10:
                    if mailbox.idle.wait(timeout=pace["idle_s"]):
                        take_in(mailbox)
                    connection_live_time = time.monotonic() - connection_start_time
        except (
            TimeoutError,
            ConnectionError,
            imaplib.IMAP4.abort,
            MailboxLoginError,
            MailboxLogoutError,
            socket.herror,
            socket.gaierror,
        ) as error:
            failing(meaning(error), error)
            time.sleep(pace["retry_longest_s"])


def opened(asked):
    imap = asked["imap"]
    more = {} if imap["security"] == "cleartext" else {"ssl_context": trusted(asked)}
    way = WAYS[imap["security"]]
    return way(imap["host"], port=imap["port"], timeout=asked["timeout_s"], **more)


def take_in(mailbox):
    for msg in mailbox.fetch(A(seen=False)):
        say("message", message_id=msg.headers["message-id"][0].strip())


def meaning(error):
    if isinstance(error, MailboxLoginError):
        return imap_login_error(str(error))
    return "imap-settings-incorrect"


def last_words(error):
    """Of what the example does not catch: the program ends by it."""
    untrusted = isinstance(error, ssl.SSLCertVerificationError)
    other = "imap-settings-incorrect" if isinstance(error, OSError) else "imap-confirmation-error"
    failing("unauthorized-untrusted-certificate" if untrusted else other, error)


try:
    main()
except Exception as error:
    last_words(error)
    raise
