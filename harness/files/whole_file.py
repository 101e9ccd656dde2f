"""Reading a file, and writing one: whole or not at all."""

from __future__ import annotations

import codecs
import contextlib
import os
import tempfile
from pathlib import Path

from harness.files.problems import BadInput, Problem

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Put `content` at `path`; readers see the old file or the new one. Raises OSError.

    `mode`: the permissions of a new file, before the umask.

    A link stays a link, and what is no file, such as `/dev/stdout`, is written to as it is.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    path = path.resolve()
    mask = os.umask(0)
    os.umask(mask)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode & ~mask)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def write_file(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """The same for a file that the user named: raises BadInput."""
    try:
        write_whole(path, content, mode=mode)
    except OSError as error:
        raise BadInput([f"cannot write {path}: {error.strerror}"]) from None


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with a byte order mark or without. Raises BadInput."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput([f"{path}: cannot be read: {error.strerror}"]) from None
    if data.startswith(_UTF_16) or data[:4].count(0) > 1:
        raise BadInput([Problem(str(path), 1, "", "UTF-16, not UTF-8: save it as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte {data[error.start]:#04x}; save it as UTF-8"
        raise BadInput([Problem(str(path), line, "", message)]) from None
