"""Numbers as people write them, which YAML does not take for one."""

from __future__ import annotations

import re
from typing import Any, Final

_UNITS: Final = {
    "ms": 0.001, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "h": 3600, "hours": 3600,
    "b": 1, "bytes": 1, "k": 1000, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000,
    "kib": 1024, "mib": 1 << 20, "gib": 1 << 30,
}  # fmt: skip
_WORDS: Final = {
    "once": 1, "one": 1, "twice": 2, "two": 2, "thrice": 3, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_MEASURED: Final = re.compile(r"([-+]?[\d.]+(?:e\d+)?) ?([a-z]*)")
_GROUPED: Final = re.compile(r"\d{1,3}([,_ ']\d{3})+")
_COMMA: Final = re.compile(r"\d+,\d{1,2}")
_CLOCK: Final = re.compile(r"\d{1,3}(:\d\d){1,2}")


def meant_number(written: Any) -> str:
    """The plain number that is meant by a text, in seconds or bytes where it has a unit; empty:
    none can be told."""
    if not isinstance(written, str):
        return ""
    text = written.strip().casefold()
    if text in _WORDS:
        return str(_WORDS[text])
    if _CLOCK.fullmatch(text):
        seconds = 0
        for part in text.split(":"):
            seconds = seconds * 60 + int(part)
        return f"{seconds}, in seconds"
    if _GROUPED.fullmatch(text):
        text = re.sub(r"\D", "", text)
    if _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    found = _MEASURED.fullmatch(text.replace("_", ""))
    if not found or (found[2] and found[2] not in _UNITS):
        return ""
    try:
        value = float(found[1]) * _UNITS.get(found[2], 1)
    except ValueError:
        return ""
    plain = f"{value:.10g}"
    return f"{plain} without quotes" if plain == written else plain
