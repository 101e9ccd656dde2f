"""The operations of the control API."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from fakeservers.spec import Rule
from fakeservers.wire.certificates import TRUST_STORE_PASSWORD
from harness.contract.answer import Report, Reported
from harness.scenario.catalogue import FACETS
from harness.scenario.model import Scenario
from harness.serving.api.models import (
    AddRule,
    Empty,
    EventFilter,
    Events,
    Fire,
    Fired,
    Mailboxes,
    MailboxView,
    Messages,
    RemedyRequest,
    Rules,
    ScenarioDetail,
    ScenarioFilter,
    Scenarios,
    StartRequest,
    TableFilter,
    Transcripts,
    VerdictRequest,
    VerdictView,
)
from harness.serving.api.operation import Call, Operation
from harness.serving.api.problem import Refused
from harness.serving.api.views import (
    connection_views,
    event_view,
    mailbox_view,
    message_views,
    rule_views,
    scenario_detail,
    scenario_summary,
    verdict_view,
)
from harness.serving.api.waiting import EventStream, unless_gone
from harness.serving.feed import Fits, Happening
from harness.serving.placing import Place
from harness.serving.table import FORMATS


async def list_scenarios(call: Call) -> Scenarios:
    wanted: ScenarioFilter = call.query
    found = [each for each in await call.library.all() if _fits(each, wanted)]
    return Scenarios(scenarios=list(map(scenario_summary, found)))


def _fits(scenario: Scenario, wanted: ScenarioFilter) -> bool:
    facets = {name: getattr(wanted, name) for name in FACETS}
    text = (wanted.text or "").casefold()
    return all(
        value is None or FACETS[name](scenario) == value for name, value in facets.items()
    ) and (text in scenario.id.casefold() or text in scenario.title.casefold())


async def get_scenario(call: Call) -> ScenarioDetail:
    return scenario_detail(await _scenario(call, call.request.path_params["scenario"]))


async def _scenario(call: Call, scenario_id: str) -> Scenario:
    try:
        return await call.library.find(scenario_id)
    except KeyError as error:
        raise Refused(404, error.args[0]) from None


async def list_mailboxes(call: Call) -> Mailboxes:
    return Mailboxes(mailboxes=list(map(mailbox_view, call.stand)))


async def start_mailbox(call: Call) -> MailboxView:
    wanted: StartRequest = call.body
    scenario = await _scenario(call, wanted.scenario)
    given = {"imap": wanted.imap_port, "smtp": wanted.smtp_port}
    place = Place(wanted.bind, {protocol: port for protocol, port in given.items() if port})
    if wanted.replaces is None:
        return mailbox_view(await call.stand.start(scenario, place))
    try:
        replaced = call.stand.get(wanted.replaces)
    except KeyError as error:
        raise Refused(404, error.args[0]) from None
    return mailbox_view(await call.stand.replace(replaced, scenario))


async def get_mailbox(call: Call) -> MailboxView:
    return mailbox_view(call.standing)


async def stop_mailbox(call: Call) -> Empty:
    await call.stand.stop(call.standing)
    return Empty()


async def reset_mailbox(call: Call) -> MailboxView:
    call.standing.reset()
    return mailbox_view(call.standing)


async def apply_remedy(call: Call) -> MailboxView:
    wanted: RemedyRequest = call.body
    standing = call.standing
    await standing.apply(wanted.advice)
    return mailbox_view(standing)


async def list_rules(call: Call) -> Rules:
    return Rules(rules=rule_views(call.standing))


async def add_rule(call: Call) -> Rules:
    wanted: AddRule = call.body
    call.standing.add_rule(wanted.service, wanted.rule)
    return Rules(rules=rule_views(call.standing))


async def change_rule(call: Call) -> Rules:
    label = call.request.path_params["label"]
    if not call.standing.change_rule(label, call.body):
        raise Refused(404, f"no rule {label!r} was added")
    return Rules(rules=rule_views(call.standing))


async def fire(call: Call) -> Fired:
    wanted: Fire = call.body
    return Fired(connections=call.standing.mailbox.strike(wanted.then, wanted.service))


async def remove_rules(call: Call) -> Rules:
    call.standing.remove_rules()
    return Rules(rules=rule_views(call.standing))


async def remove_rule(call: Call) -> Rules:
    label = call.request.path_params["label"]
    if not call.standing.remove_rules(lambda each: each == label):
        raise Refused(404, f"no rule {label!r} was added")
    return Rules(rules=rule_views(call.standing))


async def get_transcripts(call: Call) -> Transcripts:
    return Transcripts(connections=connection_views(call.standing))


async def get_messages(call: Call) -> Messages:
    return Messages(messages=message_views(call.standing))


async def check_mailbox(call: Call) -> VerdictView:
    return verdict_view(await call.stand.check(call.standing))


async def judge_report(call: Call) -> VerdictView:
    said: VerdictRequest = call.body
    report = Report(error=said.error, stage=said.stage, cause=said.cause, message=said.message)
    return verdict_view(await call.standing.judge(Reported(report), said.mapping))


async def wait_for_events(call: Call) -> Events | Response:
    wanted: EventFilter = call.query
    feed, fits = call.stand.feed, _event_fits(call, wanted)
    after = feed.last if wanted.after is None else wanted.after
    if "text/event-stream" in call.request.headers.get("accept", ""):
        resumed = call.request.headers.get("last-event-id", "")
        return EventStream(feed, int(resumed) if resumed.isdecimal() else after, fits)
    waiting = feed.wait(after, fits, wanted.timeout_s)
    found = await unless_gone(call.request.receive, waiting) or []
    last = found[-1].number if found else max(after, feed.last)
    return Events(events=list(map(event_view, found)), last=last)


def _event_fits(call: Call, wanted: EventFilter) -> Fits:
    kinds = set(wanted.kind.split(",")) if wanted.kind else None
    names = {wanted.mailbox}
    if wanted.mailbox is not None:
        names |= {each.id for each in call.stand if each.name == wanted.mailbox}

    def fits(event: Happening) -> bool:
        return (kinds is None or event.kind in kinds) and (
            wanted.mailbox is None or event.mailbox in names
        )

    return fits


async def get_ca_pem(call: Call) -> Response:
    return Response(call.stand.authority.pem, media_type="application/x-pem-file")


async def get_ca_pkcs12(call: Call) -> Response:
    with open(call.stand.authority.trust_store_file, "rb") as file:
        content = file.read()
    headers = {"x-badinbox-password": TRUST_STORE_PASSWORD}
    return Response(content, media_type="application/x-pkcs12", headers=headers)


async def get_table(call: Call) -> Response:
    wanted: TableFilter = call.query
    media_type, made = FORMATS[wanted.format]
    return Response(made(list(call.stand)), media_type=media_type)


_ONE: Final = "/v1/mailboxes/{mailbox:path}"

OPERATIONS: Final = (
    Operation(
        *("GET", "/v1/scenarios", "The scenarios that can be stood up"),
        *(list_scenarios, Scenarios),
        query=ScenarioFilter,
    ),
    Operation(
        *("GET", "/v1/scenarios/{scenario:path}", "One scenario, with its file"),
        *(get_scenario, ScenarioDetail),
    ),
    Operation("GET", "/v1/mailboxes", "The mailboxes that stand", list_mailboxes, Mailboxes),
    Operation(
        *("POST", "/v1/mailboxes", "Stand a mailbox up", start_mailbox, MailboxView),
        body=StartRequest,
        status=201,
    ),
    Operation("POST", f"{_ONE}/reset", "Begin its evidence anew", reset_mailbox, MailboxView),
    Operation(
        *("PUT", f"{_ONE}/remedy", "Follow a remedy, or none any more"),
        *(apply_remedy, MailboxView),
        body=RemedyRequest,
    ),
    Operation("GET", f"{_ONE}/rules", "Its rules", list_rules, Rules),
    Operation(
        *("POST", f"{_ONE}/rules", "Add a rule, before the others", add_rule, Rules),
        body=AddRule,
        status=201,
    ),
    Operation(
        *("POST", f"{_ONE}/fire", "Do something now at its open connections", fire, Fired),
        body=Fire,
    ),
    Operation(
        *("PUT", f"{_ONE}/rules/{{label}}", "Change one that was added", change_rule, Rules),
        body=Rule,
    ),
    Operation("DELETE", f"{_ONE}/rules", "Take out all that were added", remove_rules, Rules),
    Operation(
        *("DELETE", f"{_ONE}/rules/{{label}}", "Take out one that was added", remove_rule, Rules)
    ),
    Operation(
        *("GET", f"{_ONE}/transcripts", "Its connections since the last reset"),
        *(get_transcripts, Transcripts),
    ),
    Operation("GET", f"{_ONE}/messages", "The e-mails in its inboxes", get_messages, Messages),
    Operation(
        *("POST", f"{_ONE}/check", "Let the built-in checker check it", check_mailbox, VerdictView)
    ),
    Operation(
        *("POST", f"{_ONE}/verdict", "Judge what a product said of it"),
        *(judge_report, VerdictView),
        body=VerdictRequest,
    ),
    Operation("GET", _ONE, "One mailbox", get_mailbox, MailboxView),
    Operation("DELETE", _ONE, "Stop a mailbox", stop_mailbox, Empty),
    Operation(
        *("GET", "/v1/events", "Wait for events, or follow them as text/event-stream"),
        *(wait_for_events, Events),
        query=EventFilter,
    ),
    Operation(
        *("GET", "/v1/table", "Where every mailbox is, and what to type"),
        *(get_table, "application/json"),
        query=TableFilter,
    ),
    Operation("GET", "/v1/ca.pem", "The authority to trust", get_ca_pem, "application/x-pem-file"),
    Operation(
        *("GET", "/v1/ca.p12", "The same for Java", get_ca_pkcs12, "application/x-pkcs12"),
    ),
)
"""In the order in which addresses are matched."""
