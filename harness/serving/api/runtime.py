"""The folder in which each running `serve` has its socket: one per user, closed to others."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.files.problems import BadInput


def runtime_folder() -> Path:
    """`badinbox` in XDG_RUNTIME_DIR, else one named after the user where temporary files are; made
    where it is missing. Raises BadInput where it is not the user's alone."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    own = f"badinbox-{os.getuid()}"
    folder = Path(given) / "badinbox" if given else Path(tempfile.gettempdir()) / own
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise BadInput([f"cannot make {folder}: {error.strerror}"]) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise BadInput([f"{folder} must be a folder that only you can enter"])
    return folder


def running_sockets() -> list[Path]:
    """The sockets at which somebody answers. Those of processes that are gone are removed."""
    return [path for path in sorted(runtime_folder().glob("*.sock")) if _answers(path)]


def _answers(path: Path) -> bool:
    """Whether somebody listens there; a socket at which nobody does is removed."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return False
        except OSError:
            return False
    return True


@contextmanager
def listening_at(path: Path) -> Iterator[socket.socket]:
    """A Unix socket that only its owner can open; removed at the end. Raises BadInput."""
    if path.is_socket():
        _answers(path)  # what a process that is gone has left is in nobody's way
    listener = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise BadInput([f"cannot listen at {path}: {error.strerror or error}"]) from None
    finally:
        os.umask(mask)
    try:
        listener.listen()
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)
