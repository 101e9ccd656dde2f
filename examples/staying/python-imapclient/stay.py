"""IMAPClient, as its documentation has it: IDLE, looked at every 30 seconds, begun anew as it
advises ("Users are advised to renew the IDLE command every 10 minutes"). It "does not handle
low-level socket errors": the program ends by them, and is started again. It renews no tokens:
where one is refused, it is given a new one, once, as the connector of checks does."""

import ssl
import sys
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from states import (
    Failed,
    failing,
    imap_login_error,
    imap_token_error,
    say,
    settings,
    trusted,
    user,
)
from tokens import Tokens, mechanism_of, with_token


def main():
    asked = settings()
    try:
        watch(asked)
    except Failed as failed:
        failing(failed.error, failed.native)
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
    stay(let_in_by_token(asked) if asked["oauth2"] else let_in(asked), asked["pace"])


def let_in(asked):
    server = connected(asked)
    server.login(user(asked), asked["password"])
    return server


def let_in_by_token(asked):
    """The connection on which a token was accepted."""
    servers = []

    def log_in(token):
        server = connected(asked)
        servers.append(server)
        offered = [each.decode().upper().removeprefix("AUTH=") for each in server.capabilities()]
        bearer = mechanism_of(offered) == "OAUTHBEARER"
        by = server.oauthbearer_login if bearer else server.oauth2_login
        try:
            by(user(asked), token)
        except LoginError as error:
            raise Failed(imap_token_error(str(error)), error) from error

    with_token(Tokens(asked), log_in)
    return servers[-1]


def connected(asked):
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
    return server


def stay(server, pace):
    server.select_folder("INBOX")
    take_in(server)
    say("connected")
    while True:
        idle(server, pace)
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
