"""The connectors here: each folder with a `connector.yaml` is one."""

from __future__ import annotations

import shlex
import subprocess
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
        """Install what its folder pins. Raises CalledProcessError."""
        folder, modules = HERE / self.name, CACHE / self.name
        if (folder / "requirements.txt").is_file():
            pip = ["python3", "-m", "pip", "install", "--quiet", "--target", str(modules)]
            subprocess.run([*pip, "--upgrade", "-r", "requirements.txt"], cwd=folder, check=True)
        if (folder / "package.json").is_file():
            modules.mkdir(parents=True, exist_ok=True)
            (modules / "package.json").write_bytes((folder / "package.json").read_bytes())
            npm = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
            subprocess.run(npm, cwd=modules, check=True)

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
