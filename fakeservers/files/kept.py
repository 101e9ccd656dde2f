"""What was worked out of files is kept, so that it is done once for each version of them and not in
every process.

It lies in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`). What is there is taken only
for the same code, the same data beside it and the same Python; what cannot be read or written is as
if there were no cache.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import os
import pickle
import stat
import sys
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final, Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")
RUBBISH: Final = 20_000
"""Objects that are made before some rubbish is looked for: those of some forty checks."""
_CODE: Final = tuple(Path(__file__).parents[2] / name for name in ("fakeservers", "harness"))
_READ_BY_CODE: Final = (".py", ".yaml", ".txt")
_DIGEST: Final = blake2b().digest_size
_FOLDER: Final = "badinbox"
_SUFFIX: Final = ".pickle"
_MOST: Final = 8
"""Of as many checkouts, and of as many folders of scenarios, a cache is kept: they come and go."""


def kept(name: str, make: Callable[[], T], version: str = "") -> T:
    """What `make` returns, which rests on the code and on the data beside it, and on nothing else.

    `name`: what it is. `version`: of whatever else it rests on, such as a library.
    """
    place = _place_of_ours(name)
    if place is None:
        return make()
    code = stamp(version)
    with resting():
        if (content := read_kept(place, code)) is not None:
            value: T = pickle.loads(content)
            return value
    value = make()
    keep(place, code, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    return value


def _place_of_ours(name: str) -> Path | None:
    of_ours = place_of(_CODE[0])
    return of_ours and of_ours.with_suffix("") / f"{name}{_SUFFIX}"


class Gathered(Generic[K, T]):
    """What each process adds to, of that `name`: `found` is what those before have kept. It is kept
    in its turn when the process ends."""

    def __init__(self, name: str) -> None:
        self._place, self._new = _place_of_ours(name), dict[K, T]()
        self.found = self._read()

    def add(self, key: K, value: T) -> None:
        """To be found from now on."""
        if self._place and not self._new:
            atexit.register(self._keep, self._place)
        self._new[key] = self.found[key] = value

    def _read(self) -> dict[K, T]:
        content = read_kept(self._place, stamp("")) if self._place else None
        return pickle.loads(content) if content else {}

    def _keep(self, place: Path) -> None:
        whole = {**self._read(), **self._new}  # others may have ended meanwhile
        keep(place, stamp(""), pickle.dumps(whole, pickle.HIGHEST_PROTOCOL))


def place_of(folder: Path, kind: str = "") -> Path | None:
    """The file in the cache for what is known of a folder; None: there is nowhere to keep it."""
    try:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # no home
        return None
    name = blake2b(os.fsencode(folder.absolute()) + kind.encode(), digest_size=8).hexdigest()
    return Path(caches, _FOLDER, f"{name}{_SUFFIX}")


def stamp(version: str) -> bytes:
    """What changes with the code, with the data that the code reads, and with `version`."""
    return blake2b(_code() + version.encode()).digest()


@functools.cache
def _code() -> bytes:
    files = (each for package in _CODE for each in files_told(str(package)))
    told = "\n".join([sys.version, *sorted(files)])
    return blake2b(told.encode(errors="surrogateescape")).digest()


def files_told(folder: str) -> Iterator[str]:
    """A line for each file below a folder that the code reads, which is another once it changes."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_READ_BY_CODE):
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
            elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                yield from files_told(entry.path)


@contextlib.contextmanager
def resting() -> Iterator[None]:
    """Nothing of what is read is rubbish: looking for some takes longer than the reading."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def read_kept(place: Path, code: bytes) -> bytes | None:
    """What was kept there by the same code, whole; None: nothing was."""
    try:
        with place.open("rb") as file:
            about = os.fstat(file.fileno())
            # Reading it runs what it says, so nobody else may have written it.
            if about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return None
            written = file.read()
    except OSError:
        return None
    head, content = written[: 2 * _DIGEST], written[2 * _DIGEST :]
    return content if head == code + blake2b(content).digest() else None


def keep(place: Path, code: bytes, content: bytes) -> None:
    """Put it there, for the same code, whole or not at all."""
    from fakeservers.files.replacing import write_whole  # only now: most processes keep nothing new

    with contextlib.suppress(OSError):
        for folder in (place.parent.parent, place.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, code + blake2b(content).digest() + content, mode=0o600)
        _forget_the_oldest(next(each for each in place.parents if each.name == _FOLDER))


def _forget_the_oldest(caches: Path) -> None:
    """What is of places that are long gone: files, and folders of a checkout's own data."""
    import shutil

    newest = sorted(caches.iterdir(), key=lambda each: -each.stat().st_mtime)
    files = [each for each in newest if each.suffix == _SUFFIX]
    for file in files[_MOST:]:
        file.unlink()
    for folder in [each for each in newest if each.is_dir()][_MOST:]:
        shutil.rmtree(folder)
