"""Regular expressions as they were compiled, so that they can be kept: compiling hundreds of them
takes longer than all else that a process does before it answers.

What `re` makes of a source is private (`re._compiler`, `_sre`). Where any of it is otherwise than
here, the source is compiled as usual.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from importlib import import_module
from typing import Any, NamedTuple

from fakeservers.files.kept import kept

_Codes = dict[str, "_Compiled | None"]


class _Compiled(NamedTuple):
    """What `_sre.compile` is given, besides the source."""

    flags: int
    code: bytes
    groups: int
    names: dict[str, int]


class KeptPatterns:
    """Patterns by their sources, all with the same flags. `name`: what they are, among all that is
    kept. Of a source that is not among them the pattern is compiled."""

    def __init__(self, name: str, sources: Iterable[str], flags: re.RegexFlag) -> None:
        self._flags = flags
        self._codes: _Codes = kept(f"patterns-{name}", lambda: _made(sources, flags))

    def of(self, source: str) -> re.Pattern[str]:
        """The same as `re.compile` makes of it."""
        compiled = self._codes.get(source)
        if compiled is not None:
            try:
                return _pattern(source, compiled)
            except (ImportError, AttributeError, TypeError, ValueError, RuntimeError):
                pass
        return re.compile(source, self._flags)


def _made(sources: Iterable[str], flags: re.RegexFlag) -> _Codes:
    return {source: _compiled(source, flags) for source in sources}


def _compiled(source: str, flags: re.RegexFlag) -> _Compiled | None:
    """None: this Python does it otherwise."""
    try:
        parsed = import_module("re._parser").parse(source, flags)
        code = import_module("re._compiler")._code(parsed, flags)
        state = parsed.state
        names = dict(state.groupdict)
        whole = _Compiled(
            int(flags | state.flags), array("I", code).tobytes(), state.groups - 1, names
        )
        _pattern(source, whole)
    except re.error:
        raise
    except (ImportError, AttributeError, TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return whole


def _pattern(source: str, compiled: _Compiled) -> re.Pattern[str]:
    by_number: list[str | None] = [None] * (compiled.groups + 1)
    for name, number in compiled.names.items():
        by_number[number] = name
    code: array[int] = array("I")
    code.frombytes(compiled.code)
    sre: Any = import_module("_sre")
    made: re.Pattern[str] = sre.compile(
        *(source, compiled.flags, code.tolist()),
        *(compiled.groups, compiled.names, tuple(by_number)),
    )
    return made
