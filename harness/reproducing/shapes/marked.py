"""Logs that write `S:` and `C:` before lines: nodemailer, Thunderbird's console, MailKit, ours."""

from __future__ import annotations

from typing import Final

from harness.reproducing.shapes import Shape, by_line, sign

_CONNECTION: Final = r"(?P<connection>\[[\w-]{6,}\]|[\w.-]+#\d+) "

SHAPE: Final = Shape(
    "C: and S: lines",
    sign(r"(?:^|[\s\]])S: ?(?:[2-5]\d\d[ -]|\* |\+ |\S+ (?:OK|NO|BAD) )"),
    by_line(
        rf"(?:^|.*?[\]\s|:#\d])(?:{_CONNECTION})?(?:S: ?(?P<S>.*)|C: ?(?P<C>.*))",
        hidden=r"[Ll]ogging suppressed|\*+ ?(?:hidden|suppressed)",
        tls=r"Secure connection|imaps://|smtps://|TLS established|Connection upgraded",
        connecting=r"onnected to |onnection established",
        connection=_CONNECTION,
    ),
)
