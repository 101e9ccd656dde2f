"""What was read of files the last time, so that reading and validating them is done once for each
version of them and not in every process.

One file in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`) for each folder. What is in
it is taken only for the same bytes, and as `fakeservers.files.kept` has it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from fakeservers.files.kept import keep, place_of, read_kept, resting, stamp

T = TypeVar("T")


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
        self._place = place_of(folder, kind)
        self._stamp = stamp(version) if self._place else b""
        content = read_kept(self._place, self._stamp) if self._place else None
        self._known: _Kept = pickle.loads(content) if content else {}
        self._new = False

    @property
    def is_empty(self) -> bool:
        """Nothing was read before, or other code has read it."""
        return not self._known

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
            keep(self._place, self._stamp, pickle.dumps(self._known, pickle.HIGHEST_PROTOCOL))

    def __enter__(self) -> Self:
        self._resting = resting()
        self._resting.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._resting.__exit__(*raised)
        self.save()
