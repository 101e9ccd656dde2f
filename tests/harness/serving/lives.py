"""A scenario with a life, short enough for tests, and who lives it."""

from __future__ import annotations

from pathlib import Path

from harness.scenario.loading import load
from harness.scenario.model import Scenario

HEADER = "# yaml-language-server: $schema=scenario.schema.json\n"
LIFE = f"""\
{HEADER}title: The password is changed while the mailbox is connected
breaks-into: unauthorized/bad-password-imap[gmail]
life:
  - until: connected
  - deliver: 1
  - seen: all
  - change: breaks-into
  - cut: fin
  - says: unauthorized
  - send: 1
  - wait-s: 600
  - remedy: confirm-address-and-password
  - says: connected
"""
ID = "life/changed"
NAME = "life-changed"


def lives(folder: Path, text: str = LIFE) -> list[Scenario]:
    """The scenario of this file."""
    file = folder / "life" / "changed.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return load(file)
