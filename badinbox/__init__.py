"""badinbox: fake mailboxes that fail on demand, and a judge of what a mail connector says.

The one package to import. What is behind a name is imported when the name is first used.

- Scenarios: `load_scenarios`, `Scenario`.
- A mailbox that stands: `mailbox` (`BadMailbox`), or `open_mailbox` (`MailboxSpec`, `Mailbox`)
  where there is an event loop; `Client` for those of `badinbox serve`.
- A connector is given `ConnectionSettings`, of `ServerSettings`, and says a `Diagnosis`; `check` is
  the built-in one. `Capabilities` are what it does.
- Verdicts: `run` or, where there is an event loop, `Runner`; `judge`, `CaseResult`;
  `load_mapping` for a connector that has codes of its own.
- Reports: `Results`, `read_results`.
- `BadInput` is raised where what was asked for is not there, or a file has mistakes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from badinbox.__main__ import main
    from badinbox.library import load_scenarios, mailbox, run
    from fakeservers.mailbox import Mailbox, open_mailbox
    from fakeservers.spec import MailboxSpec
    from harness.checker import check
    from harness.contract.capabilities import Capabilities
    from harness.contract.diagnosis import Diagnosis
    from harness.contract.settings import ConnectionSettings, ServerSettings
    from harness.files.problems import BadInput
    from harness.mapping import load_mapping
    from harness.reports.json_report import Results
    from harness.results.comparison import read_results
    from harness.runner.background import BadMailbox
    from harness.runner.events import CaseResult
    from harness.runner.outcome import judge
    from harness.runner.runner import Runner
    from harness.scenario.model import Scenario
    from harness.serving.api.client import Client

__version__ = "0.2.0"

__all__ = [
    "BadInput",
    "BadMailbox",
    "Capabilities",
    "CaseResult",
    "Client",
    "ConnectionSettings",
    "Diagnosis",
    "Mailbox",
    "MailboxSpec",
    "Results",
    "Runner",
    "Scenario",
    "ServerSettings",
    "check",
    "judge",
    "load_mapping",
    "load_scenarios",
    "mailbox",
    "main",
    "open_mailbox",
    "read_results",
    "run",
]

_HOMES: Final = {
    "BadInput": "harness.files.problems",
    "BadMailbox": "harness.runner.background",
    "Capabilities": "harness.contract.capabilities",
    "CaseResult": "harness.runner.events",
    "Client": "harness.serving.api.client",
    "ConnectionSettings": "harness.contract.settings",
    "Diagnosis": "harness.contract.diagnosis",
    "Mailbox": "fakeservers.mailbox",
    "MailboxSpec": "fakeservers.spec",
    "Results": "harness.reports.json_report",
    "Runner": "harness.runner.runner",
    "Scenario": "harness.scenario.model",
    "ServerSettings": "harness.contract.settings",
    "check": "harness.checker",
    "judge": "harness.runner.outcome",
    "load_mapping": "harness.mapping",
    "load_scenarios": "badinbox.library",
    "mailbox": "badinbox.library",
    "main": "badinbox.__main__",
    "open_mailbox": "fakeservers.mailbox",
    "read_results": "harness.results.comparison",
    "run": "badinbox.library",
}

if not TYPE_CHECKING:  # a type checker sees the imports above, and that other names do not exist

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)
