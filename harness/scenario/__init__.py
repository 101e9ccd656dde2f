"""From a scenario file to its cases, checked, and to the catalogue of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGED: Final = Path(__file__).parents[1] / "_catalogue"


def builtin_path() -> Path:
    """The scenarios that come with badinbox: packaged in a wheel, a folder of a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "scenarios"
