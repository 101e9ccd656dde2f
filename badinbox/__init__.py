"""badinbox: fake mailboxes that fail on demand, and a judge of what a mail connector says.

The one package to import. What is behind a name is imported when the name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from badinbox.__main__ import main
    from fakeservers.mailbox import open_mailbox
    from fakeservers.spec import MailboxSpec
    from harness.checker import check
    from harness.contract.diagnosis import Diagnosis
    from harness.contract.settings import ConnectionSettings, ServerSettings
    from harness.scenario.model import Scenario
    from harness.serving.api.client import Client

__version__ = "0.2.0"

__all__ = [
    "Client",
    "ConnectionSettings",
    "Diagnosis",
    "MailboxSpec",
    "Scenario",
    "ServerSettings",
    "check",
    "main",
    "open_mailbox",
]

_HOMES: Final = {
    "Client": "harness.serving.api.client",
    "ConnectionSettings": "harness.contract.settings",
    "Diagnosis": "harness.contract.diagnosis",
    "MailboxSpec": "fakeservers.spec",
    "Scenario": "harness.scenario.model",
    "ServerSettings": "harness.contract.settings",
    "check": "harness.checker",
    "main": "badinbox.__main__",
    "open_mailbox": "fakeservers.mailbox",
}

if not TYPE_CHECKING:  # a type checker sees the imports above, and that other names do not exist

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)
