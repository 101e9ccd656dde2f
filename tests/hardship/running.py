"""One run under a hardship, and what is to be said against it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.hardship.hardships import BADINBOX, ROOT, Hardship

Verdicts = dict[tuple[str, str, str | None], str]
SOME: Final = 3
"""Results after which a run is ended that is to be ended in its middle."""
TOO_BUSY: Final = "harness-error"
_LONGEST_S: Final = 1800


@dataclass(frozen=True)
class Ran:
    """``errors``: what was printed on standard error; ``files``: those of the run that are left."""

    verdicts: Verdicts
    status: int
    errors: str
    files: tuple[str, ...]
    seconds: float


def run(hardship: Hardship, folder: Path, selectors: Sequence[str]) -> Ran:
    """Run what is selected; its JSON goes into the folder, which must be empty."""
    folder.chmod(0o777)
    out, errors = folder / "out.json", folder / "errors"
    options = ("--json", str(out), "--jobs", str(hardship.jobs), "--no-preflight")
    command = (*BADINBOX, "run", "-q", *options, *hardship.options, *selectors)
    began = time.monotonic()
    with hardship.around(), errors.open("wb") as told:
        running = subprocess.Popen(
            [*hardship.prefix, *command],
            cwd=ROOT,
            env={**os.environ, **hardship.environment, "GITHUB_ACTIONS": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=told,
            start_new_session=True,
        )
        if hardship.ended_by:
            _end_in_the_middle(running, out, hardship)
        status = running.wait(_LONGEST_S)
    left = tuple(sorted(set(os.listdir(folder)) - {out.name, errors.name}))
    return Ran(_verdicts(out), status, errors.read_text(), left, time.monotonic() - began)


def _end_in_the_middle(running: subprocess.Popen[bytes], out: Path, hardship: Hardship) -> None:
    part = out.with_name(f"{out.name}.part")
    while not part.exists() or part.read_bytes().count(b"\n") < SOME:
        assert running.poll() is None, "it ended before it was ended"
        os.sched_yield()
    assert hardship.ended_by
    running.send_signal(hardship.ended_by)


def _verdicts(file: Path) -> Verdicts:
    if not file.exists():
        return {}
    cases = json.loads(file.read_text())["cases"]
    return {(each["id"], each["phase"], each["remedy"]): each["verdict"] for each in cases}


def complaints(hardship: Hardship, ran: Ran, calm: Ran) -> Iterator[str]:
    """What is not as it must be; ``calm``: the same run without a hardship."""
    for check, verdict in ran.verdicts.items():
        if verdict not in (calm.verdicts[check], hardship.spoils, TOO_BUSY):
            yield f"{' '.join(filter(None, check))}: {verdict}, not {calm.verdicts[check]}"
    if TOO_BUSY in ran.verdicts.values() and ran.status != 3:
        yield f"some checks could not be made, and it ended with {ran.status}"
    if not hardship.ended_by and ran.verdicts.keys() != calm.verdicts.keys():
        yield f"{len(ran.verdicts)} of {len(calm.verdicts)} checks have a verdict"
    if ran.errors.count("\n") > 1 or "Traceback" in ran.errors:
        yield f"it printed: {ran.errors[:500]}"
    if ran.files:
        yield f"it left {', '.join(ran.files)}"
    if hardship.ended_by and ran.status != 128 + hardship.ended_by:
        yield f"ended by {hardship.ended_by.name} it gave {ran.status}"
