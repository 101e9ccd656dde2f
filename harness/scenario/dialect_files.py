"""The files of dialects, every mistake explained with its line, as those of scenarios."""

from __future__ import annotations

from pathlib import Path

import yaml

from fakeservers.dialects.dialect import DIALECTS, Dialect
from harness.files.mistakes import read_text, validated
from harness.files.nodes import read_yaml


class _DialectFile(Dialect):
    """Its name is that of the file."""

    name: str = ""


def is_dialect(path: Path) -> bool:
    """Whether it lies where the dialects are."""
    return path.suffix == ".yaml" and path.resolve().parent == DIALECTS.resolve()


def validate_dialect(file: Path) -> None:
    """Raises BadInput with all that is wrong with the file."""
    text = read_text(file)
    root = read_yaml(text, str(file))
    # Dialects, unlike scenarios, may merge mappings (`<<`), which stand somewhere else.
    validated(yaml.load(text, Loader=yaml.CSafeLoader), _DialectFile, file, root)
