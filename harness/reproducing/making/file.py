"""A scenario file: its data in YAML, and in comments what is not known."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from harness.files.problems import BadInput
from harness.files.whole_file import write_file
from harness.reproducing.making.words import Composed
from harness.scenario.loading import load
from harness.scenario.schemas.modeline import MODELINE, SCHEMA_NAME
from harness.texts.escaping import visible, yaml_text


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks; nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    if yaml_text(value) != value:
        style = '"'  # the only one that has escapes
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Dumper.add_representer(str, _text)


def as_yaml(data: Mapping[str, Any]) -> str:
    """The data, its keys in their order."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return yaml_text(text)


def scenario_text(data: Mapping[str, Any], comments: Iterable[str]) -> str:
    """The whole file. `comments`: a line each."""
    first = (MODELINE + SCHEMA_NAME).decode()
    told = (f"# {visible(' '.join(line.split()))}" for line in comments)
    return "\n".join([first, *told, as_yaml(data)])


_NAME: Final = "reproduced.yaml"


def check_text(text: str) -> None:
    """Raises BadInput with what is wrong with the file, if anything is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _NAME
        file.write_text(text, encoding="utf-8")
        try:
            load(file)
        except BadInput as bad:
            raise BadInput([f"what was made of it is no scenario: {bad}"]) from None


def write_scenario(file: Path, made: Composed, comments: Iterable[str] = ()) -> None:
    """Write the file, with what was taken over and what is not known. Raises BadInput."""
    told = [*(f"Taken over: {what}." for what in made.taken)]
    told += [*(f"Not known: {what}." for what in made.unknown), *comments]
    text = scenario_text(made.data, told)
    check_text(text)
    write_file(file, text.encode())


def told(made: Composed) -> Iterator[tuple[str, str]]:
    """What was taken over and what is not known, in two columns."""
    yield from (("taken over", what) for what in made.taken)
    yield from (("not known", what) for what in made.unknown)


def command_for(file: Path, command: str = "run") -> str:
    """What runs a scenario file, or does something else with it."""
    name = str(file) if re.fullmatch(r"[\w./-]+", str(file)) else f"'{file}'"
    return f"badinbox {command} {name}"
