"""The connectors of examples: each folder with a `connector.yaml` is one."""

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
"""Where the libraries of those here are installed and results kept; git ignores it."""


@dataclass(frozen=True)
class Animal:
    """One connector: `command` starts it, `present` ends with 0 where its libraries are.

    `loses`: sentences on what its libraries do not tell, or do, which no connector can mend.
    `build`: a command that is run once its libraries are there. `versions_command`: prints what its
    libraries are, in one line; left out: it is not asked.
    """

    folder: Path
    title: str
    language: str
    command: str
    present_command: str
    loses: tuple[str, ...]
    build: str
    versions_command: str

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def connector(self) -> str:
        """As `badinbox run --connector` takes it, from the root of the checkout."""
        return f"jsonl:{self.started}"

    @property
    def started(self) -> str:
        """The command with the places of its libraries, from the root of the checkout."""
        return f"env {shlex.join(self._places())} {self.command}"

    def present(self) -> bool:
        """Whether it can be run here."""
        return self._asked(self.present_command).returncode == 0

    def versions(self) -> str:
        """Of its libraries and its runtime, as they are here."""
        return self._asked(self.versions_command).stdout.strip().replace("\n", ", ")

    def _asked(self, command: str) -> subprocess.CompletedProcess[str]:
        words = ["env", *self._places(), *shlex.split(command)]
        return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)

    def install(self) -> None:
        """Install what its folder pins, once. Raises CalledProcessError."""
        modules = self._modules
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
            pins, done = self.folder / name, modules / f"{name}.installed"
            if not pins.is_file() or (done.is_file() and done.read_bytes() == pins.read_bytes()):
                continue
            shutil.rmtree(modules, ignore_errors=True)
            modules.mkdir(parents=True)
            shutil.copy(pins, modules)
            last = [name] if command[-1] == "-r" else []
            subprocess.run([*command, *last], cwd=modules, check=True)
            shutil.copy(pins, done)
        if self.build:
            modules.mkdir(parents=True, exist_ok=True)
            subprocess.run(shlex.split(self.build), cwd=ROOT, check=True)

    def _places(self) -> list[str]:
        modules = self._modules
        return [f"PYTHONPATH={modules}", f"NODE_PATH={modules / 'node_modules'}"]

    @property
    def _modules(self) -> Path:
        return ROOT / ".ci" / "cache" / self.folder.parent.name / self.name


def animal(file: Path) -> Animal:
    """That of a `connector.yaml`."""
    said = yaml.safe_load(file.read_text("utf-8"))
    return Animal(
        folder=file.parent,
        title=said["title"],
        language=said["language"],
        command=said["command"],
        present_command=said["present"],
        loses=tuple(said.get("loses", ())),
        build=said.get("build", ""),
        versions_command=said.get("versions", ""),
    )


CONNECTORS = [animal(file) for file in sorted(HERE.glob("*/connector.yaml"))]
