"""Why a program cannot be started, before it is tried; and what may have been meant."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_HEAD: Final = 4096
"""Bytes, of which a script's first line is read."""
_ALIKE: Final = 0.75


def unstartable(program: str) -> str:
    """Why this program cannot be started, and what may have been meant; empty where it can, as far
    as can be seen."""
    if found := shutil.which(program):
        return _unreadable_script(Path(found))
    path = Path(program)
    if "/" not in program:
        here = f"; did you mean './{program}'?" if path.is_file() else ""
        return f"there is no program {program!r}{here or _did_you_mean(program, _programs())}"
    if path.is_dir():
        return f"{program!r} is a folder"
    if path.is_file():
        return f"{program!r} is not executable: chmod +x it, or write what runs it before its name"
    beside = [program.removesuffix(path.name) + name for name in _names(path.parent)]
    return f"there is no program {program!r}{_did_you_mean(program, beside)}"


def _unreadable_script(file: Path) -> str:
    """What the kernel tells as "No such file" and "Exec format error"."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    first = head.split(b"\n")[0]
    if first.startswith(b"#!"):
        name = first[2:].strip(b" \t").split(b" ")[0].decode("utf-8", "replace")
        if Path(name).is_file():
            return ""
        end = "; the line ends in CR LF, LF was expected" if name.endswith("\r") else ""
        return f"the first line of '{file}' names a program that is not there: {name!r}{end}"
    if b"\0" in head:
        return ""
    return (
        f"'{file}' is a text without a first line such as '#!/usr/bin/env python3': "
        "write one, or what runs it before its name"
    )


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, set(known), n=1, cutoff=_ALIKE)
    return f"; did you mean {found[0]!r}?" if found else ""


def _programs() -> Iterator[str]:
    for folder in os.get_exec_path():
        yield from _names(Path(folder))


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
