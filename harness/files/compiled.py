"""What was read of files the last time, so that reading and validating them is done once for each
version of them and not in every process.

One file in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`) for each folder. What is in
it is taken only for the same bytes, the same code and the same Python; what cannot be read or
written is as if there were no cache.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import stat
import sys
from collections.abc import Callable, Collection
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Generic, Self, TypeVar

from harness.files.whole_file import write_whole

T = TypeVar("T")
_CODE: Final = tuple(Path(__file__).parents[2] / name for name in ("fakeservers", "harness"))
_READ_BY_CODE: Final = (".py", ".yaml")
_DIGEST: Final = blake2b().digest_size
_MOST: Final = 8
"""Of as many folders a cache is kept: checkouts come and go."""


_Kept = dict[str, tuple[bytes, tuple[str, ...], bytes]]
"""By file: the digest of its bytes and of those of the others that it rests on, which these are,
and what was read of it."""


class Compiled(Generic[T]):
    """What `read` returns for the files in a folder; of those elsewhere nothing is kept, nor of
    what rests on such.

    `rests_on`: the other files on which what was read rests; None: on some that nobody can tell.
    `kind`: what is read of the files, where several things are. `version`: of a library that makes
    what is kept. As a context manager it keeps what was read anew in the block.
    """

    def __init__(
        self,
        folder: Path,
        read: Callable[[Path], T],
        rests_on: Callable[[T], Collection[Path] | None],
        *,
        kind: str = "",
        version: str = "",
    ) -> None:
        self._folder, self._read, self._rests_on = folder, read, rests_on
        self._digests: dict[str, bytes] = {}
        self._place = _place(folder, kind)
        self._stamp = _stamp(version) if self._place else b""
        self._known = _kept(self._place, self._stamp) if self._place else {}
        self._new = False

    def load(self, file: Path) -> T:
        """As `read`, which says too why a file cannot be read."""
        if not (self._place and file.is_relative_to(self._folder)):
            return self._read(file)
        digest, others, pickled = self._known.get(str(file), (b"", (), b""))
        if digest and digest == self._digest(str(file), *others):
            value: T = pickle.loads(pickled)
            return value
        value = self._read(file)
        self._note(file, value)
        return value

    def _note(self, file: Path, value: T) -> None:
        """To be kept, if it can be."""
        others = self._rests_on(value)
        if others is None or not all(each.is_relative_to(self._folder) for each in others):
            return
        names = tuple(sorted(map(str, others)))
        if digest := self._digest(str(file), *names):
            pickled = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            self._known[str(file)] = digest, names, pickled
            self._new = True

    def _digest(self, *files: str) -> bytes:
        """Of the bytes of all of them; empty: one cannot be read."""
        try:
            for file in files:
                if file not in self._digests:
                    self._digests[file] = blake2b(Path(file).read_bytes()).digest()
        except OSError:
            return b""
        return b"".join(self._digests[file] for file in files)

    def save(self) -> None:
        """Keep what was read anew; of files that are gone, until the code changes."""
        if self._new and self._place:
            self._new = False
            _keep(self._place, self._stamp, self._known)

    def __enter__(self) -> Self:
        # Nothing of what is read is rubbish: looking for some takes longer than the reading.
        self._collecting = gc.isenabled()
        gc.disable()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._collecting:
            gc.enable()
        self.save()


def _place(folder: Path, kind: str) -> Path | None:
    """The cache's file; None: there is nowhere to keep it."""
    try:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # no home
        return None
    name = blake2b(os.fsencode(folder.absolute()) + kind.encode(), digest_size=8).hexdigest()
    return Path(caches, "badinbox", f"{name}.pickle")


def _stamp(version: str) -> bytes:
    """What changes with the code, and with what else the code reads to validate a file."""
    parts = [sys.version, version]
    for package in _CODE:
        for folder, _, names in os.walk(package):
            for name in names:
                if name.endswith(_READ_BY_CODE):
                    found = os.stat(os.path.join(folder, name))
                    parts.append(f"{folder}/{name} {found.st_size} {found.st_mtime_ns}")
    return blake2b("\n".join(sorted(parts)).encode(errors="surrogateescape")).digest()


def _kept(place: Path, stamp: bytes) -> _Kept:
    try:
        with place.open("rb") as file:
            about = os.fstat(file.fileno())
            # Reading it runs what it says, so nobody else may have written it.
            if about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return {}
            written = file.read()
    except OSError:
        return {}
    head, content = written[: 2 * _DIGEST], written[2 * _DIGEST :]
    if head != stamp + blake2b(content).digest():
        return {}
    known: _Kept = pickle.loads(content)
    return known


def _keep(place: Path, stamp: bytes, known: _Kept) -> None:
    content = pickle.dumps(known, pickle.HIGHEST_PROTOCOL)
    with contextlib.suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, stamp + blake2b(content).digest() + content, mode=0o600)
        there = sorted(place.parent.glob("*.pickle"), key=lambda each: each.stat().st_mtime)
        for old in there[:-_MOST]:
            old.unlink()
