"""It checks IMAP over implicit TLS and nothing else."""

from __future__ import annotations

import contextlib

from checking import Failed, Settings, log_in_imap, open_imap, serve


def check(asked: Settings) -> None:
    if asked["imap"]["security"] != "implicit-tls":
        raise Failed("unsupported", "only SSL/TLS can be chosen")
    imap = open_imap(asked)
    try:
        log_in_imap(imap, asked)
    finally:
        with contextlib.suppress(Exception):
            imap.logout()


serve(check)
