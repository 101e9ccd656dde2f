"""Real libraries and products that stay connected: which are here, and how each is started.

    python -m examples.staying.survey                  # those whose runtime is here
    python -m examples.staying.survey --install NAME   # what its folder pins, into .ci/cache

Run from the folder that holds `examples`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from examples.connectors.zoo import ROOT, Animal, animal

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Stayer:
    """One that stays. `ours`: what of it is code of this folder, rather than the product's own.
    `pace`: how much slower than usual it has to be run, as it does not honour the pace. `mapping`:
    what its codes mean, and what it does; the file of all whose codes are documented errors."""

    animal: Animal
    ours: str
    pace: float
    mapping: Path


def _stayer(file: Path) -> Stayer:
    said = yaml.safe_load(file.read_text("utf-8"))
    mapping = file.parent / said.get("mapping", "../mapping.yaml")
    return Stayer(animal(file), said["ours"], said["pace"], mapping.resolve().relative_to(ROOT))


STAYERS = [_stayer(file) for file in sorted(HERE.glob("*/connector.yaml"))]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="which; left out: all")
    parser.add_argument("--install", action="store_true", help="install their libraries, no more")
    options = parser.parse_args(arguments)
    for each in STAYERS:
        if options.names and each.animal.name not in options.names:
            continue
        if options.install:
            each.animal.install()
        elif each.animal.present():
            print(f"{each.animal.name}, pace {each.pace:g}, {each.mapping}:")
            print(f"  {each.animal.started}")
        else:
            print(f"{each.animal.name}: its runtime is not here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
