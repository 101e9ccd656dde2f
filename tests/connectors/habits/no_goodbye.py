"""It sends the test e-mail, says neither LOGOUT nor QUIT, and leaves both connections open."""

from __future__ import annotations

from checking import Settings, log_in_imap, open_imap, open_smtp, send, serve

LEFT: list[object] = []


def check(asked: Settings) -> None:
    imap = open_imap(asked)
    LEFT.append(imap)
    log_in_imap(imap, asked)
    smtp = open_smtp(asked)
    LEFT.append(smtp)
    send(smtp, asked)


serve(check)
