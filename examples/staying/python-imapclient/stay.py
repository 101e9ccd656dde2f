"""IMAPClient, as its documentation has it: IDLE, looked at every 30 seconds, begun anew as it
advises ("Users are advised to renew the IDLE command every 10 minutes"). It "does not handle
low-level socket errors": the program ends by them, and is started again."""

import ssl
import sys
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from states import failing, imap_login_error, say, settings, trusted, user


def main():
    asked = settings()
    try:
        watch(asked)
    except LoginError as error:
        failing(imap_login_error(str(error)), error)
    except ssl.SSLCertVerificationError as error:
        failing("unauthorized-untrusted-certificate", error)
    except (OSError, IMAPClientAbortError) as error:
        failing("imap-settings-incorrect", error)
    except IMAPClientError as error:
        failing("imap-confirmation-error", error)
    sys.exit(1)


def watch(asked):
    wait_s, imap = asked["timeout_s"], asked["imap"]
    server = IMAPClient(
        imap["host"],
        port=imap["port"],
        ssl=imap["security"] == "implicit-tls",
        ssl_context=trusted(asked),
        timeout=SocketTimeout(connect=wait_s, read=wait_s),
    )
    if imap["security"] == "starttls":
        server.starttls(trusted(asked))
    server.login(user(asked), asked["password"])
    server.select_folder("INBOX")
    take_in(server)
    say("connected")
    while True:
        idle(server, asked["pace"])
        take_in(server)


def idle(server, pace):
    """Until something comes, or it is time to begin anew."""
    server.idle()
    until = time.monotonic() + pace["idle_s"]
    while (left_s := until - time.monotonic()) > 0:
        if server.idle_check(timeout=min(left_s, pace["poll_s"])):
            break
    server.idle_done()


def take_in(server):
    """The messages that nobody has seen; from then on they are seen."""
    unseen = server.search("UNSEEN")
    if not unseen:
        return
    taken = server.fetch(unseen, ["RFC822.HEADER"])
    server.add_flags(unseen, [rb"\Seen"])
    for content in taken.values():
        headers = BytesHeaderParser().parsebytes(content[b"RFC822.HEADER"])
        say("message", message_id=headers["Message-ID"].strip())


main()
