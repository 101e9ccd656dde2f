"""Reading what a user names, as far as it has an end; and writing what a user names."""

from __future__ import annotations

import codecs
import os
import select
import stat
from pathlib import Path
from typing import BinaryIO, Final

from fakeservers.files.replacing import write_whole
from harness.files.problems import BadInput, Problem

MOST_BYTES: Final = 16 << 20
"""What people write by hand is far shorter."""
PIPE_S: Final = 10.0
"""How long a pipe may give nothing, before nobody writes into it."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def write_file(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """The same for a file that the user named: raises BadInput."""
    try:
        write_whole(path, content, mode=mode)
    except OSError as error:
        raise BadInput([f"cannot write {path}: {error.strerror}"]) from None


def open_input(path: Path) -> BinaryIO:
    """A file to be read, or a pipe that somebody writes into. Raises BadInput for a pipe into which
    nobody does, and for a device, which has no end."""
    try:
        opened = open(path, "rb", opener=_at_once)  # noqa: SIM115
    except OSError as error:
        raise BadInput([f"{path}: cannot be read: {error.strerror}"]) from None
    if why := _unreadable(opened):
        opened.close()
        raise BadInput([f"{path}: cannot be read: {why}"])
    os.set_blocking(opened.fileno(), True)
    return opened


def _at_once(path: str, flags: int) -> int:
    """Without O_NONBLOCK opening a pipe waits for whoever opens its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unreadable(opened: BinaryIO) -> str:
    known = os.fstat(opened.fileno())
    if stat.S_ISFIFO(known.st_mode) and not select.select([opened], [], [], PIPE_S)[0]:
        return "a pipe into which nobody writes"
    null = known.st_rdev == os.stat(os.devnull).st_rdev
    device = stat.S_ISCHR(known.st_mode) or stat.S_ISBLK(known.st_mode)
    return "a device, not a file" if device and not null and not opened.isatty() else ""


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """All of it. Raises BadInput, also for more than ``most``."""
    with open_input(path) as opened:
        try:
            data = opened.read(most + 1)
        except OSError as error:
            raise BadInput([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(data) > most:
        raise BadInput([f"{path}: more than {most} bytes are too many"])
    return data


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with a byte order mark or without. Raises BadInput."""
    data = read_bytes(path)
    if data.startswith(_UTF_16) or data[:4].count(0) > 1:
        raise BadInput([Problem(str(path), 1, "", "UTF-16, not UTF-8: save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte {data[error.start]:#04x}; save it as UTF-8"
        raise BadInput([Problem(str(path), line, "", message)]) from None
