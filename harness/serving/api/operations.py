"""The operations of the HTTP API, each of them one function here.

It is given the call, and as `body` and `query` what the models that they are annotated with made of
the request. It returns a model too, or a response of its own. Addresses are matched in this order.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, get_type_hints

from pydantic import BaseModel
from starlette.responses import Response

from fakeservers.spec import Rule
from fakeservers.wire.certificates import TRUST_STORE_PASSWORD
from harness.contract.answer import Report, Reported
from harness.scenario.catalogue import FACETS
from harness.scenario.model import Scenario
from harness.scenario.search import fits
from harness.serving.api import models, views
from harness.serving.api.operation import Call, Method, Operation, OperationHandler
from harness.serving.api.responses import TextStream, event_texts, unless_gone
from harness.serving.common.guests import Guests
from harness.serving.common.how import how, where
from harness.serving.feed import EventFits, FeedEvent
from harness.serving.placing import Placement
from harness.serving.refusals import Absent
from harness.serving.table import FORMATS

_ONE: Final = "/v1/mailboxes/{mailbox:path}"

OPERATIONS: Final[list[Operation]] = []


def _operation(
    method: Method,
    path: str,
    summary: str,
    *,
    answers: tuple[type[BaseModel] | str, ...] = (),
    status: int = 200,
) -> Callable[[OperationHandler], OperationHandler]:
    """The function below carries this out. `answers`: in place of what it is annotated with."""

    def add(handle: OperationHandler) -> OperationHandler:
        kinds = get_type_hints(handle)
        operation = Operation(
            method=method,
            path=path,
            summary=summary,
            handle=handle,
            body=kinds.get("body"),
            query=kinds.get("query"),
            answers=answers or (kinds["return"],),
            status=status,
        )
        OPERATIONS.append(operation)
        return handle

    return add


@_operation("GET", "/v1/scenarios", "The scenarios that can be stood up")
async def list_scenarios(call: Call, query: models.ScenarioFilter) -> models.Scenarios:
    found = [each for each in await call.library.all() if _is_wanted(each, query)]
    return models.Scenarios(scenarios=list(map(views.scenario_summary, found)))


def _is_wanted(scenario: Scenario, query: models.ScenarioFilter) -> bool:
    facets = {name: getattr(query, name) for name in FACETS}
    return all(
        value is None or value in FACETS[name](scenario) for name, value in facets.items()
    ) and fits(scenario, query.text or "")


@_operation("GET", "/v1/scenarios/{scenario:path}", "One scenario, with its file")
async def get_scenario(call: Call) -> models.ScenarioDetail:
    return views.scenario_detail(await call.library.find(call.request.path_params["scenario"]))


@_operation("GET", "/v1/mailboxes", "The mailboxes that stand")
async def list_mailboxes(call: Call) -> models.Mailboxes:
    return models.Mailboxes(mailboxes=list(map(views.mailbox_view, call.stand)))


@_operation("POST", "/v1/mailboxes", "Stand a mailbox up", status=201)
async def start_mailbox(call: Call, body: models.StartRequest) -> models.MailboxView:
    scenario = await call.library.find(body.scenario)
    if body.common:
        return views.mailbox_view(await guests_of(call).guest(scenario, body.tester))
    if body.replaces is not None:
        replaced = call.stand.get(body.replaces)
        return views.mailbox_view(await call.stand.replace(replaced, scenario))
    given = {"imap": body.imap_port, "smtp": body.smtp_port}
    place = Placement(body.bind, {protocol: port for protocol, port in given.items() if port})
    return views.mailbox_view(await call.stand.start(scenario, place))


@_operation("GET", "/v1/common", "The common ports, and what is typed for each scenario")
async def get_common_ports(call: Call, query: models.ScenarioFilter) -> models.CommonView:
    guests = guests_of(call)
    found = [each for each in await call.library.all() if _is_wanted(each, query)]
    return models.CommonView(
        ports=where(guests), scenarios=list(map(how, found)), refused=guests.refused
    )


def guests_of(call: Call) -> Guests:
    """Those at the common ports. Raises Absent: there are none."""
    if call.stand.guests is None:
        raise Absent("common")
    return call.stand.guests


@_operation("POST", f"{_ONE}/reset", "Begin its evidence anew")
async def reset_mailbox(call: Call) -> models.MailboxView:
    await call.standing.begin_anew()
    return views.mailbox_view(call.standing)


@_operation("PUT", f"{_ONE}/remedy", "Follow a remedy, or none any more")
async def apply_remedy(call: Call, body: models.RemedyRequest) -> models.MailboxView:
    standing = call.standing
    await standing.apply(body.advice)
    return views.mailbox_view(standing)


@_operation("POST", f"{_ONE}/states", "Say what the product is at a mailbox with a life")
async def say_state(call: Call, body: models.StateRequest) -> models.LifeView:
    living = call.standing.the_life()
    await living.say(body.said(), body.own_terms())
    return views.life_view(living)


@_operation("DELETE", f"{_ONE}/states", "Begin its life anew")
async def begin_life(call: Call) -> models.MailboxView:
    call.standing.the_life()
    await call.standing.begin_anew()
    return views.mailbox_view(call.standing)


@_operation("POST", f"{_ONE}/next-step", "Do the next step of its life now")
async def next_step(call: Call) -> models.LifeView:
    living = call.standing.the_life()
    await living.next_step()
    return views.life_view(living)


@_operation("GET", f"{_ONE}/rules", "Its rules")
async def list_rules(call: Call) -> models.Rules:
    return views.rules(call.standing)


@_operation("POST", f"{_ONE}/rules", "Add a rule, before the others", status=201)
async def add_rule(call: Call, body: models.AddRule) -> models.Rules:
    call.standing.add_rule(body.service, body.rule)
    return views.rules(call.standing)


@_operation("POST", f"{_ONE}/fire", "Do something now at its open connections")
async def fire(call: Call, body: models.Fire) -> models.Fired:
    return models.Fired(connections=call.standing.mailbox.strike(body.then, body.service))


@_operation("PUT", f"{_ONE}/rules/{{label}}", "Change one that was added")
async def change_rule(call: Call, body: Rule) -> models.Rules:
    call.standing.change_rule(call.request.path_params["label"], body)
    return views.rules(call.standing)


@_operation("DELETE", f"{_ONE}/rules", "Take out all that were added")
async def remove_rules(call: Call) -> models.Rules:
    call.standing.remove_rules()
    return views.rules(call.standing)


@_operation("DELETE", f"{_ONE}/rules/{{label}}", "Take out one that was added")
async def remove_rule(call: Call) -> models.Rules:
    call.standing.remove_rules(call.request.path_params["label"])
    return views.rules(call.standing)


@_operation("GET", f"{_ONE}/transcripts", "Its connections since the last reset")
async def get_transcripts(call: Call) -> models.Transcripts:
    return views.transcripts(call.standing)


@_operation("GET", f"{_ONE}/messages", "The e-mails in its inboxes")
async def get_messages(call: Call) -> models.Messages:
    return models.Messages(messages=views.message_views(call.standing))


@_operation("POST", f"{_ONE}/check", "Let the built-in checker check it")
async def check_mailbox(call: Call) -> models.VerdictView:
    return views.verdict_view(await call.standing.check())


@_operation("POST", f"{_ONE}/verdict", "Judge what a product said of it")
async def judge_report(call: Call, body: models.VerdictRequest) -> models.VerdictView:
    report = Report(error=body.error, stage=body.stage, cause=body.cause, message=body.message)
    return views.verdict_view(await call.standing.judge(Reported(report), body.terms()))


@_operation("GET", _ONE, "One mailbox")
async def get_mailbox(call: Call) -> models.MailboxView:
    return views.mailbox_view(call.standing)


@_operation("DELETE", _ONE, "Stop a mailbox")
async def stop_mailbox(call: Call) -> models.Empty:
    await call.stand.stop(call.standing)
    return models.Empty()


@_operation(
    "GET",
    "/v1/events",
    "Wait for events, or follow them as text/event-stream",
    answers=(models.Events, "text/event-stream"),
)
async def wait_for_events(call: Call, query: models.EventFilter) -> models.Events | Response:
    feed, fits = call.stand.feed, _event_fits(call, query)
    after = feed.last if query.after is None else query.after
    if "text/event-stream" in call.request.headers.get("accept", ""):
        resumed = call.request.headers.get("last-event-id", "")
        after = int(resumed) if resumed.isdecimal() else after
        return TextStream(event_texts(feed, after, fits))
    waiting = feed.wait(after, fits, query.timeout_s)
    found = await unless_gone(call.request.receive, waiting) or []
    last = found[-1].number if found else max(after, feed.last)
    return models.Events(events=list(map(views.event_view, found)), last=last)


def _event_fits(call: Call, query: models.EventFilter) -> EventFits:
    kinds = set(query.kind.split(",")) if query.kind else None
    names = {query.mailbox}
    names |= {each.id for each in call.stand if each.name == query.mailbox}

    def fits(event: FeedEvent) -> bool:
        return (kinds is None or event.kind in kinds) and (
            query.mailbox is None or event.mailbox in names
        )

    return fits


@_operation(
    "GET",
    "/v1/table",
    "Where every mailbox is, and what to type",
    answers=tuple({kind.partition(";")[0]: None for kind, _ in FORMATS.values()}),
)
async def get_table(call: Call, query: models.TableFilter) -> Response:
    media_type, made = FORMATS[query.format]
    return Response(made(list(call.stand)), media_type=media_type)


@_operation("GET", "/v1/ca.pem", "The authority to trust", answers=("application/x-pem-file",))
async def get_ca_pem(call: Call) -> Response:
    return Response(call.stand.authority.pem, media_type="application/x-pem-file")


@_operation("GET", "/v1/ca.p12", "The same for Java", answers=("application/x-pkcs12",))
async def get_ca_pkcs12(call: Call) -> Response:
    content = Path(call.stand.authority.trust_store_file).read_bytes()
    headers = {"x-badinbox-password": TRUST_STORE_PASSWORD}
    return Response(content, media_type="application/x-pkcs12", headers=headers)
