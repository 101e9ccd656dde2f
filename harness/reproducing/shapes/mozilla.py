"""Thunderbird's MOZ_LOG (`IMAP:5`, `SMTP:5`), old and new.

The words are those of comm-central's nsImapProtocol.cpp (`SendData`, `CreateNewLineFromSocket`) and
nsSmtpProtocol.cpp (`SMTP Response`, `SMTP Send`); what SmtpClient.sys.mjs says has `C:` and `S:`.
"""

from __future__ import annotations

from typing import Final

from harness.reproducing.shapes import Shape, by_line, sign

SHAPE: Final = Shape(
    "MOZ_LOG",
    sign(r":(?:SendData|CreateNewLineFromSocket): |SMTP (?:Response|Send): "),
    by_line(
        r".*?(?P<connection>\w{6,}):[^:\s]*:[^:]*:"
        r"(?:SendData: ?(?P<C>.*)|CreateNewLineFromSocket: ?(?P<S>.*))",
        r".*?SMTP (?:Send: ?(?P<C>.*)|Response: ?(?P<S>.*))",
        hidden=r"[Ll]ogging suppressed",
        connecting="SMTP Connecting to",
    ),
)
