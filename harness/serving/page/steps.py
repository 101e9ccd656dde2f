"""The five steps of the check, as the checker told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.serving.feed import Happening

if TYPE_CHECKING:
    from harness.checker.steps import StepName

NAMES: Final[dict[StepName, tuple[str, str]]] = {
    "connect-imap": ("Connect to IMAP", "Se connecter à IMAP"),
    "log-in-imap": ("Log in to IMAP", "S'identifier auprès d'IMAP"),
    "connect-smtp": ("Connect to SMTP", "Se connecter à SMTP"),
    "log-in-smtp": ("Log in to SMTP", "S'identifier auprès de SMTP"),
    "send-test-email": ("Send the test e-mail", "Envoyer l'e-mail test"),
}
"""In English and French."""


@dataclass(frozen=True)
class StepRow:
    """How one step went: started, done, failed or not-reached."""

    en: str
    fr: str
    state: str


def step_rows(events: Iterable[Happening]) -> list[StepRow]:
    """All five, in order, after events of the kind `step`; none where there was no such event."""
    states: dict[str, str] = {}
    for event in events:
        name, _, states[name] = event.about.partition(" ")
    if not states:
        return []
    return [StepRow(*names, states.get(name, "not-reached")) for name, names in NAMES.items()]
