"""From what stands to what the control API shows of it."""

from __future__ import annotations

from dataclasses import asdict

from harness.contract.masking import masking
from harness.reports.result_text import explain_failure
from harness.runner.events import CaseResult
from harness.runner.outcome import secrets_of
from harness.scenario.model import Scenario
from harness.serving.api import models
from harness.serving.feed import FeedEvent
from harness.serving.living import Living
from harness.serving.placing import host_name, label
from harness.serving.standing import Standing


def scenario_summary(scenario: Scenario) -> models.ScenarioSummary:
    return models.ScenarioSummary(
        id=scenario.id,
        name=label(scenario.id),
        title=scenario.title,
        reproduces=scenario.reproduces,
        stage=scenario.stage,
        cause=scenario.cause,
        dialect=scenario.dialect,
        remedies=[remedy.advice for remedy in scenario.remedies],
        unproven=dict(scenario.unproven),
    )


def scenario_detail(scenario: Scenario) -> models.ScenarioDetail:
    return models.ScenarioDetail(
        **scenario_summary(scenario).model_dump(),
        source=list(scenario.source),
        notes=scenario.notes,
        file=scenario.file.read_text("utf-8"),
    )


def mailbox_view(standing: Standing) -> models.MailboxView:
    scenario, spec = standing.scenario, standing.mailbox.spec
    account = spec.account
    services = {
        name: models.ServiceView(
            host=running.host,
            port=running.port,
            protocol=spec.services[name].protocol,
            security=spec.services[name].security,
        )
        for name, running in standing.mailbox.services.items()
    }
    return models.MailboxView(
        id=standing.id,
        name=standing.name,
        host_name=host_name(standing.id),
        title=scenario.title,
        reproduces=scenario.reproduces,
        stage=scenario.stage,
        cause=scenario.cause,
        remedies=[remedy.advice for remedy in scenario.remedies],
        unproven=dict(scenario.unproven),
        remedy=standing.remedy.advice if standing.remedy else None,
        settings=standing.settings,
        secrets=models.Secrets(
            password=account.password, app_password=account.app_password, token=account.token
        ),
        services=services,
        event=standing.around.feed.last,
        life=life_view(standing.living) if standing.living else None,
    )


def life_view(living: Living) -> models.LifeView:
    return models.LifeView(
        step=living.at,
        steps=len(living.moments),
        awaits=living.step,
        left_s=living.left_s,
        next=living.next_words,
        orders=[models.OrderView(at_s=each.at_s, order=each.order) for each in living.orders],
        unseen=living.unseen,
        over=living.result is not None,
        events=[models.LifeEventView(**asdict(event)) for event in living.events],
        verdict=verdict_view(living.result) if living.result else None,
    )


def rules(standing: Standing) -> models.Rules:
    found = [
        models.RuleView(
            label=f"{service}.{own}", service=service, fired=script.times_fired(own), rule=rule
        )
        for service, script in standing.scripts()
        for own, rule in script.labelled()
    ]
    return models.Rules(rules=found)


def transcripts(standing: Standing) -> models.Transcripts:
    found = [models.ConnectionView(**asdict(record)) for record in standing.connections()]
    return models.Transcripts(connections=found)


def message_views(standing: Standing) -> list[models.MessageView]:
    hidden = masking(secrets_of(standing.facts))
    accounts = standing.mailbox.accounts
    return [
        models.MessageView(
            account=stored.spec.address,
            uid=message.uid,
            received=message.received.isoformat(),
            content=hidden.text(message.content.decode("utf-8", errors="backslashreplace")),
        )
        for stored in (accounts.account, accounts.bcc)
        for message in stored.inbox.messages
    ]


def event_view(event: FeedEvent) -> models.EventView:
    return models.EventView(**asdict(event))


def verdict_view(result: CaseResult) -> models.VerdictView:
    return models.VerdictView(
        id=result.id,
        phase=result.phase,
        remedy=result.remedy,
        verdict=result.judgement.verdict,
        violations=list(result.judgement.violations),
        why=result.judgement.why,
        expected_error=result.expected.error,
        expected_stage=result.expected.stage,
        expected_cause=result.expected.cause,
        diagnosis=result.diagnosis,
        fired=list(result.fired),
        explained=explain_failure(result),
    )
