"""From the start of a process to the first verdict against the bare imports of what it needs."""

from __future__ import annotations

import re
import subprocess
import time
import tomllib

from bench.clock import ROOT, start
from bench.results import Result, milliseconds

ROUNDS = 15
WORKING = ("-m", "badinbox", "run", "connected/working[implicit-tls]")
FAULTY = ("-m", "badinbox", "run", "unauthorized/bad-password-smtp[dovecot]")

MODULES = {
    "aiosmtpd": "aiosmtpd.smtp",
    "cryptography": "cryptography.x509",
    "pydantic": "pydantic.main",
    "pytest-xdist": "xdist",
    "pyyaml": "yaml",
    "twisted": "twisted.mail.imap4",
}
"""What is imported of a mandatory dependency where it is not a module of the same name."""

UNUSED = {
    *("h11", "httpx", "jinja2", "joserfc", "junitparser", "pytest", "pytest-xdist", "pyyaml"),
    *("regex", "rich", "starlette", "uvicorn"),
}
"""Mandatory dependencies that this run has no use for, and does not import."""


def measure() -> list[Result]:
    """Once against the dependencies that a run imports, once against all mandatory ones."""
    names = _dependencies()
    used = _imports([name for name in names if name not in UNUSED])
    everything = _imports(names)
    commands = (WORKING, FAULTY, used, everything)
    for command in commands:
        _seconds(command)  # compiles what is not compiled yet
    rounds = [tuple(map(_seconds, commands)) for _ in range(ROUNDS)]
    working, faulty, of_used, of_everything = zip(*rounds, strict=True)
    ours = milliseconds("working mailbox", working)
    return [
        Result(
            "process start to first verdict: imports that it uses",
            1.5,
            tuple(a / b for a, b in zip(working, of_used, strict=True)),
            f"{ours}, {milliseconds('imports', of_used)}; "
            f"{milliseconds('a fault and its cure', faulty)}",
        ),
        Result(
            "process start to first verdict: all mandatory imports",
            1.5,
            tuple(a / b for a, b in zip(working, of_everything, strict=True)),
            f"{ours}, {milliseconds('imports', of_everything)}",
        ),
    ]


def _dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [re.split(r"[^\w-]", wanted)[0] for wanted in project["dependencies"]]


def _imports(names: list[str]) -> tuple[str, ...]:
    modules = ", ".join(MODULES.get(name, name) for name in names)
    return ("-c", f"import {modules}; print('imported')")


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
