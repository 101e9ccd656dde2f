"""The scenario of a catalogue that is most like a failure that was seen elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from harness.diagnosis import Diagnosis
from harness.scenario import Scenario
from harness.settings import ConnectionSettings


def nearest(
    scenarios: Iterable[Scenario],
    diagnosis: Diagnosis,
    dialect: str | None = None,
    typed: ConnectionSettings | None = None,
) -> Scenario | None:
    """The scenario with the same documented error that agrees in most else.

    In this order of weight: cause, stage, dialect, security of the service that fails. Of equals,
    the first. None where no scenario has the error.
    """
    security = _security(diagnosis.stage, typed)

    def agreement(scenario: Scenario) -> tuple[bool, ...]:
        return (
            scenario.cause == diagnosis.cause,
            scenario.stage == diagnosis.stage,
            scenario.dialect == dialect,
            scenario.dialect == "plain",
            security is not None and _typed_security(scenario, diagnosis.stage) == security,
            not scenario.customer.allow_insecure_certificates,
        )

    same = [scenario for scenario in scenarios if scenario.reproduces == diagnosis.error]
    return max(same, key=agreement, default=None)


def _security(stage: str | None, typed: ConnectionSettings | None) -> str | None:
    if stage is None or typed is None:
        return None
    return (typed.imap if stage.startswith("imap") else typed.smtp).security


def _typed_security(scenario: Scenario, stage: str | None) -> str:
    name = "imap" if stage and stage.startswith("imap") else "smtp"
    customer = scenario.customer
    endpoint = customer.imap if name == "imap" else customer.smtp
    return endpoint.security or scenario.facts.all_services()[endpoint.service or name].security
