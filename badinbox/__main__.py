"""The command `badinbox`, also as `python -m badinbox`."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path
from typing import Final

from badinbox import __version__
from badinbox.pytest_guard import other_package

_IMPORTED: Final = 500_000
"""Objects: more than any command makes before it is at its work."""


def main() -> int:
    """The command line; returns the exit code.

    >>> import sys, badinbox
    >>> sys.argv = ["badinbox", "list", "unauthorized/no-such"]
    >>> badinbox.main()
    2
    """
    if sys.argv[1:] == ["--version"] and _said(f"badinbox {__version__}\n"):
        return 0
    if other_package() is not None:
        # This process is ours alone: what lies in the current folder must not take our place.
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    try:
        _look_for_little_rubbish()
        from harness.cli import main as command_line

        return command_line(version=__version__)
    except KeyboardInterrupt:  # before it is heeded, and after
        return 130


def _look_for_little_rubbish() -> None:
    """What is imported and read is none, and what is there at the end of the process goes with it:
    with looking through both a short command would spend a tenth of its time."""
    gc.set_threshold(_IMPORTED)
    atexit.register(gc.freeze)


def _said(text: str) -> bool:
    """Whether it could be written at once, without the command line, whose import takes longest.
    Where it could not, or the streams of this process are not its own, that has more to say."""
    if sys.stdout is not sys.__stdout__:
        return False
    try:
        return os.write(1, text.encode()) == len(text)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
