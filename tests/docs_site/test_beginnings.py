"""The three pages to begin with: what is typed there leads to what they say."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from harness.cli import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
PRODUCTS = (DOCS / "start-mapping.md").read_text("utf-8")
SUPPORT = (DOCS / "start-support.md").read_text("utf-8")
RUNTIMES = {
    "python": ("check.py", sys.executable),
    "js": ("check.js", "node"),
    "php": ("check.php", "php"),
}
FINDING = "unauthorized-app-password-required/gmail-imap"
"""What the page says to be found first."""
CHOSEN = (
    FINDING,
    "connected/working[implicit-tls]",
    "imap-authentication-error/no-reason[courier]",
    "imap-authentication-error/account-locked[dovecot]",
    "unauthorized/bad-password-imap[gmail]",
    "unauthorized-untrusted-certificate/expired[imap-implicit-tls]",
)


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("language", RUNTIMES)
def test_the_first_finding_comes_by_what_the_page_says(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    absent: Callable[[str], NoReturn],
) -> None:
    name, program = RUNTIMES[language]
    if shutil.which(program) is None:
        absent(f"{program} is not installed")
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(_blocks(PRODUCTS, language)[0], "utf-8")
    connector = ["--connector", f"{program} {name}"]
    assert main(["mapping", "init", *connector, *CHOSEN]) == 0
    capsys.readouterr()
    run = ["run", *connector, "--mapping", "mapping.yaml"]
    assert main([*run, *CHOSEN]) == 1
    assert f"such as {FINDING}" in capsys.readouterr().out

    mapping = Path("mapping.yaml").read_text("utf-8")
    [general, mended] = _blocks(PRODUCTS, "yaml")
    assert general.startswith("  - code: ")
    Path("mapping.yaml").write_text(mapping.replace("rules:\n", f"rules:\n{mended}", 1))
    assert main([*run, FINDING]) == 0, capsys.readouterr().out


def test_a_ticket_becomes_a_mailbox_by_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    [pasted] = [block for block in _blocks(SUPPORT, "sh") if block.startswith("cat > ticket.log")]
    found = re.fullmatch(r"cat > (\S+) <<'END'\n(.*?)END\n(.*)", pasted, re.DOTALL)
    assert found
    Path(found[1]).write_text(found[2], "utf-8")
    assert main(found[3].split()[1:]) == 0
    assert "unauthorized-app-password-required" in capsys.readouterr().out
    assert main(["run", "case.yaml"]) == 0
