"""From the start of a process to the first verdict against the bare imports of what it needs."""

from __future__ import annotations

import re
import subprocess
import time
import tomllib

from bench.clock import ROOT, start
from bench.results import Result, milliseconds

PAIRS = 15
CASE = "connected/working"

MODULES = {
    "aiosmtpd": "aiosmtpd.smtp",
    "click": "click",
    "cryptography": "cryptography.x509",
    "imapclient": "imapclient",
    "pydantic": "pydantic",
    "pytest": None,  # not for a run of `badinbox`
    "pytest-xdist": None,
    "pyyaml": "yaml",
    "rich": "rich",
    "trustme": "trustme",
    "twisted": "twisted.mail.imap4",
}
"""What is imported of each mandatory dependency."""


def measure() -> list[Result]:
    imports = ("-c", f"import {', '.join(_modules())}; print('imported')")
    run = ("-m", "badinbox", "run", CASE)
    _seconds(imports), _seconds(run)
    times = [(_seconds(run), _seconds(imports)) for _ in range(PAIRS)]
    against = (
        milliseconds("first verdict", (ours for ours, _ in times)),
        milliseconds("imports", (theirs for _, theirs in times)),
    )
    return [
        Result(
            "process start to first verdict: bare imports",
            1.5,
            tuple(ours / theirs for ours, theirs in times),
            ", ".join(against),
        )
    ]


def _modules() -> list[str]:
    """Raises KeyError for a dependency that nobody has entered above."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[^\w-]", wanted)[0] for wanted in project["dependencies"]]
    return [module for name in names if (module := MODULES[name])]


def _seconds(command: tuple[str, ...]) -> float:
    """From the start of the process to its first line."""
    began = time.perf_counter()
    with start(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        line = process.stdout.readline()
        seconds = time.perf_counter() - began
        process.stdout.read()
    if not line or process.returncode:
        raise RuntimeError(f"{command} said {line!r} and ended with {process.returncode}")
    return seconds
