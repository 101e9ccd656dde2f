"""`curl -v`, also with `--trace-time`: `<` and `>` before lines, `*` before what happens."""

from __future__ import annotations

from typing import Final

from harness.reproducing.shapes import Shape, by_line, sign

_TIME: Final = r"(?:\d\d:\d\d:\d\d\.\d+ )?"
_BEFORE: Final = rf"{_TIME}(?:\[\S+\] )?"
_SERVER: Final = r"< (?:[2-5]\d\d[ -]|\* |\S+ (?:OK|NO|BAD) )"

SHAPE: Final = Shape(
    "curl -v",
    sign(rf"^{_TIME}(?:\* +(?:Trying|Connected to|Host|Closing)|{_SERVER})|^curl: \("),
    by_line(
        rf"{_BEFORE}(?:< (?P<S>.*)|> (?P<C>.*))",
        connecting=rf"^{_BEFORE}\* +Trying ",
        tls=rf"^{_BEFORE}\* SSL connection using",
        tells=rf"{_BEFORE}\* |curl: \(",
    ),
)
