"""Lives for liars, and the verdict on one of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from harness.connectors.staying import Staying
from harness.contract.capabilities import EVERYTHING
from harness.runner.events import CaseResult
from harness.runner.runner import Runner
from harness.scenario.loading import load

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
breaks-into: imap-authentication-error/too-many-connections
life:
  - until: connected
  - deliver: 3
  - seen: all
  - change: breaks-into
  - cut: fin
  - says: imap-authentication-error
  - wait-s: 5
  - remedy: reduce-simultaneous-connections
  - says: connected
""",
    "token": """
title: The consent is withdrawn
breaks-into: unauthorized/refresh-token[plain-revoked]
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
    "anew": """
title: UIDs count anew
reproduces: connected
source: a test
life:
  - until: connected
  - inbox: renewed
  - cut: fin
  - deliver: 3
  - says: connected
  - seen: all
""",
    "renewed": """
title: The access token expires, and is renewed
reproduces: connected
source: a test
customer: {oauth2: {}}
life:
  - until: connected
  - tokens: expired
  - cut: fin
  - deliver: 2
  - seen: all
""",
    "quiet": """
title: Nothing happens for a while
reproduces: connected
source: a test
life:
  - until: connected
  - wait-s: 6
  - deliver: 1
  - seen: all
""",
    "hangs": """
title: FETCH is not answered, once
reproduces: connected
source: a test
timeout-s: 1
imap:
  rules:
    - when: {event: command, command: UID, argument: "FETCH *", state: hanging}
      times: 1
      then: hang
life:
  - until: connected
  - change: {state: [hanging]}
  - deliver: 1
  - seen: all
  - says: connected
""",
    "token-long": """
title: The consent is withdrawn, and nobody comes for a while
breaks-into: unauthorized/refresh-token[plain-revoked]
life:
  - until: connected
  - change: breaks-into
  - cut: fin
  - says: unauthorized
  - wait-s: 6
""",
    "recipient": """
title: A recipient that is refused
breaks-into: test-email-failed/recipient-rejected[postfix]
life:
  - until: connected
  - change: breaks-into
  - send: 1
  - says: test-email-failed
  - at-most: {sends: 0}
    for-s: 1
""",
    "locked": """
title: INBOX is locked
breaks-into: imap-confirmation-error/mailbox-locked
life:
  - until: connected
  - change: breaks-into
  - cut: fin
  - says: imap-confirmation-error
  - wait-s: 1
""",
    "locked-long": """
title: INBOX is locked, and nobody comes for a while
breaks-into: imap-confirmation-error/mailbox-locked
life:
  - until: connected
  - change: breaks-into
  - cut: fin
  - says: imap-confirmation-error
  - wait-s: 8
""",
    "greylisted": """
title: The first try is put off
reproduces: connected
source: a test
dialect: postfix
smtp:
  rules:
    - when: {event: command, command: RCPT}
      times: 1
      then: {text: "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted"}
life:
  - until: connected
  - send: 1
  - sent: all
  - says: connected
""",
    "send": """
title: A password that SMTP does not take any more
breaks-into: unauthorized/bad-password-smtp[gmail]
""",
}


def verdict(liar: Staying, name: str, folder: Path) -> tuple[str, str]:
    """The verdict on it in a life, and why."""
    file = folder / "life" / f"{name}.yaml"
    file.parent.mkdir()
    file.write_text(HEADER + LIVES[name])
    [scenario] = load(file)

    async def lived() -> CaseResult:
        async with Runner(liar, does=EVERYTHING) as runner:
            runner.terms = replace(runner.terms, pace=0.5)
            [result] = await runner.run_case(scenario)
        return result

    judgement = asyncio.run(lived()).judgement
    return judgement.verdict, judgement.why
