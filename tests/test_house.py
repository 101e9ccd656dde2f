"""The house: one word for one thing, rooms and files that stay small, and a map that is right."""

from __future__ import annotations

import ast
import pkgutil
import re
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import harness
from tests.table import each_row

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("badinbox", "fakeservers", "harness")
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CODE_SPANS = [
    span
    for block in re.split(r"^```.*?^```", GUIDE, flags=re.DOTALL | re.MULTILINE)
    for span in re.findall(r"`([^`\n]+)`", block)
]

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 50
MOST_FILES_OF_A_ROOM = 12

SAME_MODULES = {
    "engine": "IMAP's and SMTP's: Twisted's and aiosmtpd's",
    "reader": "IMAP's and SMTP's: from bytes to commands",
    "evidence": "what a mailbox saw, and the part of it that belongs to one check",
    "capabilities": "what an IMAP server offers, and what a connector does",
}
"""Modules of one name, and why."""
SAME_NAMES = {
    "Direction": "the same in the checker, which must not know the fakes",
    "Pace": "how fast bytes go, and how fast a life goes",
    "State": "of an IMAP conversation (RFC 9051, 3), and of a connector that stays",
    "Json": "the same in the client of the API, which must not load the server",
}
"""Public names that stand twice, and why."""


def _where(places: list[Path]) -> str:
    return ", ".join(place.relative_to(ROOT).as_posix() for place in places)


@cache
def _trees() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text("utf-8")) for file in MODULES}


def _is_type_name(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


def test_no_name_of_a_class_or_a_type_stands_for_two_things() -> None:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for file, tree in _trees().items():
        for node in tree.body:
            names = [node.name] if isinstance(node, ast.ClassDef) else []
            if isinstance(node, ast.Assign):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            for name in filter(_is_type_name, names):
                found[name].append(file)
    twice = {name: _where(files) for name, files in found.items() if len(files) > 1}
    assert {name: where for name, where in twice.items() if name not in SAME_NAMES} == {}
    assert set(SAME_NAMES) <= set(twice), "no longer needed"


def test_no_module_has_the_name_of_another() -> None:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for file in MODULES:
        if not file.stem.startswith("__"):
            found[file.stem].append(file)
    twice = {name: _where(files) for name, files in found.items() if len(files) > 1}
    assert {name: where for name, where in twice.items() if name not in SAME_MODULES} == {}
    assert set(SAME_MODULES) <= set(twice), "no longer needed"


def test_no_room_has_too_many_files() -> None:
    found: defaultdict[Path, int] = defaultdict(int)
    for file in MODULES:
        found[file.parent] += file.name != "__init__.py"
    assert [_where([room]) for room, files in found.items() if files > MOST_FILES_OF_A_ROOM] == []


@each_row((file.relative_to(ROOT).as_posix(), file) for file in MODULES)
def test_files_and_functions_stay_small(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= MOST_LINES
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    lengths = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(_trees()[file])
        if isinstance(node, functions)
    }
    long = {name: length for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION}
    assert long == {}


def test_the_map_the_contract_and_the_guide_have_every_room_in_one_order() -> None:
    there = {
        path.stem
        for path in (ROOT / "harness").iterdir()
        if (path / "__init__.py").is_file() or (path.suffix == ".py" and path.stem != "__init__")
    }
    on_the_map = re.findall(r"^- `(\w+)`: ", harness.__doc__ or "", re.MULTILINE)
    assert set(on_the_map) == there

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    assert [room for layer in layers for room in re.findall(r"\w+", layer)] == on_the_map

    quoted = "".join(line for line in GUIDE.splitlines() if line.startswith(">"))
    assert re.findall(r"`(\w+)`", quoted) == on_the_map


def test_annotations_of_models_are_not_put_off() -> None:
    """They would be compiled once more, each for itself, when the model is made: a twentieth of
    the start of a command."""
    models, found = {"BaseModel"}, 0
    while len(models) > found:
        found = len(models)
        for tree in _trees().values():
            models |= {name for name, bases, _ in _classes(tree) if bases & models}
    put_off = [
        file
        for file, tree in _trees().items()
        if any(bases & models and fields for _, bases, fields in _classes(tree))
        and any(
            isinstance(each, ast.ImportFrom) and each.module == "__future__" for each in tree.body
        )
    ]
    assert len(models) > 100
    assert _where(put_off) == ""


def _classes(tree: ast.Module) -> list[tuple[str, set[str], bool]]:
    """The name of each, those of its bases, and whether it has fields."""
    return [
        (
            node.name,
            {each.id for each in node.bases if isinstance(each, ast.Name)},
            any(
                isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
                for each in node.body
            ),
        )
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    ]


def test_commands_print_in_one_way() -> None:
    """By `say` and its like, so that no text of others is more than text."""
    printing = ROOT / "harness/cli/shared/printing.py"
    commands = [file for file in MODULES if file.is_relative_to(ROOT / "harness/cli")]
    others = [
        file
        for file in commands
        if re.search(r"click\.s?echo\b", file.read_text("utf-8")) and file != printing
    ]
    assert _where(others) == ""


@pytest.mark.parametrize("package", ["fakeservers", "harness"])
def test_every_room_has_its_tests_in_a_folder_of_its_name(package: str) -> None:
    rooms = {path.name for path in (ROOT / package).iterdir() if (path / "__init__.py").is_file()}
    rooms |= {"plugin"} if package == "harness" else set()
    tests = {path.name for path in (ROOT / "tests" / package).iterdir() if path.is_dir()}
    assert tests - {"__pycache__"} == rooms


def test_every_path_that_the_guide_names_is_there() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    paths = [span for span in CODE_SPANS if span.partition("/")[0] in folders and " " not in span]
    linked = re.findall(r"\]\(([^)#]+)\)", GUIDE)
    assert len(paths) > 80
    assert [path for path in (*paths, *linked) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    "name", [span for span in CODE_SPANS if re.fullmatch(r"(?:harness|fakeservers)\.[\w.]+", span)]
)
def test_every_function_that_the_guide_names_is_there(name: str) -> None:
    assert pkgutil.resolve_name(name)


def test_what_the_guide_says_to_stand_at_a_path_does() -> None:
    """In a row of a table: `COMMANDS` and the like, in one of the files of the row."""
    wrong = []
    for row in (line for line in GUIDE.splitlines() if line.startswith("| ")):
        spans = re.findall(r"`([^`]+)`", row)
        paths = [ROOT / span for span in spans if "/" in span and (ROOT / span).exists()]
        files = [
            file for path in paths for file in ([path] if path.is_file() else path.glob("*.*"))
        ]
        text = "".join(file.read_text("utf-8", "replace") for file in files)  # pictures among them
        names = [span for span in spans if re.fullmatch(r"_?[A-Z]\w{3,}|_?[a-z]+_\w+", span)]
        wrong += [name for name in names if paths and not re.search(rf"\b{name}\b", text)]
    assert wrong == []
