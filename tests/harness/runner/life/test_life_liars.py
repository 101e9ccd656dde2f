"""Who lies in a life is caught, by the verdict that it is; and who does not, is not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.contract.capabilities import EVERYTHING
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario.loading import load
from tests.harness.runner.life import liars
from tests.harness.runner.life.liars import Lying

HEADER = "# yaml-language-server: $schema=scenario.schema.json\n"
LIVES = {
    "password": """
title: The password is changed
breaks-into: unauthorized/bad-password-imap[gmail]
life:
  - until: connected
  - deliver: 2
  - seen: all
  - change: breaks-into
  - cut: fin
  - says: unauthorized
  - wait-s: 1
  - deliver: 2
  - remedy: confirm-address-and-password
  - says: connected
  - seen: all
""",
    "limit": """
title: Too many connections
breaks-into: imap-authentication-error/too-many-connections[gmail]
life:
  - until: connected
  - deliver: 3
  - seen: all
  - change: breaks-into
  - cut: fin
  - says: imap-authentication-error
  - wait-s: 1.5
  - remedy: reduce-simultaneous-connections
  - says: connected
""",
    "token": """
title: The consent is withdrawn
breaks-into: unauthorized/token-revoked-imap[gmail]
""",
    "restart": """
title: The server restarts
reproduces: connected
source: a test
life:
  - until: connected
  - down-s: 1
  - deliver: 3
  - says: connected
  - seen: all
""",
    "send": """
title: A password that SMTP does not take any more
breaks-into: unauthorized/bad-password-smtp[gmail]
""",
}


def life(name: str, folder: Path) -> CaseResult:
    file = folder / "life" / f"{name}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(HEADER + LIVES[name])
    [scenario] = load(file)

    async def run(liar: Lying) -> CaseResult:
        async with Runner(liar, does=EVERYTHING) as runner:
            [result] = await runner.run_case(scenario)
        return result

    return asyncio.run(run(_LIAR))


_LIAR = Lying(liars.honest)


def verdict(liar: Lying, name: str, folder: Path) -> tuple[str, str]:
    global _LIAR
    _LIAR = liar
    result = life(name, folder)
    return result.judgement.verdict, result.judgement.why


@pytest.mark.parametrize("name", LIVES)
def test_who_is_honest_passes(name: str, tmp_path: Path) -> None:
    assert verdict(Lying(liars.honest), name, tmp_path) == ("passed", "")
