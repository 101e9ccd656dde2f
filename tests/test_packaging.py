"""What pyproject.toml promises: complete archives, and lower bounds that are tested."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _files(folder: str, *suffixes: str) -> set[str]:
    """The files below a folder of the checkout."""
    found = (ROOT / folder).rglob("*")
    return {f.relative_to(ROOT).as_posix() for f in found if f.suffix in suffixes}


SOURCES = {
    *_files("badinbox", ".py", ".typed"),
    *_files(
        "harness", ".py", ".typed", ".yaml", ".json", ".txt", ".j2", ".css", ".js", ".svg", ".md"
    ),
    *_files("fakeservers", ".py", ".typed", ".yaml", ".json"),
}
CATALOGUE = _files("scenarios", ".yaml", ".json")


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def installed(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to put on the path: what installing the wheel leaves."""
    folder = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(next(archives.glob("*.whl"))).extractall(folder)
    return folder


def _run(installed: Path, empty: Path, *command: str) -> str:
    """Run Python in an empty folder with the wheel in front of the checkout; returns its output."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_is_complete(archives: Path) -> None:
    names = set(zipfile.ZipFile(next(archives.glob("*.whl"))).namelist())
    catalogue = {name.replace("scenarios/", "harness/_catalogue/", 1) for name in CATALOGUE}
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == SOURCES | catalogue | {"harness/_catalogue/README.md"}


def test_the_sdist_is_complete(archives: Path) -> None:
    with tarfile.open(next(archives.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = _files("tests", ".py", ".txt", ".yaml", ".jsonl")
    others = {"README.md", "LICENSE", "CHANGELOG.md", "install.sh", "tox.ini", ".ci/run"}
    assert names >= SOURCES | CATALOGUE | tests | others


def test_the_wheel_runs_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    where = _run(installed, tmp_path, "-c", "import harness; print(harness.__file__)")
    assert Path(where.strip()).is_relative_to(installed)
    cases = json.loads(_run(installed, tmp_path, "-m", "badinbox", "list", "--json"))
    here = subprocess.check_output([sys.executable, "-m", "badinbox", "list", "--json"], cwd=ROOT)
    assert [case["id"] for case in cases] == [case["id"] for case in json.loads(here)]


def test_a_case_of_the_wheel_passes(installed: Path, tmp_path: Path) -> None:
    cases = json.loads(_run(installed, tmp_path, "-m", "badinbox", "list", "--json"))
    working = next(case["id"] for case in cases if case["reproduces"] == "connected")
    _run(installed, tmp_path, "-m", "badinbox", "run", working)


def _bounds(requirements: list[str]) -> dict[str, tuple[str, str]]:
    pattern = re.compile(r"([\w-]+)>=([\d.]+),<([\d.]+)")
    matches = [pattern.fullmatch(text) for text in requirements]
    assert all(matches), "every requirement has both bounds"
    return {match[1]: (match[2], match[3]) for match in matches if match}


def test_every_library_that_is_imported_is_declared() -> None:
    files = [ROOT / name for name in SOURCES if name.endswith(".py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_bytes()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    used = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    own = {"harness", "fakeservers", "badinbox"}
    came_with = {"yaml": "pyyaml", "pydantic_core": "pydantic"}
    declared = set(_bounds(PROJECT["dependencies"]))
    assert {came_with.get(name, name) for name in used - own} <= declared


def test_the_lower_bounds_are_those_that_tox_tests() -> None:
    lines = (ROOT / "tests" / "lowest.txt").read_text("utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    bounds = _bounds(PROJECT["dependencies"])
    assert pinned == [f"{name}=={bounds[name][0]}" for name in sorted(bounds)]
