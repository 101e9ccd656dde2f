"""`badinbox compare`: what changed between two runs, or between two connectors."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import NOT_PASSED, PASSED
from harness.cli.shared.options import InputFile
from harness.cli.shared.printing import say


@click.command()
@click.argument("before", type=InputFile, metavar="A.json")
@click.argument("after", type=InputFile, metavar="B.json")
def compare_command(before: Path, after: Path) -> int:
    """Tell what changed from A to B, both written by `run --json`.

    The exit code is 1 where a check that passed in A does not pass in B.
    """
    from harness.results.comparison import KINDS, changes, read_results

    found = list(changes(read_results(before), read_results(after)))
    for kind, meaning in KINDS.items():
        some = [change for change in found if change.kind == kind]
        if some:
            say(f"{kind} ({meaning}): {len(some)}")
        for change in some:
            outcome = " -> ".join(part for part in (change.before, change.after) if part)
            say(f"  {change.check}: {outcome}")
    if not found:
        say("nothing changed")
    return NOT_PASSED if any(change.kind == "worse" for change in found) else PASSED
