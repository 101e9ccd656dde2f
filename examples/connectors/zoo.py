"""The connectors here: each folder with a `connector.yaml` is one."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".ci" / "cache" / "connectors"
"""Where libraries are installed and results kept; git ignores it."""


@dataclass(frozen=True)
class Animal:
    """One connector: `command` starts it, `present` ends with 0 where its libraries are.

    `loses`: sentences on what its libraries do not tell, or do, which no connector can mend.
    """

    name: str
    title: str
    language: str
    command: str
    present_command: str
    loses: tuple[str, ...]

    @property
    def connector(self) -> str:
        """As `badinbox run --connector` takes it, from the root of the checkout."""
        return f"jsonl:env {shlex.join(self._places())} {self.command}"

    def present(self) -> bool:
        """Whether it can be run here."""
        words = ["env", *self._places(), *shlex.split(self.present_command)]
        return subprocess.run(words, capture_output=True, cwd=ROOT, check=False).returncode == 0

    def install(self) -> None:
        """Install what its folder pins, once. Raises CalledProcessError."""
        folder, modules = HERE / self.name, CACHE / self.name
        commands = {
            "requirements.txt": [
                sys.executable,
                "-m",
                "pip",
                "install",
                "-q",
                "--target",
                ".",
                "-r",
            ],
            "package.json": ["npm", "install", "--silent", "--no-audit", "--no-fund"],
        }
        for name, command in commands.items():
            pins, done = folder / name, modules / f"{name}.installed"
            if not pins.is_file() or (done.is_file() and done.read_bytes() == pins.read_bytes()):
                continue
            shutil.rmtree(modules, ignore_errors=True)
            modules.mkdir(parents=True)
            shutil.copy(pins, modules)
            last = [name] if command[-1] == "-r" else []
            subprocess.run([*command, *last], cwd=modules, check=True)
            shutil.copy(pins, done)

    def _places(self) -> list[str]:
        modules = CACHE / self.name
        return [f"PYTHONPATH={modules}", f"NODE_PATH={modules / 'node_modules'}"]


def _animal(file: Path) -> Animal:
    said = yaml.safe_load(file.read_text("utf-8"))
    return Animal(
        name=file.parent.name,
        title=said["title"],
        language=said["language"],
        command=said["command"],
        present_command=said["present"],
        loses=tuple(said.get("loses", ())),
    )


CONNECTORS = [_animal(file) for file in sorted(HERE.glob("*/connector.yaml"))]
