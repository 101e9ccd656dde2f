"""The five steps of the check, as far as a diagnosis says how each went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from harness.checker.steps import StepName
from harness.diagnosis import Diagnosis
from harness.taxonomy import Stage

State = Literal["done", "failed", "not-reached"]

STEPS: Final[dict[StepName, tuple[tuple[str, str], tuple[Stage, ...]]]] = {
    "connect-imap": (
        ("Connect to IMAP", "Se connecter à IMAP"),
        ("imap-connect", "imap-tls", "imap-greeting", "imap-starttls"),
    ),
    "log-in-imap": (
        ("Log in to IMAP", "S'identifier auprès d'IMAP"),
        ("imap-login", "imap-confirm"),
    ),
    "connect-smtp": (
        ("Connect to SMTP", "Se connecter à SMTP"),
        ("smtp-connect", "smtp-tls", "smtp-greeting", "smtp-ehlo", "smtp-starttls"),
    ),
    "log-in-smtp": (("Log in to SMTP", "S'identifier auprès de SMTP"), ("smtp-login",)),
    "send-test-email": (
        ("Send the test e-mail", "Envoyer l'e-mail test"),
        ("smtp-mail", "smtp-rcpt", "smtp-data", "smtp-end-of-data"),
    ),
}
"""What each is called in English and French, and the stages at which it may fail."""


@dataclass(frozen=True)
class StepRow:
    """How one step went."""

    en: str
    fr: str
    state: State


def step_rows(diagnosis: Diagnosis | None) -> list[StepRow]:
    """All five, in order; none is told apart where nobody could say what happened."""
    rows: list[StepRow] = []
    state: State = "done" if diagnosis and _is_told(diagnosis) else "not-reached"
    for names, stages in STEPS.values():
        failed = diagnosis is not None and diagnosis.stage in stages
        rows.append(StepRow(*names, "failed" if failed else state))
        if failed:
            state = "not-reached"
    return rows


def _is_told(diagnosis: Diagnosis) -> bool:
    return diagnosis.error == "connected" or diagnosis.stage is not None
