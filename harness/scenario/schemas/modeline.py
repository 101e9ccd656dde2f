"""Which files are scenarios: those whose first line names the schema."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Final

from harness.files.problems import Problem

MAX_BYTES: Final = 1024 * 1024
MODELINE: Final = b"# yaml-language-server: $schema="
SCHEMA_NAME: Final = b"scenario.schema.json"
_SUFFIXES: Final = (".yaml", ".yml")


def scenario_files(folder: Path) -> list[Path]:
    """Those below a folder, sorted; with those that cannot be read."""
    return [file for file in yaml_files(folder) if _offered(file)]


def _offered(file: Path) -> bool:
    try:
        return is_scenario(file)
    except OSError:
        return True  # loading it says why it cannot be read


def yaml_files(folder: Path) -> list[Path]:
    """All YAML files below a folder, sorted, without the hidden ones."""
    found = (file for suffix in _SUFFIXES for file in folder.rglob(f"*{suffix}"))
    shown = (file for file in found if not _hidden(file.relative_to(folder)))
    return sorted(file for file in shown if file.is_file())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def is_scenario(file: Path) -> bool:
    """Whether the first line is the modeline. Raises OSError."""
    with file.open("rb") as opened:
        return is_modeline(opened.readline(1000))


def is_modeline(line: bytes) -> bool:
    line = line.removeprefix(codecs.BOM_UTF8).rstrip()
    return line.startswith(MODELINE) and line.endswith(SCHEMA_NAME)


def has_reproduces(file: Path) -> bool:
    """Whether a file has the key that only scenarios have, whatever else is wrong with it."""
    if not file.is_file() or file.stat().st_size > MAX_BYTES:
        return False
    return bool(re.search(rb"(?m)^(reproduces|breaks-into)\s*:", file.read_bytes()))


def no_scenario(file: Path) -> Problem:
    """What a file without the modeline lacks."""
    first = (MODELINE + b"../" + SCHEMA_NAME).decode()
    message = f"not a scenario: its first line must be the modeline, such as {first}"
    lacks = "" if has_reproduces(file) else "; nor has it the key 'reproduces'"
    return Problem(str(file), 1, "", message + lacks)
