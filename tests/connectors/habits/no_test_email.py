"""It logs in to IMAP, then to SMTP, and sends nothing; with good manners."""

from __future__ import annotations

import contextlib

from checking import Settings, log_in_imap, open_imap, open_smtp, serve


def check(asked: Settings) -> None:
    imap = open_imap(asked)
    try:
        log_in_imap(imap, asked)
    finally:
        with contextlib.suppress(Exception):
            imap.logout()
    open_smtp(asked).quit()


serve(check)
