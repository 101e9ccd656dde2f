"""What pyproject.toml promises: complete archives, and lower bounds that are tested."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import badinbox

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
SHARED = {
    "share/man/man1/badinbox.1",
    "share/bash-completion/completions/badinbox",
    "share/zsh/site-functions/_badinbox",
    "share/fish/vendor_completions.d/badinbox.fish",
}
"""What tools find by where it is: `man`, and shells."""
CATALOGUE = _files("scenarios", ".yaml", ".json")


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
    inside = {name for name in names if not re.match(r"badinbox-[\d.]+\.(dist-info|data)/", name)}
    pages = {f"harness/_catalogue/{name}.md" for name in ("README", "FAIRNESS")}
    assert inside == SOURCES | catalogue | pages
    shared = {name.partition(".data/data/")[2] for name in names if ".data/" in name}
    assert shared == SHARED


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


def _for_users() -> list[str]:
    """What badinbox needs, and what a user may add."""
    return [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["watch"]]


def test_every_library_that_is_imported_is_declared() -> None:
    files = [ROOT / name for name in SOURCES if name.endswith(".py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_bytes()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    used = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)
    own = {"harness", "fakeservers", "badinbox"}
    came_with = {"yaml": "pyyaml", "pydantic_core": "pydantic"}
    declared = set(_bounds(_for_users()))
    assert {came_with.get(name, name) for name in used - own} <= declared


def test_the_lower_bounds_are_those_that_tox_tests() -> None:
    lines = (ROOT / "tests" / "lowest.txt").read_text("utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    bounds = _bounds(_for_users())
    assert pinned == [f"{name}=={bounds[name][0]}" for name in sorted(bounds)]


USER = """\
from pathlib import Path

import badinbox


def product(settings: badinbox.ConnectionSettings) -> badinbox.Diagnosis:
    return badinbox.check(settings)


def all_of_it(client: badinbox.Client, server: badinbox.ServerSettings) -> str:
    scenarios: list[badinbox.Scenario] = badinbox.load_scenarios("unauthorized")
    with badinbox.mailbox(scenarios[0]) as mailbox:
        result: badinbox.CaseResult = mailbox.judge(product(mailbox.settings))
    meanings = badinbox.load_mapping(Path("mapping.yaml"))
    results: badinbox.Results = badinbox.run(product, scenarios, meanings=meanings)
    before: badinbox.Results = badinbox.read_results(Path("results.json"))
    return f"{results == before} {result.judgement.verdict} {server.port} {client.mailboxes()}"


async def asynchronously(spec: badinbox.MailboxSpec, scenario: badinbox.Scenario) -> bool:
    async with badinbox.open_mailbox(spec) as mailbox, badinbox.Runner("builtin") as runner:
        await runner.run_case(scenario)
    return badinbox.judge(scenario, {"error": "unauthorized"}, mailbox).passed
"""


def test_a_users_file_is_strictly_typed_from_the_wheel(
    archives: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Of a virtualenv with the wheel: what is in site-packages has types only with a `py.typed`."""
    venv.create(tmp_path / "venv", symlinks=True)
    [site] = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(next(archives.glob("*.whl"))).extractall(site)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    everything = f"from badinbox import {', '.join(badinbox.__all__)}\n"
    (tmp_path / "names.py").write_text(everything)
    (tmp_path / "user.py").write_text(USER)
    cache = pytestconfig.cache
    assert cache
    options = ["--strict", "--cache-dir", str(cache.mkdir("mypy"))]
    interpreter = str(tmp_path / "venv/bin/python")
    command = [sys.executable, "-m", "mypy", *options, "--python-executable", interpreter]
    for names, good in (("names.py user.py", True), ("unknown.py", False)):
        (tmp_path / "unknown.py").write_text("import badinbox\n\nbadinbox.mailboxes\n")
        run = subprocess.run(
            [*command, *names.split()], cwd=tmp_path, capture_output=True, text=True
        )
        assert (run.returncode == 0) is good, run.stdout + run.stderr
        assert good or 'Module has no attribute "mailboxes"' in run.stdout


def _tracked() -> list[str]:
    """The files that git tracks; skips where this is no checkout."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("a checkout and git are not installed")
    return subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()


def test_no_binary_is_tracked_but_the_listed_pictures() -> None:
    files = [ROOT / name for name in _tracked() if name not in PICTURES]
    binary = [file for file in files if file.is_file() and b"\0" in file.read_bytes()[:8000]]
    assert binary == []


def test_every_tracked_file_is_part_of_something() -> None:
    """In a package, a Python test or measure, a scenario; or named where people or tools read."""
    tracked = [name for name in _tracked() if (ROOT / name).is_file()]
    part = SOURCES | CATALOGUE | SHARED | KNOWN | {".ci/run"}
    words = {
        name: (ROOT / name).read_text("utf-8")
        for name in tracked
        if name not in CATALOGUE and (name.endswith(READ) or name in part)
    }
    assert [name for name in tracked if name not in part and not _has_a_use(name, words)] == []


def _has_a_use(name: str, words: dict[str, str]) -> bool:
    path = Path(name)
    if path.suffix == ".py" and path.parts[0] in ("tests", "bench", "examples"):
        return True
    folder = path.parent.name
    wanted = [path.name, f'"{path.stem}"', *([f"{folder}/", f'"{folder}"'] if folder else ())]
    others = (text for other, text in words.items() if other != name)
    return any(term in text for text in others for term in wanted)


PICTURES = {"docs/page.png"}
READ = (".md", ".py", ".toml", ".ini", ".yaml", ".sh")
KNOWN = {
    *("LICENSE", "README.md", "tox.ini"),
    *(".dockerignore", ".gitignore", ".pre-commit-config.yaml"),
}
"""What tools and people look for by its name."""
