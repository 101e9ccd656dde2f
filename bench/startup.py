"""From the start of a process to the first verdict against the bare imports of what it needs."""

from __future__ import annotations

import re
import subprocess
import time
import tomllib

from bench.clock import ROOT, start
from bench.results import Result, milliseconds

PAIRS = 15
CASE = "connected/working[implicit-tls]"

MODULES = {
    "aiosmtpd": "aiosmtpd.smtp",
    "cryptography": "cryptography.x509",
    "pyyaml": "yaml",
    "twisted": "twisted.mail.imap4",
}
"""What is imported of a mandatory dependency where it is not a module of the same name."""

UNUSED = {"junitparser", "pytest", "pytest-xdist"}
"""Mandatory dependencies that this run has no use for: they would only make the target easier."""


def measure() -> list[Result]:
    imports = ("-c", f"import {', '.join(_modules())}; print('imported')")
    run = ("-m", "badinbox", "run", CASE)
    for command in (imports, run):
        _seconds(command)  # compiles what is not compiled yet
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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[^\w-]", wanted)[0] for wanted in project["dependencies"]]
    return [MODULES.get(name, name) for name in names if name not in UNUSED]


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
