"""The shapes of logs that are read, one module for each. The first that fits best is taken."""

from __future__ import annotations

from typing import Final

from harness.reproducing.shapes import (
    bare,
    curl,
    javamail,
    json_lines,
    maillog,
    marked,
    message,
    mozilla,
    python,
    swaks,
)
from harness.reproducing.shapes.base import Shape

MARKED: Final[tuple[Shape, ...]] = (
    mozilla.SHAPE,
    json_lines.SHAPE,
    python.SHAPE,
    swaks.SHAPE,
    curl.SHAPE,
    javamail.SHAPE,
    maillog.SHAPE,
    marked.SHAPE,
)
"""Those that cannot be taken for another."""
BARE: Final = bare.SHAPE
MESSAGE: Final = message.SHAPE
