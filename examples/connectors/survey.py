"""Which library lets an application tell which failure: runs the connectors here, writes the table.

    python -m examples.connectors.survey                  # those whose runtime is here
    python -m examples.connectors.survey --write          # … and writes results.md
    python -m examples.connectors.survey --tokens --write # the same of the scenarios with tokens
    python -m examples.connectors.survey --install NAME   # its pinned libraries, into .ci/cache

Run from the folder that holds `examples`. The results of each run stay in .ci/cache.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from examples.connectors.table import results_page, tokens_of, tokens_section
from examples.connectors.zoo import CACHE, CONNECTORS, Animal

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    chosen = [each for each in CONNECTORS if not options.names or each.name in options.names]
    if options.install:
        for each in chosen:
            each.install()
        return 0
    there = [each for each in chosen if each.present()]
    for absent in sorted({each.name for each in chosen} - {each.name for each in there}):
        print(f"{absent}: its runtime is not here, left out")
    for each in there:
        _run(each, options.tokens, options.jobs)
    if options.write:
        _write(options.tokens)
    return 0


def _write(tokens: bool) -> None:
    """Write the page; the part that was not run stays as it is."""
    page = HERE / "results.md"
    text, results = page.read_text("utf-8"), _results(tokens)
    today = date.today().isoformat()
    old = tokens_of(text)
    if tokens:
        text = text.replace(old, tokens_section(results, today))
    else:
        text = results_page(results, old, today)
    page.write_text(text, encoding="utf-8")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="connectors; left out: all")
    parser.add_argument("--install", action="store_true", help="install their libraries, no more")
    parser.add_argument("--write", action="store_true", help="write results.md")
    parser.add_argument("--tokens", action="store_true", help="the scenarios with tokens only")
    parser.add_argument("--jobs", type=int, default=8)
    return parser


def _run(animal: Animal, tokens: bool, jobs: int) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "badinbox",
        "run",
        f"authentication={'oauth2' if tokens else 'password'}",
        # The preflight finds out who takes tokens; of passwords, the cures would take hours.
        *([] if tokens else ["--no-preflight", "--phase", "fault"]),
        "--jobs",
        str(jobs),
    ]
    command += ["--connector", animal.connector, "--json", str(_file(animal, tokens))]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    print(f"{animal.name}: {(ran.stdout.splitlines() or [ran.stderr.strip()])[-1]}", flush=True)


def _file(animal: Animal, tokens: bool) -> Path:
    return CACHE / f"{animal.name}{'.tokens' if tokens else ''}.json"


def _results(tokens: bool) -> dict[Animal, list[dict[str, Any]]]:
    """Of each that was run here, its cases."""
    files = {animal: _file(animal, tokens) for animal in CONNECTORS}
    return {
        animal: json.loads(file.read_text("utf-8"))["cases"]
        for animal, file in files.items()
        if file.is_file()
    }


if __name__ == "__main__":
    sys.exit(main())
