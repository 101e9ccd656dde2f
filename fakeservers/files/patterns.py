"""Regular expressions as they were compiled, so that they can be kept: compiling hundreds of them
takes longer than all else that a process does before it answers.

What `re` makes of a source is private (`re._compiler`, `_sre`). Where any of it is otherwise than
here, the source is compiled as usual.
"""

from __future__ import annotations

import functools
import re
from array import array
from collections.abc import Iterable
from importlib import import_module
from typing import Any, AnyStr, Final, NamedTuple

from fakeservers.files.kept import Gathered, kept

_Codes = dict[str, "_Compiled | None"]
_OTHERWISE: Final = (ImportError, AttributeError, TypeError, ValueError, RuntimeError)
"""What is raised where this Python does it in another way."""


class _Compiled(NamedTuple):
    """What `_sre.compile` is given, besides the source."""

    flags: int
    code: bytes
    groups: int
    names: dict[str, int]


def kept_regex(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """The same as `re.compile` makes of it: what a process has compiled, the next ones find. For
    sources that stand in the code; never for what comes from others, which has no end."""
    codes, key = _of_the_code(), (source, int(flags))
    if key not in codes.found and (made := _compiled(source, key[1])):
        codes.add(key, made)
    return _known(source, codes.found.get(key)) or re.compile(source, flags)


@functools.cache
def _of_the_code() -> Gathered[tuple[str | bytes, int], _Compiled]:
    return Gathered("patterns")


class KeptPatterns:
    """Patterns by their sources, all with the same flags, each made when it is asked for. `name`:
    what they are, among all that is kept. Of a source that is not among them the pattern is
    compiled."""

    def __init__(self, name: str, sources: Iterable[str], flags: re.RegexFlag) -> None:
        self._flags = flags
        self._codes: _Codes = kept(f"patterns-{name}", lambda: _made(sources, flags))

    def of(self, source: str) -> re.Pattern[str]:
        """The same as `re.compile` makes of it."""
        return _known(source, self._codes.get(source)) or re.compile(source, self._flags)


def _made(sources: Iterable[str], flags: re.RegexFlag) -> _Codes:
    return {source: _compiled(source, flags) for source in sources}


def _known(source: AnyStr, compiled: _Compiled | None) -> re.Pattern[AnyStr] | None:
    """None: it is not known, or not to this Python."""
    if compiled is None:
        return None
    try:
        return _pattern(source, compiled)
    except _OTHERWISE:
        return None


def _compiled(source: AnyStr, flags: int) -> _Compiled | None:
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
    except (*_OTHERWISE, OverflowError):
        return None
    return whole


def _pattern(source: AnyStr, compiled: _Compiled) -> re.Pattern[AnyStr]:
    by_number: list[str | None] = [None] * (compiled.groups + 1)
    for name, number in compiled.names.items():
        by_number[number] = name
    code: array[int] = array("I")
    code.frombytes(compiled.code)
    sre: Any = import_module("_sre")
    made: re.Pattern[AnyStr] = sre.compile(
        *(source, compiled.flags, code.tolist()),
        *(compiled.groups, compiled.names, tuple(by_number)),
    )
    return made
