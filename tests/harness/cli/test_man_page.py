"""The man page and the completions that a wheel installs, against the commands that there are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from harness import cli
from harness.cli.shared.man_page import completion_script

SHARE = Path(__file__).resolve().parents[3] / "share"
PAGE = SHARE / "man/man1/badinbox.1"
BASH = SHARE / "bash-completion/completions/badinbox"
SCRIPTS = {
    "bash": BASH,
    "zsh": SHARE / "zsh/site-functions/_badinbox",
    "fish": SHARE / "fish/vendor_completions.d/badinbox.fish",
}


def test_the_page_is_up_to_date() -> None:
    """Otherwise: bash .ci/generate. In a process of its own, as it is made: a command remembers by
    which names it was asked for help first."""
    made = [sys.executable, "-m", "harness.cli.shared.man_page"]
    done = subprocess.run(made, capture_output=True, text=True, check=True)
    assert PAGE.read_text("utf-8") == done.stdout


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_completion_asks_this_command(shell: str) -> None:
    for script in (SCRIPTS[shell].read_text("utf-8"), completion_script(shell)):
        assert f"{cli.VARIABLE_OF_COMPLETION}={shell}_complete" in script
        assert "badinbox" in script.splitlines()[0]


def test_groff_reads_all_of_it(absent: Callable[[str], NoReturn]) -> None:
    if not shutil.which("groff"):
        absent("groff is not installed")
    command = ["groff", "-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for name in cli.COMMANDS:
        assert re.search(rf"^   badinbox {name}\b", done.stdout, re.MULTILINE), name
    assert "'!…' excludes" in done.stdout.replace("`", "")
    assert "--baseline FILE" in done.stdout
    assert "badinbox mapping init" in done.stdout


def test_bash_completes_with_what_is_installed() -> None:
    typed = "COMP_WORDS=(badinbox ser); COMP_CWORD=1; COMPREPLY=()"
    printed = 'printf "%s\\n" "${COMPREPLY[@]}"'
    asked = f'source "{BASH}"; {typed}; _badinbox_completion badinbox; {printed}'
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["serve"], done.stderr
