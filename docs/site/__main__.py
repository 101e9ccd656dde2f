"""`python -m docs.site build FOLDER`: the site of this version, in a folder of its own there."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from badinbox import __version__
from docs.site import links, sources, versions

HERE = Path(__file__).parent


def main() -> int:
    """Build it, and look at its links; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.site", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("build", help="build the site of this version")
    command.add_argument("folder", type=Path, help="where the sites of all versions are")
    command.add_argument("--version", default=__version__, help="what this one is called")
    command.add_argument("--repository", default="", help="the address of the repository")
    command.add_argument("--ref", default="HEAD", help="the commit or tag that it is built from")
    given = parser.parse_args()
    repository = sources.Repository(given.repository.rstrip("/"), given.ref)
    return build(given.folder, given.version, repository)


def build(folder: Path, version: str, repository: sources.Repository) -> int:
    """Write `folder/version`, and what joins the versions in `folder`; 0: nothing is wrong."""
    from sphinx.cmd.build import build_main

    with tempfile.TemporaryDirectory() as made:
        source = Path(made, "source")
        sources.write(source, repository)
        options = ["-q", "-W", "--keep-going", "-n", "-b", "html"]
        options += ["-c", str(HERE), "-d", str(Path(made, "doctrees")), "-D", f"release={version}"]
        if code := build_main([*options, str(source), str(folder / version)]):
            return code
    versions.join(folder)
    problems = links.problems(folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
