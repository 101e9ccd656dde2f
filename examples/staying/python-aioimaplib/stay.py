"""aioimaplib, the IDLE loop of its README, which fetches the flags of all messages at each turn;
here it fetches those that nobody has seen. It knows no reconnecting: the program ends by what the
library raises, and is started again. A token that is refused is renewed, once."""

import asyncio
import re
import ssl
import sys
from email.parser import BytesHeaderParser
from pathlib import Path

from aioimaplib import aioimaplib

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
from tokens import Tokens


def main():
    asked = settings()
    try:
        asyncio.run(idle_loop(asked))
    except Failed as failed:
        failing(failed.error, failed.native)
    except ssl.SSLCertVerificationError as error:
        failing("unauthorized-untrusted-certificate", error)
    except (OSError, TimeoutError, aioimaplib.CommandTimeout) as error:
        failing("imap-settings-incorrect", error)
    except aioimaplib.AioImapException as error:
        failing("imap-confirmation-error", error)
    sys.exit(1)


async def idle_loop(asked):
    imap, wait_s, idle_s = asked["imap"], asked["timeout_s"], asked["pace"]["idle_s"]
    client = aioimaplib.IMAP4_SSL(
        host=imap["host"], port=imap["port"], timeout=wait_s, ssl_context=trusted(asked)
    )
    await client.wait_hello_from_server()
    result, lines = await log_in(client, asked)
    if result != "OK":
        said = b" ".join(lines).decode("utf-8", "replace")
        raise Failed((imap_token_error if asked["oauth2"] else imap_login_error)(said), said)
    result, lines = await client.select()
    if result != "OK":
        raise aioimaplib.AioImapException(lines)
    connected = False
    while True:
        await take_in(client)
        if not connected:
            say("connected")
            connected = True
        idle = await client.idle_start(timeout=idle_s)
        await client.wait_server_push()
        client.idle_done()
        await asyncio.wait_for(idle, wait_s)


async def log_in(client, asked):
    if not asked["oauth2"]:
        return await client.login(user(asked), asked["password"])
    tokens = Tokens(asked)
    answer = await client.xoauth2(user(asked), tokens.current())
    if answer.result != "OK" and (another := tokens.another()):
        answer = await client.xoauth2(user(asked), another)
    return answer


async def take_in(client):
    """The messages that nobody has seen; from then on they are seen."""
    _, found = await client.uid_search("UNSEEN")
    uids = re.findall(rb"\d+", found[0])
    if not uids:
        return
    _, lines = await client.uid("fetch", b",".join(uids).decode(), "RFC822.HEADER")
    await client.uid("store", b",".join(uids).decode(), "+FLAGS", r"(\Seen)")
    for content in (line for line in lines if isinstance(line, bytearray)):
        headers = BytesHeaderParser().parsebytes(bytes(content))
        say("message", message_id=headers["Message-ID"].strip())


main()
