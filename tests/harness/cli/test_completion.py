"""What shells are told when TAB is pressed, and what a real bash makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakeservers.dialects.dialect import dialect_names

from .conftest import Badinbox, environment

GMAIL = "unauthorized-app-password-required/gmail-imap"

TITLE = "Gmail refuses the account password and asks for an app password"


def completed(badinbox: Badinbox, shell: str, *words: str) -> list[str]:
    """What is told of the last of these words, line by line."""
    done = badinbox(
        _BADINBOX_COMPLETE=f"{shell}_complete",
        COMP_WORDS=" ".join(["badinbox", *words]),
        COMP_CWORD=words[-1] if shell == "fish" else str(len(words)),
    )
    return done.stdout.splitlines()


def offered(badinbox: Badinbox, *words: str) -> list[str]:
    """The words that bash is offered."""
    return [line.removeprefix("plain,") for line in completed(badinbox, "bash", *words) if line]


def test_a_selector_is_offered_bit_by_bit(badinbox: Badinbox) -> None:
    first = offered(badinbox, "run", "")
    assert {"connected/", "unauthorized/", "stage=", "advice="} <= set(first) and len(first) < 30
    assert offered(badinbox, "run", "se") == ["service=", "security="]
    assert offered(badinbox, "run", "unauthorized-app") == ["unauthorized-app-password-required/"]
    assert GMAIL in offered(badinbox, "run", "connected/", "unauthorized-app-password-required/")
    cases = offered(badinbox, "list", "connected/working[")
    assert cases == [f"connected/working[{mode}]" for mode in MODES]
    assert offered(badinbox, "run", "!connec") == ["!connected/"]
    assert offered(badinbox, "mapping", "init", "service=") == [
        "service=imap",
        "service=oauth",
        "service=smtp",
    ]
    assert offered(badinbox, "serve", "!security=st") == ["!security=starttls"]


MODES = ("implicit-tls", "starttls", "cleartext")


@pytest.mark.parametrize("words", [["stage", "=", "imap-con"], ["!stage", "=", "imap-con"]])
def test_bash_takes_a_value_for_a_word_of_its_own(badinbox: Badinbox, words: list[str]) -> None:
    assert offered(badinbox, "run", *words) == ["imap-confirm", "imap-connect"]
    assert offered(badinbox, "run", "service", "=") == ["imap", "oauth", "smtp"]


def test_scenarios_of_ones_own_are_offered(badinbox: Badinbox, scenarios: Path) -> None:
    own = ("run", "--scenarios", "scenarios")
    assert offered(badinbox, *own, "connected/") == ["connected/works"]
    assert offered(badinbox, *own, "nothing") == ["file,"], "the shell offers files"
    (scenarios / "connected/works.yaml").write_text("# no longer one")
    (scenarios / "unauthorized-app-password-required/asks.yaml").unlink()
    assert offered(badinbox, *own, "connected/") == []


def test_other_words_are_offered(badinbox: Badinbox) -> None:
    assert GMAIL in offered(badinbox, "show", "unauthorized-app-password-required/gm")
    forms = offered(badinbox, "run", "--connector", "")
    assert {"builtin", "jsonl:", "http://127.0.0.1:"} <= set(forms)
    assert offered(badinbox, "mapping", "init", "--connector", "./che") == ["file,"]
    assert offered(badinbox, "reproduce", "--provider", "") == list(dialect_names())
    assert "--sample" in offered(badinbox, "run", "--sa")
    assert offered(badinbox, "re") == ["report", "reproduce", "record"]


@pytest.mark.parametrize(
    ("shell", "lines"),
    [
        (
            "zsh",
            ["plain", GMAIL, TITLE],
        ),
        (
            "fish",
            [f"plain,{GMAIL}\t{TITLE}"],
        ),
    ],
)
def test_other_shells_are_told_the_titles_too(
    badinbox: Badinbox, shell: str, lines: list[str]
) -> None:
    assert completed(badinbox, shell, "run", GMAIL) == lines
    assert f"{shell}_complete" in badinbox(_BADINBOX_COMPLETE=f"{shell}_source").stdout


def test_ids_are_offered_without_reading_scenarios_again(tmp_path: Path) -> None:
    """Whoever presses TAB waits: nothing takes as long as the models of scenarios."""
    variables = environment(
        XDG_CACHE_HOME=str(tmp_path),
        _BADINBOX_COMPLETE="bash_complete",
        COMP_WORDS="badinbox run connected/working[st",
        COMP_CWORD="2",
    )
    asked = [sys.executable, "-X", "importtime", "-m", "badinbox"]
    first, again = (
        subprocess.run(asked, env=variables, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert first.stdout == again.stdout == "plain,connected/working[starttls]\n"
    assert "harness.scenario.model" in first.stderr
    assert "harness.scenario.model" not in again.stderr and "pydantic" not in again.stderr


BASH = """
eval "$(_BADINBOX_COMPLETE=bash_source badinbox)"
compopt() { echo compopt "$@"; }
COMP_WORDS=(badinbox run "$1"); COMP_CWORD=2
_badinbox_completion badinbox
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_a_real_bash(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash, "bash is there wherever these tests run"
    program = tmp_path / "badinbox"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m badinbox "$@"\n')
    program.chmod(0o755)
    variables = environment(PATH=f"{tmp_path}:{os.environ['PATH']}")

    def said(word: str) -> list[str]:
        bashed = [bash, "--norc", "-c", BASH, "bash", word]
        return subprocess.check_output(bashed, env=variables, text=True).splitlines()

    assert said("unauthorized-app") == ["compopt -o nospace", "unauthorized-app-password-required/"]
    assert said("connected/working[imp") == ["connected/working[implicit-tls]"]
