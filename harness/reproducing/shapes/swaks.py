"""swaks: `<-` and `->`, inside TLS `<~` and `~>`; `<**` and `<~*` before what it did not expect."""

from __future__ import annotations

from typing import Final

from harness.reproducing.shapes import Shape, by_line, sign

SHAPE: Final = Shape(
    "swaks",
    sign(r"^=== (?:Trying|Connected)|^<[-~*][* ] +[2-5]\d\d"),
    by_line(
        r"<[-~*][* ] (?P<S>.*)| (?:[-~*]>|\*\*>) (?P<C>.*)",
        connecting="^=== Trying",
        tls="^=== TLS started",
    ),
)
