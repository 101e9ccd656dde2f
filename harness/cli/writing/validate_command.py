"""`badinbox validate`: the files that people write, each mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

import click

from harness.cli.shared.printing import say
from harness.files.problems import BadInput, Problem

FileKind = Literal["case", "dialect", "connector file", "baseline"]
_TOP_KEYS: Final[dict[FileKind, set[str]]] = {
    "case": {"reproduces"},
    "baseline": {"accepted", "id", "ids"},
    "connector file": {"connector", "does", "policy", "rules", "code", "message"},
}
"""Of files that do not say what they are, at the top or in the entries of a list; the first that
fits."""
_MOST: Final = 1 << 20


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def validate_command(paths: tuple[Path, ...]) -> None:
    """Check files of scenarios and dialects, and folders of them, connector files (mappings) and
    baselines; each mistake is told with its line."""
    from harness.texts import counted

    of_kind: dict[FileKind, list[Path]] = {}
    for path in paths:
        for kind, file in _told_apart(path):
            of_kind.setdefault(kind, []).append(file)
    told: list[str] = []
    problems: list[Problem] = []
    for kind, files in of_kind.items():
        if kind == "case":
            problems += _scenarios(files, told)
            continue
        for file in files:
            problems += _tried(_reader(kind), file)
        told.append(f"{counted(len(files), kind)}: all right")
    if problems:
        raise BadInput(problems)
    for line in told:
        say(line)


def _told_apart(path: Path) -> Iterator[tuple[FileKind, Path]]:
    """What a file is, by its modeline or by what is in it; of a folder, its dialects, and the
    folder itself for its scenarios."""
    from harness.scenario.dialect_files import has_modeline, is_dialect
    from harness.scenario.schemas.modeline import has_reproduces, is_scenario, yaml_files

    if path.is_dir():
        inside = yaml_files(path)
        dialects = [file for file in inside if has_modeline(file)]
        yield from (("dialect", file) for file in dialects)
        # A run passes over those without a modeline; whoever asks for mistakes is told.
        forgotten = [file for file in inside if not is_scenario(file) and has_reproduces(file)]
        yield from (("case", file) for file in forgotten)
        if not (dialects or forgotten) or any(is_scenario(file) for file in inside):
            yield "case", path
    elif is_dialect(path):
        yield "dialect", path
    else:
        yield _kind(path), path


def _kind(path: Path) -> FileKind:
    if not path.is_file() or path.stat().st_size > _MOST:
        return "case"
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    if "yaml-language-server" in text.partition("\n")[0]:
        return "case"
    tops = set(re.findall(r"(?m)^(?:- +)?([\w-]+)\s*:", text))
    return next((kind for kind, keys in _TOP_KEYS.items() if keys & tops), "case")


def _scenarios(paths: list[Path], told: list[str]) -> list[Problem]:
    from harness.scenario.catalogue import collect
    from harness.texts import counted

    try:
        scenarios = collect(paths)
    except BadInput as bad:
        return bad.problems
    files = len({scenario.file for scenario in scenarios})
    told.append(f"{counted(len(scenarios), 'case')} in {counted(files, 'file')}: all right")
    return []


def _tried(read: Callable[[Path], object], file: Path) -> list[Problem]:
    try:
        read(file)
    except BadInput as bad:
        return bad.problems
    return []


def _reader(kind: FileKind) -> Callable[[Path], object]:
    if kind == "dialect":
        from harness.scenario.dialect_files import validate_dialect

        return validate_dialect
    if kind == "baseline":
        from harness.results.baseline import load_baseline

        return load_baseline
    from harness.mapping import load_mapping

    return load_mapping
