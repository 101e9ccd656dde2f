"""Where IMAP fails it leaves the connection behind, and dies when that is closed: as Node.js does
of an `error` event that nobody listens to."""

from __future__ import annotations

import imaplib
import os
import sys
from threading import Thread

from checking import Failed, Settings, log_in_imap, open_imap, open_smtp, send, serve

LEFT: list[imaplib.IMAP4] = []


def leftover(imap: imaplib.IMAP4) -> None:
    try:
        while imap.sock.recv(4096):
            pass
    except OSError:
        pass
    print("Error: Unexpected close\n    at leftover", file=sys.stderr, flush=True)
    os._exit(1)


def check(asked: Settings) -> None:
    imap = open_imap(asked)
    try:
        log_in_imap(imap, asked)
    except Failed:
        LEFT.append(imap)
        raise
    imap.logout()
    smtp = open_smtp(asked)
    send(smtp, asked)
    smtp.quit()


def afterwards() -> None:
    while LEFT:
        Thread(target=leftover, args=(LEFT.pop(),), daemon=True).start()


serve(check, afterwards)
