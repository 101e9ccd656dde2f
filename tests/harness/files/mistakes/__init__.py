"""What people plausibly write wrong in each kind of file, and what must be said of it."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """One change of a file that is right: where the mistake is told, and what must be among the
    words. `key`: how the path of keys ends; empty where YAML itself is broken."""

    old: str
    new: str
    line: int
    key: str
    says: tuple[str, ...]

    def of(self, right: str) -> str:
        """The file with the mistake in it."""
        assert right.count(self.old) >= 1, self.old
        return right.replace(self.old, self.new, 1)
