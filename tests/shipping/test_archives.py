"""The archives of a release: the same each time, and to be installed as people install things."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

from tests.archives import build

ROOT = Path(__file__).resolve().parents[2]


def test_two_builds_are_the_same(archives: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        build(tmp_path)
    finally:
        os.umask(before)
    names = sorted(file.name for file in archives.iterdir())
    assert [name.rpartition(".")[2] for name in names] == ["whl", "gz"]
    for name in names:
        assert (tmp_path / name).read_bytes() == (archives / name).read_bytes()


def test_an_index_would_take_them(archives: Path) -> None:
    files = [str(file) for file in archives.iterdir()]
    command = [sys.executable, "-m", "twine", "check", "--strict", *files]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_has_nothing_that_should_not_be_installed(archives: Path) -> None:
    [wheel] = archives.glob("*.whl")
    command = [sys.executable, "-m", "check_wheel_contents", str(wheel)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_uvx_runs_it_from_a_folder_of_wheels(archives: Path, tmp_path: Path) -> None:
    """As `uvx badinbox` does; what it depends on is that of this environment."""
    libraries = sysconfig.get_path("purelib")
    command = [str(Path(sysconfig.get_path("scripts"), "uvx")), "--offline", "--no-index"]
    command += ["--find-links", str(archives), "--python", sys.executable, "badinbox"]
    (tmp_path / "overrides.txt").write_text(_none_of_its_dependencies())
    command[1:1] = ["--overrides", str(tmp_path / "overrides.txt")]
    environment = {**os.environ, "PYTHONPATH": libraries, "UV_CACHE_DIR": str(tmp_path / "uv")}
    for arguments, printed in (
        (["--version"], "badinbox "),
        (["list", "connected/"], "connected/"),
    ):
        done = subprocess.run(
            [*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(printed)


def _none_of_its_dependencies() -> str:
    """What has uv leave each of them out: a marker that never holds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return "".join(f"{each}; python_version < '3'\n" for each in project["dependencies"])
