"""The examples of docs/api.md and of examples/, run as they stand, where their runtime is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.harness.cli.conftest import started

Absent = Callable[[str], NoReturn]
ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
JARS = Path("/usr/share/java")
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.DOTALL))

JAVA = """\
import java.net.URI;
import java.net.http.*;
class Example {{ public static void main(String[] arguments) throws Exception {{ {0} }} }}
"""
GO = """\
package main
import ("io"; "net/http"; "os"; "strings")
func main() {{ {0} }}
"""
RUNTIMES = {
    "python": ("python3", "{0}", "example.py", [sys.executable, "example.py"]),
    "js": ("node", "{0}", "example.mjs", ["node", "example.mjs"]),
    "java": ("java", JAVA, "Example.java", ["java", "Example.java"]),
    "go": ("go", GO, "example.go", ["go", "run", "example.go"]),
    "php": ("php", "<?php {0}", "example.php", ["php", "example.php"]),
}
"""For each language: its program, what stands around the lines, the file, and how it is run."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The environment that the examples expect, with a running `serve`."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with started(tmp_path, "serve") as process:
        assert process.stdout
        for line in process.stdout:
            if found := re.fullmatch(r"API (\S+)/\?token=(\S+)\n", line):
                url, token = found.groups()
                yield {**os.environ, "BADINBOX_URL": url, "BADINBOX_TOKEN": token}
                return
        pytest.fail(process.communicate()[1])


@pytest.mark.parametrize("language", RUNTIMES)
def test_an_example_of_the_documentation(
    served: dict[str, str], tmp_path: Path, language: str, absent: Absent
) -> None:
    program, around, name, command = RUNTIMES[language]
    needed = "javac" if program == "java" else program  # a JRE cannot start what is not compiled
    if not shutil.which(needed):
        absent(f"{needed} is not installed")
    (tmp_path / name).write_text(around.format(BLOCKS[language]))
    done = _run(command, tmp_path, {**served, "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert re.search("passed" if language == "python" else r"127\.0\.0\.1.*\d{4}", done.stdout)


def test_the_jest_example(tmp_path: Path, absent: Absent) -> None:
    modules = Path(os.environ.get("BADINBOX_NODE_MODULES", ""))
    if not shutil.which("node"):
        absent("node is not installed")
    if not (modules / "jest").is_dir():
        absent("jest is not installed where BADINBOX_NODE_MODULES says")
    folder = shutil.copytree(EXAMPLES / "jest", tmp_path / "jest")
    (folder / "node_modules").symlink_to(modules)
    done = _run(["node", str(modules / "jest/bin/jest.js")], folder, _with_command(tmp_path))
    assert done.returncode == 0 and "1 passed" in done.stderr, done.stderr


def test_the_junit_example(tmp_path: Path, absent: Absent) -> None:
    jars = [JARS / f"{name}.jar" for name in ("junit-platform-console", "junit-jupiter", "gson")]
    if not shutil.which("javac") or not all(jar.exists() for jar in jars):
        absent("Debian's junit5, libgson-java or a JDK is not installed")
    names = ("junit-*", "opentest4j", "apiguardian-api", "picocli", "univocity-parsers", "gson")
    path = ":".join(str(jar) for name in names for jar in JARS.glob(f"{name}.jar"))
    sources = map(str, (EXAMPLES / "junit5/src/test/java").glob("*.java"))
    compiled = _run(["javac", "-cp", path, "-d", "out", *sources], tmp_path, dict(os.environ))
    assert compiled.returncode == 0, compiled.stderr
    launcher = "org.junit.platform.console.ConsoleLauncher"
    test = ["java", "-cp", f"{path}:out", launcher, "--scan-classpath", "out"]
    done = _run(test, tmp_path, _with_command(tmp_path))
    assert done.returncode == 0 and "1 tests successful" in done.stdout, done.stdout


def _with_command(folder: Path) -> dict[str, str]:
    """The environment in which the variable BADINBOX names a program that is our command."""
    program = folder / "badinbox-command"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m badinbox "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "BADINBOX": str(program), "XDG_RUNTIME_DIR": str(folder), "CI": "true"}


def _run(
    command: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
