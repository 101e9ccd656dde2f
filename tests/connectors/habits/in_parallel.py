"""It asks both services at the same time, sends nothing, and tells the failure of IMAP first."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

from checking import Settings, log_in_imap, open_imap, open_smtp, serve


def check_imap(asked: Settings) -> None:
    imap = open_imap(asked)
    try:
        log_in_imap(imap, asked)
    finally:
        with contextlib.suppress(Exception):
            imap.logout()


def check_smtp(asked: Settings) -> None:
    open_smtp(asked).quit()


def check(asked: Settings) -> None:
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(each, asked) for each in (check_imap, check_smtp)]
    for each in both:
        each.result()


serve(check)
